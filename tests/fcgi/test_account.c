#include "config.h"

#include "fcgi/account.h"

#include <string.h>
#include <unistd.h>

static struct scoreboard_slot slot;

static void clear(void)
{
	memset(&slot, 0, sizeof(slot));
}

static guint64 n_times(enum tally_stage stage)
{
	guint64 sum = 0;

	for (guint i = 0; i < TALLY_BUCKETS; i++)
		sum += atomic_load(&slot.tally.times[stage].buckets[i]);
	return sum;
}

static guint64 n_answers(enum tally_route route, int status)
{
	for (guint i = 0; i < TALLY_STATUSES; i++)
		if (tally_status(i) == status)
			return atomic_load(&slot.tally.answers[route][i]);
	g_assert_not_reached();
}

static void times_fall_into_buckets(void)
{
	static const struct {
		gint64 us;
		guint bucket;
	} cases[] = {
		{-1, 0},	{0, 0},		  {50, 0},   {51, 1},
		{100, 1},	{1000, 4},	  {1001, 5}, {10000000, 16},
		{10000001, 17}, {G_MAXINT64, 17},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct tally_histogram histogram = {0};

		tally_time(&histogram, cases[i].us);
		g_assert_cmpuint(
			atomic_load(&histogram.buckets[cases[i].bucket]), ==,
			1);
		g_assert_cmpuint(atomic_load(&histogram.sum_us), ==,
				 (guint64)MAX(cases[i].us, 0));
	}
	for (guint i = 1; i < TALLY_BUCKETS; i++)
		g_assert_cmpint(tally_bucket_end_us(i), >,
				tally_bucket_end_us(i - 1));
	g_assert_cmpint(tally_bucket_end_us(TALLY_BUCKETS), ==, G_MAXINT64);
}

static void names_are_bounded(void)
{
	g_assert_cmpstr(tally_stage_name(TALLY_WRITE), ==, "write");
	g_assert_cmpstr(tally_stage_name(TALLY_STAGES), ==, "other");
	g_assert_cmpstr(tally_route_name(TALLY_STATS), ==, "stats");
	g_assert_cmpstr(tally_route_name(G_MAXUINT), ==, "other");
	g_assert_cmpstr(scoreboard_outcome_name(SCOREBOARD_KILLED), ==,
			"killed");
	g_assert_cmpstr(scoreboard_outcome_name(99), ==, "other");
	g_assert_cmpint(tally_status(G_MAXUINT), ==, 0);
	clear();
	tally_answer(&slot.tally, TALLY_FONTS, 299);
	g_assert_cmpuint(n_answers(TALLY_FONTS, 0), ==, 1);
}

static void stages_are_told_apart(void)
{
	struct account account;

	clear();
	account_begin(&account, &slot);
	g_assert_cmpint(atomic_load(&slot.tally.began_us), ==,
			account.began_us);
	account_queued(&account, 0.25);
	account_enter(&account, TALLY_PARSE);
	account_enter(&account, TALLY_LAYOUT);
	g_assert_cmpuint(atomic_load(&slot.tally.stage), ==, TALLY_LAYOUT);
	g_usleep(20000);
	account_enter(&account, TALLY_PAINT);
	account_enter(&account, TALLY_ENCODE);
	account_enter(&account, TALLY_WRITE);
	account.route = TALLY_CAPTION;
	account.status = 200;
	account.bytes = 1234;
	account_end(&account, SCOREBOARD_OK, 10000);
	for (guint i = 0; i < TALLY_STAGES; i++)
		g_assert_cmpuint(n_times(i), ==, 1);
	g_assert_cmpint(account.spent_us[TALLY_QUEUE], ==, 250000);
	g_assert_cmpint(account.spent_us[TALLY_LAYOUT], >=, 20000);
	g_assert_cmpint(account_total_us(&account), >=, 20000);
	g_assert_cmpint(account_worst_stage(&account), ==, TALLY_LAYOUT);
	g_assert_cmpuint(n_answers(TALLY_CAPTION, 200), ==, 1);
	g_assert_cmpuint(atomic_load(&slot.outcomes[SCOREBOARD_OK]), ==, 1);
	g_assert_cmpuint(atomic_load(&slot.bytes), ==, 1234);
	g_assert_cmpuint(atomic_load(&slot.tally.slow), ==, 1);
	g_assert_cmpint(atomic_load(&slot.tally.began_us), ==, 0);
	g_assert_cmpint(atomic_load(&slot.tally.drew_us), >, 0);
}

static void who_left_is_told(void)
{
	struct account account;

	clear();
	account_begin(&account, &slot);
	account.bytes = 99;
	account_end(&account, SCOREBOARD_GONE, 0);
	g_assert_cmpint(account.status, ==, 499);
	g_assert_cmpuint(n_answers(TALLY_OTHER, 499), ==, 1);
	g_assert_cmpuint(atomic_load(&slot.bytes), ==, 0);
	g_assert_cmpint(account_worst_stage(&account), ==, TALLY_READ);
	g_assert_cmpuint(n_times(TALLY_READ), ==, 1);
	g_assert_cmpuint(n_times(TALLY_QUEUE), ==, 0);
	g_assert_cmpint(atomic_load(&slot.tally.drew_us), ==, 0);
	g_assert_cmpuint(atomic_load(&slot.tally.slow), ==, 0);
}

static void victims_are_told(void)
{
	struct account account, victim;
	struct account_texts texts;

	clear();
	g_assert_false(account_of_victim(&victim, &texts, &slot, 7));
	account_begin(&account, &slot);
	account_enter(&account, TALLY_PAINT);
	scoreboard_set_request(&slot, "an-id", "/caption\n");
	(void)g_strlcpy(slot.tally.method, "GET", sizeof(slot.tally.method));
	g_assert_true(account_of_victim(&victim, &texts, &slot, 7));
	g_assert_cmpstr(victim.id, ==, "an-id");
	g_assert_cmpstr(victim.path, ==, "/caption?");
	g_assert_cmpstr(victim.method, ==, "GET");
	g_assert_cmpint(victim.pid, ==, 7);
	g_assert_cmpint(victim.status, ==, 502);
	g_assert_cmpint(account_worst_stage(&victim), ==, TALLY_PAINT);
	/* What a worker run wild may have left. */
	atomic_store(&slot.tally.stage, 1000);
	g_assert_false(account_of_victim(&victim, &texts, &slot, 7));
	atomic_store(&slot.tally.stage, TALLY_PAINT);
	atomic_store(&slot.tally.began_us, G_MAXINT64);
	g_assert_false(account_of_victim(&victim, &texts, &slot, 7));
	atomic_store(&slot.tally.began_us, -1);
	g_assert_false(account_of_victim(&victim, &texts, &slot, 7));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tally/buckets", times_fall_into_buckets);
	g_test_add_func("/tally/names", names_are_bounded);
	g_test_add_func("/account/stages", stages_are_told_apart);
	g_test_add_func("/account/gone", who_left_is_told);
	g_test_add_func("/account/victim", victims_are_told);
	return g_test_run();
}
