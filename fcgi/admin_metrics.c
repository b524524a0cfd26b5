/* /metrics: OpenMetrics 1.0; for Prometheus' older text the same samples under
 * the names that it knows. */
#include "config.h"

#include "fcgi/admin_pages.h"

#include <string.h>

struct page {
	GString *text;
	gboolean is_plain;
	char number[G_ASCII_DTOSTR_BUF_SIZE];
};

/* A family's head. name is without _total; the older text wants it with. */
static void begin_family(struct page *page, const char *name, const char *type,
			 const char *unit, const char *help)
{
	const char *suffix =
		page->is_plain && strcmp(type, "counter") == 0 ? "_total" : "";

	g_string_append_printf(page->text, "# TYPE captiond_%s%s %s\n", name,
			       suffix, type);
	if (*unit && !page->is_plain)
		g_string_append_printf(page->text, "# UNIT captiond_%s %s\n",
				       name, unit);
	g_string_append_printf(page->text, "# HELP captiond_%s%s %s\n", name,
			       suffix, help);
}

/* labels: `a="b"`, of ours alone, or "". */
static void add_number(struct page *page, const char *name, const char *labels,
		       guint64 n)
{
	g_string_append_printf(
		page->text,
		*labels ? "captiond_%s{%s} %" G_GUINT64_FORMAT "\n"
			: "captiond_%s%s %" G_GUINT64_FORMAT "\n",
		name, labels, n);
}

static const char *seconds(struct page *page, double us)
{
	return g_ascii_formatd(page->number, sizeof(page->number), "%.6f",
			       us / G_USEC_PER_SEC);
}

static void add_seconds(struct page *page, const char *name, const char *labels,
			double us)
{
	g_string_append_printf(page->text,
			       *labels ? "captiond_%s{%s} %s\n"
				       : "captiond_%s%s %s\n",
			       name, labels, seconds(page, us));
}

static void add_gauge(struct page *page, const char *name, const char *unit,
		      const char *help, guint64 n)
{
	begin_family(page, name, "gauge", unit, help);
	add_number(page, name, "", n);
}

static void add_counter(struct page *page, const char *name, const char *unit,
			const char *help, guint64 n)
{
	g_autofree char *total = g_strconcat(name, "_total", NULL);

	begin_family(page, name, "counter", unit, help);
	add_number(page, total, "", n);
}

static void add_requests(struct page *page, const struct scoreboard *board)
{
	begin_family(page, "requests", "counter", "",
		     "Requests answered, by route and status; 499: the client "
		     "had left; 502: its worker died.");
	for (guint route = 0; route < TALLY_ROUTES; route++) {
		for (guint i = 0; i < TALLY_STATUSES; i++) {
			char labels[80];
			guint64 sum = 0;

			for (guint j = 0; j < scoreboard_n_slots(board); j++)
				sum += atomic_load(
					&board->slots[j]
						 .tally.answers[route][i]);
			(void)g_snprintf(labels, sizeof(labels),
					 "route=\"%s\",status=\"%d\"",
					 tally_route_name(route),
					 tally_status(i));
			if (sum > 0)
				add_number(page, "requests_total", labels, sum);
		}
	}
}

static void sum_times(const struct scoreboard *board, guint stage,
		      guint64 *out_buckets, guint64 *out_sum_us)
{
	memset(out_buckets, 0, TALLY_BUCKETS * sizeof(*out_buckets));
	*out_sum_us = 0;
	for (guint i = 0; i < scoreboard_n_slots(board); i++) {
		const struct tally_histogram *times =
			&board->slots[i].tally.times[stage];

		for (guint j = 0; j < TALLY_BUCKETS; j++)
			out_buckets[j] += atomic_load(&times->buckets[j]);
		*out_sum_us += atomic_load(&times->sum_us);
	}
}

/* As OpenMetrics writes numbers of its own: 5e-05, 0.25, 1.0. */
static const char *bucket_end(struct page *page, gint64 end_us)
{
	double end_s = (double)end_us / G_USEC_PER_SEC;

	if (end_us == G_MAXINT64)
		return "+Inf";
	(void)g_ascii_formatd(page->number, sizeof(page->number), "%g", end_s);
	if (!strpbrk(page->number, ".e"))
		(void)g_strlcat(page->number, ".0", sizeof(page->number));
	return page->number;
}

