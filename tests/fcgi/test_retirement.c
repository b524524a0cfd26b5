#include "config.h"

#include "fcgi/retirement.h"

static const struct settings *settings_of(int max_requests, int max_growth_mib)
{
	static struct settings settings;

	settings.max_requests = max_requests;
	settings.max_growth_mib = max_growth_mib;
	return &settings;
}

/* How many requests a worker serves. */
static guint requests(int max_requests, guint32 random)
{
	struct retirement retirement;
	guint n = 0;

	retirement_init(&retirement, settings_of(max_requests, 0), random);
	while (retirement_due(&retirement, 0) == SCOREBOARD_RESTART_NONE &&
	       n < 1000) {
		retirement_count_request(&retirement);
		n++;
	}
	return n;
}

static void the_count_is_spread(void)
{
	g_assert_cmpuint(requests(100, 0), ==, 90);
	g_assert_cmpuint(requests(100, 10), ==, 100);
	g_assert_cmpuint(requests(100, 20), ==, 110);
	g_assert_cmpuint(requests(100, 21), ==, 90);
	/* Too few to spread. */
	g_assert_cmpuint(requests(1, 0xffffffff), ==, 1);
	g_assert_cmpuint(requests(9, 5), ==, 9);
}

static void none_is_no_limit(void)
{
	struct retirement retirement;

	g_assert_cmpuint(requests(0, 3), ==, 1000);
	retirement_init(&retirement, settings_of(0, 0), 0);
	(void)retirement_due(&retirement, 1);
	g_assert_cmpint(retirement_due(&retirement, G_MAXUINT64), ==,
			SCOREBOARD_RESTART_NONE);
}

static void growth_counts_from_the_first_reading(void)
{
	const guint64 mib = 1 << 20;
	struct retirement retirement;
	const struct {
		guint64 bytes;
		enum scoreboard_restart due;
	} readings[] = {
		{0, SCOREBOARD_RESTART_NONE}, /* not known yet */
		{100 * mib, SCOREBOARD_RESTART_NONE},
		{50 * mib, SCOREBOARD_RESTART_NONE},
		{164 * mib, SCOREBOARD_RESTART_NONE},
		{164 * mib + 1, SCOREBOARD_RESTART_MEMORY},
	};

	retirement_init(&retirement, settings_of(0, 64), 0);
	for (gsize i = 0; i < G_N_ELEMENTS(readings); i++)
		g_assert_cmpint(retirement_due(&retirement, readings[i].bytes),
				==, readings[i].due);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/retirement/count", the_count_is_spread);
	g_test_add_func("/retirement/off", none_is_no_limit);
	g_test_add_func("/retirement/growth",
			growth_counts_from_the_first_reading);
	return g_test_run();
}
