#include "config.h"

#include "fcgi/fetches.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "render/limits.h"

#define ID "0123456789abcdef0123456789abcdef-0123456789abcdef"

static void what_is_asked_is_answered(void)
{
	g_autofree struct scoreboard_fetch *fetch =
		g_new0(struct scoreboard_fetch, 1);
	struct fetch_answer answer = {FETCH_READY, ID, 300}, got;
	char url[SCOREBOARD_FETCH_URL_BYTES];
	int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	guint32 seen = 0, number;
	guint64 rings = 0;

	g_assert_false(fetches_take(fetch, &seen, url));
	number = fetches_ask(fetch, "https://h/a", bell);
	g_assert_cmpint(read(bell, &rings, sizeof(rings)), ==, sizeof(rings));
	g_assert_cmpuint(rings, ==, 1);
	g_assert_false(fetches_read(fetch, number, &got));
	g_assert_true(fetches_take(fetch, &seen, url));
	g_assert_cmpuint(seen, ==, number);
	g_assert_cmpstr(url, ==, "https://h/a");
	g_assert_false(fetches_take(fetch, &seen, url));
	fetches_answer(fetch, number, &answer);
	g_assert_true(fetches_read(fetch, number, &got));
	g_assert_cmpint(got.outcome, ==, FETCH_READY);
	g_assert_cmpstr(got.id, ==, ID);
	g_assert_cmpuint(got.fresh_s, ==, 300);
	/* The next question has no answer yet. */
	number = fetches_ask(fetch, "https://h/b", -1);
	g_assert_false(fetches_read(fetch, number, &got));
	g_assert_true(fetches_take(fetch, &seen, url));
	g_assert_cmpstr(url, ==, "https://h/b");
	(void)close(bell);
}

static void nothing_that_is_read_is_believed(void)
{
	static const char *const ids[] = {
		"",
		"../../etc/passwd",
		ID "0",
		"0123456789ABCDEF0123456789abcdef-0123456789abcdef",
		"0123456789abcdef0123456789abcdef_0123456789abcdef",
		"0123456789abcdef0123456789abcde-0123456789abcdef0",
		"0123456789abcdef0123456789abcdef-0123456789abcde/",
	};
	g_autofree struct scoreboard_fetch *fetch =
		g_new0(struct scoreboard_fetch, 1);
	guint32 number = fetches_ask(fetch, "https://h/a", -1), seen = 0;
	char url[SCOREBOARD_FETCH_URL_BYTES];
	struct fetch_answer got;

	for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
		struct fetch_answer answer = {FETCH_READY, "", 1};

		(void)g_strlcpy(answer.id, ids[i], sizeof(answer.id));
		fetches_answer(fetch, number, &answer);
		g_assert_false(fetches_read(fetch, number, &got));
	}
	for (guint32 outcome = 0; outcome < 256; outcome++) {
		struct fetch_answer answer = {(enum fetch_outcome)outcome, ID,
					      G_MAXUINT32};

		fetches_answer(fetch, number, &answer);
		g_assert_cmpint(fetches_read(fetch, number, &got), ==,
				outcome > 0 && outcome < FETCH_OUTCOMES);
		g_assert_false(fetches_read(fetch, number + 1, &got));
	}
	fetches_answer(fetch, number,
		       &(struct fetch_answer){FETCH_READY, ID, G_MAXUINT32});
	g_assert_true(fetches_read(fetch, number, &got));
	g_assert_cmpuint(got.fresh_s, ==, 86400);
	/* Unterminated, as a worker gone wrong may leave it. */
	memset(fetch->id, 'a', sizeof(fetch->id));
	g_assert_false(fetches_read(fetch, number, &got));
	memset(fetch->url, 'u', sizeof(fetch->url));
	g_assert_true(fetches_take(fetch, &seen, url));
	g_assert_cmpuint(strlen(url), ==, LIMIT_URL_BYTES);
	atomic_store(&fetch->asked, G_MAXUINT32);
	g_assert_false(fetches_take(fetch, &seen, url));
}

static void numbers_outlive_who_asks_and_who_answers(void)
{
	g_autofree struct scoreboard_fetch *fetch =
		g_new0(struct scoreboard_fetch, 1);
	const struct fetch_answer pending = {FETCH_PENDING, "", 0};
	const struct fetch_answer late = {FETCH_LATE, "", 0};
	guint32 number = fetches_ask(fetch, "a", -1);

	/* A fetcher that begins now takes up what was not answered. */
	g_assert_cmpuint(fetches_answered(fetch), !=, number);
	fetches_answer(fetch, number, &pending);
	g_assert_cmpuint(fetches_answered(fetch), !=, number);
	fetches_answer(fetch, number, &late);
	g_assert_cmpuint(fetches_answered(fetch), ==, number);
	/* A worker that died over its question leaves a 0. */
	atomic_store(&fetch->asked, 0);
	g_assert_cmpuint(fetches_ask(fetch, "b", -1), ==, number + 1);
	/* And in the end the numbers begin again. */
	atomic_store(&fetch->asked, 0xfffffe);
	g_assert_cmpuint(fetches_ask(fetch, "c", -1), ==, 0xffffff);
	g_assert_cmpuint(fetches_ask(fetch, "d", -1), ==, 1);
}

static void *answer_later(void *data)
{
	const struct fetch_answer late = {FETCH_LATE, "", 0};

	g_usleep(50 * 1000);
	fetches_answer(data, 1, &late);
	return NULL;
}

static void who_waits_is_woken(void)
{
	g_autofree struct scoreboard_fetch *fetch =
		g_new0(struct scoreboard_fetch, 1);
	guint32 number = fetches_ask(fetch, "a", -1);
	gint64 begin_us = g_get_monotonic_time();
	GThread *thread;

	fetches_wait(fetch, number, (enum fetch_outcome)0, 20);
	g_assert_cmpint(g_get_monotonic_time() - begin_us, >=, 15 * 1000);
	thread = g_thread_new("answer", answer_later, fetch);
	begin_us = g_get_monotonic_time();
	/* A minute is what it would take if nobody woke it. */
	fetches_wait(fetch, number, (enum fetch_outcome)0, 60 * 1000);
	g_assert_cmpint(g_get_monotonic_time() - begin_us, <, 30 * 1000 * 1000);
	(void)g_thread_join(thread);
	/* And nobody waits for what is there. */
	fetches_wait(fetch, number, FETCH_PENDING, 60 * 1000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fetches/answered", what_is_asked_is_answered);
	g_test_add_func("/fetches/believed", nothing_that_is_read_is_believed);
	g_test_add_func("/fetches/numbers",
			numbers_outlive_who_asks_and_who_answers);
	g_test_add_func("/fetches/woken", who_waits_is_woken);
	return g_test_run();
}
