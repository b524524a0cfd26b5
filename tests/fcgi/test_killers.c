#include "config.h"

#include "fcgi/killers.h"

static const gint64 second_us = G_USEC_PER_SEC;

static void two_deaths_refuse(void)
{
	struct killers killers = {0};
	struct killers_refused refused = {0};

	g_assert_cmpuint(killers_note(&killers, 7, second_us, &refused), ==, 1);
	g_assert_false(killers_is_refused(&refused, 7, second_us));
	g_assert_cmpuint(killers_note(&killers, 7, 2 * second_us, &refused), ==,
			 2);
	g_assert_true(killers_is_refused(&refused, 7, 2 * second_us));
	g_assert_false(killers_is_refused(&refused, 8, 2 * second_us));
}

static void it_lasts_a_minute(void)
{
	struct killers killers = {0};
	struct killers_refused refused = {0};
	const gint64 life_us = KILLERS_LIFE_S * second_us;

	(void)killers_note(&killers, 7, second_us, &refused);
	g_assert_cmpuint(
		killers_note(&killers, 7, second_us + life_us, &refused), ==,
		2);
	g_assert_true(
		killers_is_refused(&refused, 7, second_us + 2 * life_us - 1));
	g_assert_false(
		killers_is_refused(&refused, 7, second_us + 2 * life_us));
	/* The next death is a first one again. */
	g_assert_cmpuint(killers_note(&killers, 7, second_us + 2 * life_us + 1,
				      &refused),
			 ==, 1);
	g_assert_false(
		killers_is_refused(&refused, 7, second_us + 2 * life_us + 1));
}

static void no_request_is_none(void)
{
	struct killers killers = {0};
	struct killers_refused refused = {0};

	for (int i = 0; i < 3; i++)
		g_assert_cmpuint(killers_note(&killers, 0, second_us, &refused),
				 ==, 0);
	g_assert_false(killers_is_refused(&refused, 0, second_us));
}

static void the_oldest_gives_way(void)
{
	struct killers killers = {0};
	struct killers_refused refused = {0};

	for (guint64 i = 1; i <= KILLERS_MAX + 1; i++)
		for (int twice = 0; twice < 2; twice++)
			(void)killers_note(&killers, i,
					   (gint64)i * second_us / 10,
					   &refused);
	g_assert_false(killers_is_refused(&refused, 1, 7 * second_us));
	for (guint64 i = 2; i <= KILLERS_MAX + 1; i++)
		g_assert_true(killers_is_refused(&refused, i, 7 * second_us));
}

/* Its place is given away, and its word stays there until another is refused
 * in it. */
static void an_old_word_hides_no_new_one(void)
{
	struct killers killers = {0};
	struct killers_refused refused = {0};
	const gint64 later_us = 2 * KILLERS_LIFE_S * second_us;
	const guint64 again = 1000;

	for (int twice = 0; twice < 2; twice++)
		(void)killers_note(&killers, again, second_us, &refused);
	for (guint64 i = 1; i < KILLERS_MAX; i++)
		(void)killers_note(&killers, i, 2 * second_us, &refused);
	(void)killers_note(&killers, again + 1, later_us, &refused);
	for (int twice = 0; twice < 2; twice++)
		(void)killers_note(&killers, again, later_us, &refused);
	g_assert_true(killers_is_refused(&refused, again, later_us));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/killers/two", two_deaths_refuse);
	g_test_add_func("/killers/minute", it_lasts_a_minute);
	g_test_add_func("/killers/none", no_request_is_none);
	g_test_add_func("/killers/full", the_oldest_gives_way);
	g_test_add_func("/killers/twice", an_old_word_hides_no_new_one);
	return g_test_run();
}
