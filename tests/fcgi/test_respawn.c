#include "config.h"

#include "fcgi/respawn.h"

enum { AT_ONCE = 5 };

static const gint64 second_us = G_USEC_PER_SEC;

static void the_first_start_is_free(void)
{
	struct respawn respawn;

	respawn_init(&respawn, AT_ONCE, second_us);
	g_assert_true(respawn_may_start(&respawn, second_us));
	g_assert_false(respawn_is_emergency(&respawn, second_us));
}

static void failed_starts_back_off(void)
{
	struct respawn respawn;
	gint64 now_us = second_us;
	int wait_ms = RESPAWN_FIRST_MS;

	respawn_init(&respawn, AT_ONCE, now_us);
	for (int i = 0; i < 12; i++) {
		gint64 due_us;

		respawn_died(&respawn, FALSE, now_us);
		due_us = now_us + wait_ms * G_GINT64_CONSTANT(1000);
		g_assert_false(respawn_may_start(&respawn, due_us - 1));
		/* Slower than the allowance refills, from the third on. */
		now_us = MAX(due_us, now_us + second_us);
		g_assert_true(respawn_may_start(&respawn, now_us));
		wait_ms = MIN(wait_ms * 2, RESPAWN_MOST_MS);
	}
	g_assert_cmpint(wait_ms, ==, RESPAWN_MOST_MS);
	respawn_succeeded(&respawn);
	g_assert_true(respawn_may_start(&respawn, now_us));
	respawn_died(&respawn, FALSE, now_us);
	g_assert_true(respawn_may_start(
		&respawn, now_us + RESPAWN_FIRST_MS * G_GINT64_CONSTANT(1000)));
}

static void the_useful_are_replaced_at_once(void)
{
	struct respawn respawn;
	gint64 now_us = second_us;

	respawn_init(&respawn, AT_ONCE, now_us);
	/* As fast as the allowance refills, for a minute. */
	for (int i = 0; i < 60 * RESPAWN_PER_S; i++) {
		respawn_died(&respawn, TRUE, now_us);
		g_assert_true(respawn_may_start(&respawn, now_us));
		now_us += second_us / RESPAWN_PER_S;
	}
	g_assert_false(respawn_is_emergency(&respawn, now_us));
}

static void too_many_are_an_emergency(void)
{
	struct respawn respawn;
	gint64 now_us = second_us;
	int starts = 0;

	respawn_init(&respawn, AT_ONCE, now_us);
	for (int i = 0; i < AT_ONCE; i++) {
		g_assert_true(respawn_may_start(&respawn, now_us));
		respawn_died(&respawn, TRUE, now_us);
	}
	g_assert_true(respawn_is_emergency(&respawn, now_us));
	g_assert_false(respawn_may_start(&respawn, now_us));
	/* Each that is started dies at once. */
	for (int ms = 0; ms < 60000; ms += 10) {
		now_us += 10000;
		if (!respawn_may_start(&respawn, now_us))
			continue;
		respawn_died(&respawn, TRUE, now_us);
		starts++;
	}
	g_assert_cmpint(starts, <=, 60 * RESPAWN_PER_S_EMERGENCY);
	g_assert_cmpint(starts, >=, 60 * RESPAWN_PER_S_EMERGENCY - 2);
	g_assert_true(respawn_is_emergency(&respawn, now_us));
	now_us += RESPAWN_EMERGENCY_S * second_us;
	g_assert_false(respawn_is_emergency(&respawn, now_us));
	g_assert_true(respawn_may_start(&respawn, now_us));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/respawn/first", the_first_start_is_free);
	g_test_add_func("/respawn/backoff", failed_starts_back_off);
	g_test_add_func("/respawn/at-once", the_useful_are_replaced_at_once);
	g_test_add_func("/respawn/emergency", too_many_are_an_emergency);
	return g_test_run();
}
