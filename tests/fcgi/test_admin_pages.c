#include "config.h"

#include "fcgi/admin_pages.h"

#include <json.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fcgi/status_client.h"
#include "render/autoptr.h"

/* A board as a pool of two workers would have it, one at work. */
struct pool {
	struct settings settings;
	struct admin_view view;
	int fd;
};

static void pool_init(struct pool *pool)
{
	struct scoreboard *board = scoreboard_create(&pool->fd, NULL);
	gint64 now_us = g_get_monotonic_time();

	pool->settings = (struct settings){.packs_dir = (char *)"/nonexistent",
					   .request_timeout_s = 3};
	pool->view = (struct admin_view){
		.settings = &pool->settings, .board = board, .queue.fd = -1};
	atomic_store(&board->heartbeat_us, now_us);
	atomic_store(&board->n_slots, 3);
	atomic_store(&board->slots[0].state, SCOREBOARD_WAITING);
	atomic_store(&board->slots[2].state, SCOREBOARD_RENDERING);
	atomic_store(&board->slots[2].pid, 77);
	atomic_store(&board->slots[2].tally.began_us, now_us - 1500);
	scoreboard_set_request(&board->slots[2], "an-id", "/x\x1b");
}

static void pool_fini(struct pool *pool)
{
	(void)munmap(pool->view.board, sizeof(*pool->view.board));
	(void)close(pool->fd);
}

static void a_master_that_stands_still_is_told(void)
{
	struct pool pool;
	gint64 now_us = g_get_monotonic_time();

	pool_init(&pool);
	g_assert_true(admin_is_alive(&pool.view));
	atomic_store(&pool.view.board->heartbeat_us,
		     now_us - 4 * G_USEC_PER_SEC);
	g_assert_true(admin_is_alive(&pool.view));
	atomic_store(&pool.view.board->heartbeat_us,
		     now_us - 6 * G_USEC_PER_SEC);
	g_assert_false(admin_is_alive(&pool.view));
	pool_fini(&pool);
}

static void check_ready(struct pool *pool, gboolean is_ready,
			const char *reason)
{
	g_autofree char *got = NULL;

	g_assert_cmpint(admin_is_ready(&pool->view, &got), ==, is_ready);
	if (!g_str_has_prefix(got, reason))
		g_error("'%s' said, '%s' expected", got, reason);
}

static void readiness_has_a_reason(void)
{
	struct pool pool;
	struct scoreboard *board;
	gint64 now_us = g_get_monotonic_time();
	_Atomic gint64 *drew_us;

	pool_init(&pool);
	board = pool.view.board;
	drew_us = &board->slots[2].tally.drew_us;
	check_ready(&pool, FALSE, "no caption has been drawn yet");
	/* 10 s, and what a request may take. */
	atomic_store(drew_us, now_us - 12 * G_USEC_PER_SEC);
	check_ready(&pool, TRUE, "a caption was drawn 12.");
	atomic_store(drew_us, now_us - 14 * G_USEC_PER_SEC);
	check_ready(&pool, FALSE, "no caption");
	atomic_store(drew_us, G_MAXINT64);
	check_ready(&pool, FALSE, "no caption");
	atomic_store(&board->probe_status, 404);
	check_ready(&pool, FALSE, "there is no template");
	atomic_store(&board->probe_status, 500);
	check_ready(&pool, FALSE, "a caption could not be drawn: status 500");
	atomic_store(&board->probe_asked, 1);
	check_ready(&pool, FALSE, "no worker is free to draw a caption: 1 of");
	atomic_store(&board->slots[0].state, SCOREBOARD_EMPTY);
	atomic_store(&board->slots[2].state, SCOREBOARD_EMPTY);
	check_ready(&pool, FALSE, "there are no workers");
	atomic_store(drew_us, now_us);
	check_ready(&pool, TRUE, "a caption was drawn 0.");
	atomic_store(&board->heartbeat_us, 1);
	check_ready(&pool, FALSE, "the master");
	pool_fini(&pool);
}

static void captions_are_asked_for(void)
{
	struct pool pool;
	_Atomic guint32 *asked;
	gint64 now_us = g_get_monotonic_time();

	pool_init(&pool);
	asked = &pool.view.board->probe_asked;
	admin_probe(&pool.view);
	g_assert_cmpuint(atomic_load(asked), ==, 1);
	admin_probe(&pool.view);
	g_assert_cmpuint(atomic_load(asked), ==, 1);
	pool.view.probed_us -= 2 * G_USEC_PER_SEC;
	admin_probe(&pool.view);
	g_assert_cmpuint(atomic_load(asked), ==, 2);
	/* Clients' captions will do. */
	pool.view.probed_us = 0;
	atomic_store(&pool.view.board->slots[0].tally.drew_us,
		     now_us - 2 * G_USEC_PER_SEC);
	admin_probe(&pool.view);
	g_assert_cmpuint(atomic_load(asked), ==, 2);
	atomic_store(&pool.view.board->slots[0].tally.drew_us,
		     now_us - 6 * G_USEC_PER_SEC);
	admin_probe(&pool.view);
	g_assert_cmpuint(atomic_load(asked), ==, 3);
	pool_fini(&pool);
}

static char *metrics_of(const struct pool *pool, gboolean is_plain)
{
	struct admin_answer answer = {.body = g_string_new(NULL)};

	admin_metrics(&pool->view, is_plain, &answer);
	return g_string_free(answer.body, FALSE);
}