static void add_histogram(struct page *page, const struct scoreboard *board,
			  guint stage)
{
	const char *const name = "request_stage_seconds";
	guint64 buckets[TALLY_BUCKETS], sum_us, count = 0;
	char labels[80];

	sum_times(board, stage, buckets, &sum_us);
	for (guint i = 0; i < TALLY_BUCKETS; i++) {
		gint64 end_us = tally_bucket_end_us(i);

		count += buckets[i];
		g_string_append_printf(
			page->text,
			"captiond_%s_bucket{stage=\"%s\",le=\"%s\"} "
			"%" G_GUINT64_FORMAT "\n",
			name, tally_stage_name(stage), bucket_end(page, end_us),
			count);
	}
	(void)g_snprintf(labels, sizeof(labels), "stage=\"%s\"",
			 tally_stage_name(stage));
	add_number(page, "request_stage_seconds_count", labels, count);
	add_seconds(page, "request_stage_seconds_sum", labels, (double)sum_us);
}

static void add_times(struct page *page, const struct scoreboard *board)
{
	begin_family(page, "request_stage_seconds", "histogram", "seconds",
		     "What each stage of a request took.");
	for (guint stage = 0; stage < TALLY_STAGES; stage++)
		add_histogram(page, board, stage);
}

static void add_workers(struct page *page, const struct admin_view *view)
{
	struct admin_census census;

	admin_count(view, &census);
	begin_family(page, "workers", "gauge", "", "Workers, by state.");
	for (guint i = SCOREBOARD_STARTING; i <= SCOREBOARD_LEAVING; i++) {
		char labels[80];

		(void)g_snprintf(labels, sizeof(labels), "state=\"%s\"",
				 scoreboard_state_name(i));
		add_number(page, "workers", labels, census.states[i]);
	}
}

static void add_restarts(struct page *page, const struct scoreboard *board)
{
	begin_family(page, "worker_restarts", "counter", "",
		     "Workers that ended, by reason.");
	for (guint i = SCOREBOARD_RESTART_SIGNAL; i < SCOREBOARD_RESTARTS;
	     i++) {
		char labels[80];

		(void)g_snprintf(labels, sizeof(labels), "reason=\"%s\"",
				 scoreboard_restart_name(i));
		add_number(page, "worker_restarts_total", labels,
			   atomic_load(&board->restarts[i]));
	}
}

static void add_queue(struct page *page, const struct admin_view *view)
{
	guint waiting, room;

	if (!queue_depth_read(&view->queue, &waiting, &room))
		return;
	add_gauge(page, "listen_queue", "",
		  "Connections that wait for a worker.", waiting);
	add_gauge(page, "listen_queue_room", "",
		  "Connections there is room for in the queue.", room);
	add_gauge(page, "listen_queue_most", "",
		  "The longest that the queue was seen.",
		  MAX(waiting, atomic_load(&view->board->most_waiting)));
}

struct cache_sums {
	guint64 hits, misses, entries;
};

static void sum_cache(struct cache_sums *sums,
		      const struct scoreboard_cache *cache)
{
	sums->hits += atomic_load(&cache->hits);
	sums->misses += atomic_load(&cache->misses);
	sums->entries += atomic_load(&cache->entries);
}

static void add_caches(struct page *page, const struct scoreboard *board)
{
	static const char *const labels[] = {
		"cache=\"templates\"", "cache=\"fonts\"", "cache=\"variants\""};
	struct cache_sums sums[G_N_ELEMENTS(labels)] = {{0}};

	for (guint i = 0; i < scoreboard_n_slots(board); i++) {
		const struct scoreboard_slot *slot = &board->slots[i];

		sum_cache(&sums[0], &slot->templates);
		sum_cache(&sums[1], &slot->fonts);
		sum_cache(&sums[2], &slot->variants);
	}
	begin_family(page, "cache_hits", "counter", "",
		     "What workers looked for and had at hand.");
	for (guint i = 0; i < G_N_ELEMENTS(labels); i++)
		add_number(page, "cache_hits_total", labels[i], sums[i].hits);
	begin_family(page, "cache_misses", "counter", "",
		     "What workers looked for and had not.");
	for (guint i = 0; i < G_N_ELEMENTS(labels); i++)
		add_number(page, "cache_misses_total", labels[i],
			   sums[i].misses);
	begin_family(page, "cache_entries", "gauge", "",
		     "What workers keep, each its own.");
	for (guint i = 0; i < G_N_ELEMENTS(labels); i++)
		add_number(page, "cache_entries", labels[i], sums[i].entries);
}

