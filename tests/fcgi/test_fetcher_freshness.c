#include "config.h"

#include "fcgi/fetcher_freshness.h"

enum {
	LESS = FRESHNESS_FLOOR_S,
	NONE = FRESHNESS_DEFAULT_S,
	MOST = FRESHNESS_CEILING_S,
	STALE = FRESHNESS_STALE_S,
};

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static void an_answer_holds_as_long_as_it_says(void)
{
	static const struct {
		struct freshness_headers headers;
		gint64 fresh_s, stale_s;
	} cases[] = {
		{{NULL, NULL, NULL, NULL}, NONE, STALE},
		{{"", NULL, NULL, NULL}, NONE, STALE},
		{{"public", NULL, NULL, NULL}, NONE, STALE},
		{{"max-age=60", NULL, NULL, NULL}, 60, STALE},
		{{" Max-Age = 60 , public", NULL, NULL, NULL}, 60, STALE},
		{{"max-age=\"60\"", NULL, NULL, NULL}, 60, STALE},
		{{"max-age=60, s-maxage=90", NULL, NULL, NULL}, 90, STALE},
		{{"s-maxage=90,max-age=60", NULL, NULL, NULL}, 90, STALE},
		{{"max-age=10", NULL, NULL, NULL}, 10, STALE},
		{{"max-age=9", NULL, NULL, NULL}, LESS, STALE},
		{{"max-age=0", NULL, NULL, NULL}, LESS, STALE},
		{{"max-age=86400", NULL, NULL, NULL}, MOST, STALE},
		{{"max-age=86401", NULL, NULL, NULL}, MOST, STALE},
		{{"max-age=99999999999999999999999", NULL, NULL, NULL},
		 MOST,
		 STALE},
		/* What is no number is no time. */
		{{"max-age=-1", NULL, NULL, NULL}, LESS, STALE},
		{{"max-age", NULL, NULL, NULL}, LESS, STALE},
		{{"max-age=60x", NULL, NULL, NULL}, LESS, STALE},
		{{"max-age=\"60", NULL, NULL, NULL}, LESS, STALE},
		{{"no-store", NULL, NULL, NULL}, LESS, 0},
		{{"no-cache, max-age=60", NULL, NULL, NULL}, LESS, 0},
		{{"private, max-age=60", NULL, NULL, NULL}, LESS, 0},
		{{"max-age=60, must-revalidate", NULL, NULL, NULL}, 60, 0},
		{{"max-age=60, proxy-revalidate", NULL, NULL, NULL}, 60, 0},
		{{"max-age=60, stale-if-error=5", NULL, NULL, NULL}, 60, 5},
		{{"max-age=60, stale-if-error=0", NULL, NULL, NULL}, 60, 0},
		{{"max-age=60, stale-if-error=999999", NULL, NULL, NULL},
		 60,
		 STALE},
		{{"max-age=60, stale-if-error", NULL, NULL, NULL}, 60, STALE},
		{{"max-age=60", "20", NULL, NULL}, 40, STALE},
		{{"max-age=60", "200", NULL, NULL}, LESS, STALE},
		{{"max-age=60", "x", NULL, NULL}, 60, STALE},
		{{NULL, NULL, "Sun, 06 Nov 1994 08:50:37 GMT", DATE},
		 60,
		 STALE},
		{{NULL, "20", "Sun, 06 Nov 1994 08:50:37 GMT", DATE},
		 40,
		 STALE},
		{{NULL, NULL, "Sun, 06 Nov 1994 08:48:37 GMT", DATE},
		 LESS,
		 STALE},
		{{NULL, NULL, DATE, NULL}, LESS, STALE},
		{{NULL, NULL, "0", DATE}, LESS, STALE},
		{{"max-age=70", NULL, "0", DATE}, 70, STALE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct freshness got = freshness_read(&cases[i].headers);

		g_test_message("%s", cases[i].headers.cache_control);
		g_assert_cmpint(got.fresh_s, ==, cases[i].fresh_s);
		g_assert_cmpint(got.stale_s, ==, cases[i].stale_s);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/freshness/holds", an_answer_holds_as_long_as_it_says);
	return g_test_run();
}
