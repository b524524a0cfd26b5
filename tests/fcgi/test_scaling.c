#include "config.h"

#include "fcgi/scaling.h"

enum { TICK_MS = 100, LEAST = 2, MOST = 16 };

struct pool {
	struct scaling scaling;
	gint64 now_us;
};

/* The pool is looked at for a time, with the same to be seen all along; who is
 * missing is there at once. busy: of all, at most. */
static guint pass(struct pool *pool, int ms, guint busy, gboolean is_queued)
{
	guint target = pool->scaling.target;

	for (int i = 0; i < ms; i += TICK_MS) {
		const struct scaling_sample sample = {
			.now_us = pool->now_us,
			.least = LEAST,
			.most = MOST,
			.ready = MAX(target, LEAST),
			.busy = MIN(busy, MAX(target, LEAST)),
			.is_queued = is_queued,
		};

		target = scaling_decide(&pool->scaling, &sample);
		g_assert_cmpuint(target, >=, LEAST);
		g_assert_cmpuint(target, <=, MOST);
		pool->now_us += TICK_MS * G_GINT64_CONSTANT(1000);
	}
	return target;
}

static void begin(struct pool *pool)
{
	*pool = (struct pool){.now_us = G_USEC_PER_SEC};
}

static void it_begins_with_the_least(void)
{
	struct pool pool;

	begin(&pool);
	g_assert_cmpuint(pass(&pool, TICK_MS, 0, FALSE), ==, LEAST);
	g_assert_cmpuint(pass(&pool, 60000, 0, FALSE), ==, LEAST);
}

static void a_full_pool_grows_to_the_most(void)
{
	struct pool pool;

	begin(&pool);
	g_assert_cmpuint(pass(&pool, SCALING_GROW_MS, MOST, TRUE), ==, LEAST);
	g_assert_cmpuint(pass(&pool, TICK_MS, MOST, TRUE), ==, LEAST + 1);
	g_assert_cmpuint(pass(&pool, 10000, MOST, TRUE), ==, MOST);
}

static void enough_stays_enough(void)
{
	struct pool pool;

	begin(&pool);
	/* Nobody waits; somebody is idle; a moment only. */
	g_assert_cmpuint(pass(&pool, 5000, MOST, FALSE), ==, LEAST);
	g_assert_cmpuint(pass(&pool, 5000, LEAST - 1, TRUE), ==, LEAST);
	for (int i = 0; i < 20; i++) {
		(void)pass(&pool, TICK_MS, MOST, TRUE);
		g_assert_cmpuint(pass(&pool, TICK_MS, 0, FALSE), ==, LEAST);
	}
}

static void the_idle_go_in_steps(void)
{
	struct pool pool;
	guint before = MOST;

	begin(&pool);
	(void)pass(&pool, 10000, MOST, TRUE);
	/* One that is idle is no surplus. */
	g_assert_cmpuint(pass(&pool, 60000, MOST - 1, FALSE), ==, MOST);
	for (int i = 0; i < 8; i++) {
		guint after = pass(&pool, SCALING_SHRINK_MS, 0, FALSE);

		g_assert_cmpuint(after, <=, before);
		before = after;
	}
	g_assert_cmpuint(before, ==, LEAST);
}

static void a_peak_keeps_what_it_needs(void)
{
	struct pool pool;

	begin(&pool);
	(void)pass(&pool, 10000, MOST, TRUE);
	for (int i = 0; i < 20; i++) {
		(void)pass(&pool, SCALING_SHRINK_MS / 2, 0, FALSE);
		(void)pass(&pool, TICK_MS, MOST - 1, FALSE);
	}
	g_assert_cmpuint(pool.scaling.target, ==, MOST);
}

static void those_who_start_are_waited_for(void)
{
	struct scaling scaling = {.target = 4};
	struct scaling_sample sample = {
		.least = 1,
		.most = 16,
		.ready = 3,
		.busy = 3,
		.is_queued = TRUE,
	};

	for (int i = 1; i < 50; i++) {
		sample.now_us = i * TICK_MS * G_GINT64_CONSTANT(1000);
		g_assert_cmpuint(scaling_decide(&scaling, &sample), ==, 4);
	}
}

static void other_limits_hold_at_once(void)
{
	struct scaling scaling = {0};
	struct scaling_sample sample = {
		.least = 2,
		.most = 16,
		.ready = 16,
		.busy = 10,
	};

	scaling.target = 16;
	for (int i = 1; i < 50; i++) {
		sample.now_us = i * TICK_MS * G_GINT64_CONSTANT(1000);
		g_assert_cmpuint(scaling_decide(&scaling, &sample), ==, 16);
	}
	sample.most = 4;
	sample.busy = 0;
	for (int i = 50; i < 500; i++) {
		guint target;

		sample.now_us = i * TICK_MS * G_GINT64_CONSTANT(1000);
		target = scaling_decide(&scaling, &sample);
		g_assert_cmpuint(target, >=, 2);
		g_assert_cmpuint(target, <=, 4);
	}
	g_assert_cmpuint(scaling.target, <=, 3);
	sample.least = 8;
	sample.most = 8;
	g_assert_cmpuint(scaling_decide(&scaling, &sample), ==, 8);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scaling/least", it_begins_with_the_least);
	g_test_add_func("/scaling/grow", a_full_pool_grows_to_the_most);
	g_test_add_func("/scaling/enough", enough_stays_enough);
	g_test_add_func("/scaling/shrink", the_idle_go_in_steps);
	g_test_add_func("/scaling/peak", a_peak_keeps_what_it_needs);
	g_test_add_func("/scaling/limits", other_limits_hold_at_once);
	g_test_add_func("/scaling/starting", those_who_start_are_waited_for);
	return g_test_run();
}