/* A role's processes together; of workers only those that live. */
static void add_memory(struct page *page, const struct scoreboard *board)
{
	static const char *const labels[SCOREBOARD_PROCESSES] = {
		"role=\"master\"", "role=\"packer\"", "role=\"admin\"",
		"role=\"fetcher\""};
	guint64 workers = 0;

	for (guint i = 0; i < scoreboard_n_slots(board); i++)
		if (atomic_load(&board->slots[i].state) != SCOREBOARD_EMPTY)
			workers +=
				atomic_load(&board->slots[i].memory.pss_bytes);
	begin_family(page, "memory_pss_bytes", "gauge", "bytes",
		     "Memory by role, what is shared divided by its users.");
	add_number(page, "memory_pss_bytes", "role=\"worker\"", workers);
	for (guint i = 0; i < SCOREBOARD_PROCESSES; i++) {
		guint64 bytes = atomic_load(&board->memory[i].pss_bytes);

		if (bytes > 0) /* there is one */
			add_number(page, "memory_pss_bytes", labels[i], bytes);
	}
}

static void add_sums(struct page *page, const struct scoreboard *board)
{
	guint64 bytes = 0, slow = 0, chars = 0, refused = 0;

	for (guint i = 0; i < scoreboard_n_slots(board); i++) {
		const struct scoreboard_slot *slot = &board->slots[i];

		bytes += atomic_load(&slot->bytes);
		slow += atomic_load(&slot->tally.slow);
		refused += atomic_load(&slot->tally.refused);
		chars += atomic_load(&slot->missing_chars);
	}
	add_counter(page, "response_bytes", "bytes",
		    "Bytes of answers' bodies.", bytes);
	add_counter(page, "slow_requests", "",
		    "Requests that took slow-time or longer.", slow);
	add_counter(page, "refused_requests", "",
		    "Requests refused since they had killed workers.", refused);
	add_counter(page, "missing_characters", "",
		    "Characters that no font had.", chars);
	add_gauge(page, "variant_bytes", "bytes",
		  "Bytes on the disk of packs for other sizes and formats.",
		  atomic_load(&board->variant_bytes));
}

/* What the fetcher has done; without origins there is none. */
static void add_fetches(struct page *page, const struct admin_view *view)
{
	const struct scoreboard_origins *origins = &view->board->origins;
	const struct {
		const char *label;
		guint64 n;
	} results[] = {
		{"result=\"fetched\"", atomic_load(&origins->fetched)},
		{"result=\"unchanged\"", atomic_load(&origins->unchanged)},
		{"result=\"refused\"", atomic_load(&origins->refused)},
		{"result=\"failed\"", atomic_load(&origins->failed)},
	};

	if (!view->settings->origins_path)
		return;
	begin_family(page, "fetches", "counter", "",
		     "Pictures asked of origins, by what came of it.");
	for (gsize i = 0; i < G_N_ELEMENTS(results); i++)
		add_number(page, "fetches_total", results[i].label,
			   results[i].n);
	add_counter(page, "fetched_bytes", "bytes",
		    "Bytes that came from origins.",
		    atomic_load(&origins->bytes));
	add_gauge(page, "fetches_underway", "", "Transfers under way.",
		  atomic_load(&origins->underway));
	add_gauge(page, "fetched_stored_bytes", "bytes",
		  "Bytes on the disk of fetched pictures.",
		  atomic_load(&origins->stored));
}

static void add_pool(struct page *page, const struct admin_view *view)
{
	g_autofree char *reason = NULL;
	gint64 up_us =
		g_get_monotonic_time() - atomic_load(&view->board->started_us);

	begin_family(page, "build", page->is_plain ? "gauge" : "info", "",
		     "The version that runs.");
	add_number(page, page->is_plain ? "build" : "build_info",
		   "version=\"" PACKAGE_VERSION "\"", 1);
	begin_family(page, "start_time_seconds", "gauge", "seconds",
		     "When the master started, in Unix time.");
	add_seconds(page, "start_time_seconds", "",
		    (double)(g_get_real_time() - up_us));
	add_gauge(page, "ready", "", "What /readyz says: 1 or 0.",
		  admin_is_ready(view, &reason) ? 1 : 0);
}

void admin_metrics(const struct admin_view *view, gboolean is_plain,
		   struct admin_answer *answer)
{
	struct page page = {.text = answer->body, .is_plain = is_plain};

	answer->content_type =
		is_plain ? "text/plain; version=0.0.4; charset=utf-8"
			 : "application/openmetrics-text; version=1.0.0; "
			   "charset=utf-8";
	add_pool(&page, view);
	add_requests(&page, view->board);
	add_times(&page, view->board);
	add_sums(&page, view->board);
	add_workers(&page, view);
	add_restarts(&page, view->board);
	add_queue(&page, view);
	add_caches(&page, view->board);
	add_memory(&page, view->board);
	add_fetches(&page, view);
	if (!is_plain)
		g_string_append(page.text, "# EOF\n");
}