static void metrics_are_summed(void)
{
	static const char *const lines[] = {
		"captiond_requests_total{route=\"fonts\",status=\"404\"} 3\n",
		"captiond_requests_total{route=\"fonts\",status=\"0\"} 1\n",
		"captiond_request_stage_seconds_bucket{stage=\"paint\","
		"le=\"5e-05\"} 1\n",
		"captiond_request_stage_seconds_bucket{stage=\"paint\","
		"le=\"1.0\"} 1\n",
		"captiond_request_stage_seconds_bucket{stage=\"paint\","
		"le=\"2.5\"} 2\n",
		"captiond_request_stage_seconds_bucket{stage=\"paint\","
		"le=\"+Inf\"} 3\n",
		"captiond_request_stage_seconds_count{stage=\"paint\"} 3\n",
		"captiond_request_stage_seconds_sum{stage=\"paint\"} "
		"21.500050\n",
		"captiond_workers{state=\"rendering\"} 1\n",
		"captiond_workers{state=\"idle\"} 1\n",
		"captiond_cache_hits_total{cache=\"fonts\"} 11\n",
		"captiond_memory_pss_bytes{role=\"worker\"} 300\n",
		"captiond_worker_restarts_total{reason=\"memory\"} 5\n",
		"captiond_slow_requests_total 6\n",
		"captiond_refused_requests_total 3\n",
		"captiond_response_bytes_total 9\n",
	};
	struct pool pool;
	struct scoreboard_slot *slots;
	g_autofree char *text = NULL;
	g_autofree char *plain = NULL;

	pool_init(&pool);
	slots = pool.view.board->slots;
	tally_answer(&slots[0].tally, TALLY_FONTS, 404);
	tally_answer(&slots[2].tally, TALLY_FONTS, 404);
	tally_answer(&slots[2].tally, TALLY_FONTS, 404);
	tally_answer(&slots[2].tally, TALLY_FONTS, 999);
	tally_time(&slots[0].tally.times[TALLY_PAINT], 50);
	tally_time(&slots[1].tally.times[TALLY_PAINT], 1500000);
	tally_time(&slots[2].tally.times[TALLY_PAINT], 20000000);
	atomic_store(&slots[0].fonts.hits, 5);
	atomic_store(&slots[2].fonts.hits, 6);
	atomic_store(&slots[0].memory.pss_bytes, 100);
	atomic_store(&slots[1].memory.pss_bytes, 100000); /* has gone */
	atomic_store(&slots[2].memory.pss_bytes, 200);
	atomic_store(&slots[1].tally.slow, 6);
	atomic_store(&slots[2].tally.refused, 3);
	atomic_store(&slots[1].bytes, 9);
	atomic_store(&pool.view.board->restarts[SCOREBOARD_RESTART_MEMORY], 5);
	text = metrics_of(&pool, FALSE);
	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
		if (!strstr(text, lines[i]))
			g_error("%s is not in\n%s", lines[i], text);
	g_assert_true(g_str_has_suffix(text, "\n# EOF\n"));
	g_assert_null(strstr(text, "route=\"caption\""));
	/* Without a queue to measure there is none, rather than a zero. */
	g_assert_null(strstr(text, "listen_queue"));
	plain = metrics_of(&pool, TRUE);
	g_assert_null(strstr(plain, "# EOF"));
	g_assert_null(strstr(plain, "# UNIT"));
	g_assert_nonnull(
		strstr(plain, "# TYPE captiond_requests_total counter\n"));
	pool_fini(&pool);
}

static struct json_object *page_of(const struct pool *pool)
{
	const struct admin_request request = {.is_json = TRUE, .is_full = TRUE};
	struct admin_answer answer = {.body = g_string_new(NULL)};
	struct json_object *page;

	admin_status(&pool->view, &request, &answer);
	page = json_tokener_parse(answer.body->str);
	g_assert_nonnull(page);
	g_string_free(answer.body, TRUE);
	return page;
}

static void a_person_reads_a_table(void)
{
	struct pool pool;
	g_autoptr(json_object_auto) page = NULL;
	struct json_object *bad;
	g_autofree char *table = NULL;
	gboolean is_ready = TRUE;

	pool_init(&pool);
	page = page_of(&pool);
	bad = json_tokener_parse(
		"[{\"file\": \"a\\u001b[2J\\u009b\", \"reason\": \"bad\"}]");
	json_object_object_add(page, "skipped templates", bad);
	table = status_client_table(page, &is_ready);
	g_assert_false(is_ready);
	g_assert_nonnull(strstr(table, ": no caption has been drawn yet, up"));
	g_assert_nonnull(strstr(table, "1 skipped:\n"));
	g_assert_nonnull(strstr(table, " a?[2J??: bad\n"));
	g_assert_nonnull(strstr(table, "     77  Running"));
	g_assert_nonnull(strstr(table, "/x? (queue)\n"));
	g_assert_null(strchr(table, '\x1b'));
	pool_fini(&pool);
}

/* What another server might say. */
static void any_page_is_a_table(void)
{
	static const char *const pages[] = {
		"{}",
		"{\"state\": 7, \"processes\": {}, \"outcomes\": []}",
		"{\"processes\": [1, null], \"skipped templates\": [\"x\"]}",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
		g_autoptr(json_object_auto) page = json_tokener_parse(pages[i]);
		g_autofree char *table = NULL;
		gboolean is_ready = TRUE;

		table = status_client_table(page, &is_ready);
		g_assert_false(is_ready);
		g_assert_true(g_str_has_prefix(table, "captiond "));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pages/alive", a_master_that_stands_still_is_told);
	g_test_add_func("/pages/ready", readiness_has_a_reason);
	g_test_add_func("/pages/probe", captions_are_asked_for);
	g_test_add_func("/pages/metrics", metrics_are_summed);
	g_test_add_func("/pages/table", a_person_reads_a_table);
	g_test_add_func("/pages/any-table", any_page_is_a_table);
	return g_test_run();
}
