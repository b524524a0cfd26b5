#include "config.h"

#include "fcgi/negotiate.h"

static void json_is_chosen_when_preferred(void)
{
	static const struct {
		const char *accept;
		gboolean is_json;
	} cases[] = {
		{"", FALSE},
		{"*/*", FALSE},
		{"image/*", FALSE},
		{"application/json", TRUE},
		{"Application/JSON; charset=utf-8", TRUE},
		{"application/json, */*", TRUE},
		{"application/json, text/plain, */*", TRUE},
		{"application/json;q=0.5, */*", FALSE},
		{"application/json;q=0.5, image/*;q=0.4", TRUE},
		{"application/json, image/png", FALSE},
		{"application/*, image/png;q=0.2", TRUE},
		{"application/json;q=0", FALSE},
		{"application/json;q=nonsense", FALSE},
		{"image/avif,image/webp,image/apng,*/*;q=0.8", FALSE},
		{"text/html,application/xhtml+xml,*/*;q=0.8", FALSE},
		{",,;;,q=1", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].accept);
		g_assert_cmpint(negotiate_is_json(cases[i].accept), ==,
				cases[i].is_json);
	}
}

static void conditions_hold_back(void)
{
	static const struct validators validators = {.etag = (char *)"\"abc\"",
						     .modified_s = 784111777};
	static const struct {
		const char *none_match, *modified_since;
		gboolean is_held_back;
	} cases[] = {
		{"", "", FALSE},
		{"\"abc\"", "", TRUE},
		{"W/\"abc\"", "", TRUE},
		{"*", "", TRUE},
		{"\"x\", \"abc\"", "", TRUE},
		{"\"x\"", "", FALSE},
		{"abc", "", FALSE},
		{"", "Sun, 06 Nov 1994 08:49:37 GMT", TRUE},
		{"", "Sun, 06 Nov 1994 08:49:36 GMT", FALSE},
		{"", "Sun, 06 Nov 1994 08:49:37 GMT x", FALSE},
		{"", "Sunday, 06-Nov-94 08:49:37 GMT", TRUE},
		{"", "Sunday, 06-Nov-94 08:49:36 GMT", FALSE},
		{"", "Sun Nov  6 08:49:37 1994", TRUE},
		{"", "Sun Nov  6 08:49:36 1994", FALSE},
		{"", "yesterday", FALSE},
		/* If-None-Match decides alone. */
		{"\"x\"", "Sun, 06 Nov 1994 08:49:37 GMT", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s | %s", cases[i].none_match,
			       cases[i].modified_since);
		g_assert_cmpint(negotiate_is_not_modified(
					&validators, cases[i].none_match,
					cases[i].modified_since),
				==, cases[i].is_held_back);
	}
}

static void dates_are_imf(void)
{
	g_autofree char *date = negotiate_http_date(784111777);

	g_assert_cmpstr(date, ==, "Sun, 06 Nov 1994 08:49:37 GMT");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/negotiate/json", json_is_chosen_when_preferred);
	g_test_add_func("/negotiate/conditions", conditions_hold_back);
	g_test_add_func("/negotiate/date", dates_are_imf);
	return g_test_run();
}
