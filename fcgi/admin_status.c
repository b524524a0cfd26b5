/* /status: php-fpm's fields where they fit, so that what watches one pool can
 * watch the other. */
#include "config.h"

#include "fcgi/admin_pages.h"

#include <json.h>
#include <string.h>
#include <time.h>

#include "render/autoptr.h"

enum {
	INDEX_BYTES = 64 << 20, /* the packer's, of very many templates */
	INDEX_DEPTH = 16,
	NAME_COLUMNS = 22,
};

/* A page is built as JSON, whose order is kept, and written as such or as
 * lines. */
static void add_number(struct json_object *object, const char *name, gint64 n)
{
	json_object_object_add(object, name, json_object_new_int64(n));
}

static void add_text(struct json_object *object, const char *name,
		     const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

static gint64 seconds_since(gint64 at_us)
{
	return MAX(g_get_monotonic_time() - at_us, 0) / G_USEC_PER_SEC;
}

static gint64 unix_time_of(gint64 at_us)
{
	return g_get_real_time() / G_USEC_PER_SEC - seconds_since(at_us);
}

static guint64 sum_outcome(const struct scoreboard *board, guint outcome)
{
	guint64 sum = 0;

	for (guint i = 0; i < scoreboard_n_slots(board); i++)
		sum += atomic_load(&board->slots[i].outcomes[outcome]);
	return sum;
}

static guint64 sum_slow(const struct scoreboard *board)
{
	guint64 sum = 0;

	for (guint i = 0; i < scoreboard_n_slots(board); i++)
		sum += atomic_load(&board->slots[i].tally.slow);
	return sum;
}

static guint64 sum_restarts(const struct scoreboard *board)
{
	guint64 sum = 0;

	for (guint i = SCOREBOARD_RESTART_SIGNAL; i < SCOREBOARD_RESTARTS; i++)
		sum += atomic_load(&board->restarts[i]);
	return sum;
}

static void add_outcomes(struct json_object *page,
			 const struct scoreboard *board)
{
	struct json_object *outcomes = json_object_new_object();

	for (guint i = 0; i < SCOREBOARD_OUTCOMES; i++)
		add_number(outcomes, scoreboard_outcome_name(i),
			   (gint64)sum_outcome(board, i));
	json_object_object_add(page, "outcomes", outcomes);
}

static guint64 sum_accepted(const struct scoreboard *board)
{
	guint64 sum = 0;

	for (guint i = 0; i < SCOREBOARD_OUTCOMES; i++)
		sum += sum_outcome(board, i);
	return sum;
}

/* Where the kernel does not tell, the fields are not there. */
static void add_queue(struct json_object *page, const struct admin_view *view)
{
	guint waiting, room;

	if (!queue_depth_read(&view->queue, &waiting, &room))
		return;
	add_number(page, "listen queue", waiting);
	add_number(page, "max listen queue",
		   MAX(waiting, atomic_load(&view->board->most_waiting)));
	add_number(page, "listen queue len", room);
}

static void add_processes(struct json_object *page,
			  const struct admin_view *view)
{
	struct admin_census census;

	admin_count(view, &census);
	add_number(page, "idle processes", census.idle);
	add_number(page, "active processes", census.active);
	add_number(page, "total processes", census.total);
	add_number(page, "max active processes",
		   MAX(census.active, atomic_load(&view->board->most_active)));
}

/* php-fpm's words for what a worker does. */
static const char *state_word(guint32 state)
{
	static const char *const words[] = {
		"Free",	   "Starting",	"Idle",	  "Reading headers",
		"Running", "Finishing", "Ending",
	};

	return state < G_N_ELEMENTS(words) ? words[state] : "Unknown";
}

static guint64 sum_slot(const struct scoreboard_slot *slot)
{
	guint64 sum = 0;

	for (guint i = 0; i < SCOREBOARD_OUTCOMES; i++)
		sum += atomic_load(&slot->outcomes[i]);
	return sum;
}

/* Of the request at work, or of the last one. */
static gint64 duration_us(const struct scoreboard_slot *slot)
{
	gint64 began_us = atomic_load(&slot->tally.began_us);

	if (began_us > 0)
		return MAX(g_get_monotonic_time() - began_us, 0);
	return (gint64)MIN(atomic_load(&slot->tally.took_us), G_MAXINT64);
}

/* Percent of one processor. */
static void add_cpu(struct json_object *object, const struct tally *tally)
{
	guint64 took_us = atomic_load(&tally->took_us);
	double cpu_us = (double)atomic_load(&tally->cpu_us);
	double percent = took_us ? 100.0 * cpu_us / (double)took_us : 0;
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	(void)g_ascii_formatd(text, sizeof(text), "%.2f", percent);
	json_object_object_add(object, "last request cpu",
			       json_object_new_double_s(percent, text));
}

static struct json_object *worker_object(const struct scoreboard_slot *slot)
{
	struct json_object *object = json_object_new_object();
	char id[SCOREBOARD_ID_BYTES], path[SCOREBOARD_TARGET_BYTES];
	char method[TALLY_METHOD_BYTES];
	gint64 started_us = atomic_load(&slot->started_us);

	scoreboard_copy_text(slot->request_id, sizeof(id), id);
	scoreboard_copy_text(slot->target, sizeof(path), path);
	scoreboard_copy_text(slot->tally.method, sizeof(method), method);
	add_number(object, "pid", atomic_load(&slot->pid));
	add_text(object, "state", state_word(atomic_load(&slot->state)));
	add_number(object, "start time", unix_time_of(started_us));
	add_number(object, "start since", seconds_since(started_us));
	add_number(object, "requests", (gint64)sum_slot(slot));
	add_number(object, "request duration", duration_us(slot));
	add_text(object, "request method", *path ? method : "");
	add_text(object, "request uri", path);
	add_text(object, "request id", id);
	add_text(object, "request stage",
		 *path ? tally_stage_name(atomic_load(&slot->tally.stage))
		       : "");
	add_cpu(object, &slot->tally);
	add_number(object, "memory",
		   (gint64)atomic_load(&slot->memory.private_bytes));
	return object;
}

static void add_workers(struct json_object *page,
			const struct scoreboard *board)
{
	struct json_object *workers = json_object_new_array();

	for (guint i = 0; i < scoreboard_n_slots(board); i++)
		if (atomic_load(&board->slots[i].state) != SCOREBOARD_EMPTY)
			json_object_array_add(workers,
					      worker_object(&board->slots[i]));
	json_object_object_add(page, "processes", workers);
}

/* The packer's own list, which it replaces whole. */
static struct json_object *read_index(const struct admin_view *view)
{
	g_autofree char *path =
		g_build_filename(view->settings->packs_dir, "index.json", NULL);
	g_autofree char *text = NULL;
	struct json_tokener *tokener;
	struct json_object *index;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, NULL) ||
	    size > INDEX_BYTES)
		return NULL;
	tokener = json_tokener_new_ex(INDEX_DEPTH);
	index = json_tokener_parse_ex(tokener, text, (int)size);
	json_tokener_free(tokener);
	return index;
}

static void add_array(struct json_object *page, const char *name,
		      struct json_object *index, const char *key)
{
	struct json_object *array = NULL;

	if (!json_object_object_get_ex(index, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		array = NULL;
	json_object_object_add(page, name,
			       array ? json_object_get(array)
				     : json_object_new_array());
}

static void add_templates(struct json_object *page,
			  const struct admin_view *view)
{
	g_autoptr(json_object_auto) index = read_index(view);
	struct json_object *templates;

	if (json_object_object_get_ex(index, "templates", &templates) &&
	    json_object_is_type(templates, json_type_array))
		add_number(page, "templates",
			   (gint64)json_object_array_length(templates));
	add_array(page, "skipped templates", index, "skipped");
}

static struct json_object *make_page(const struct admin_view *view,
				     gboolean is_full)
{
	struct json_object *page = json_object_new_object();
	const struct scoreboard *board = view->board;
	gint64 started_us = atomic_load(&board->started_us);
	g_autofree char *reason = NULL;
	gboolean is_ready = admin_is_ready(view, &reason);

	add_text(page, "pool", "captiond");
	add_text(page, "version", PACKAGE_VERSION);
	add_text(page, "process manager",
		 view->settings->workers == view->settings->workers_max
			 ? "static"
			 : "dynamic");
	add_number(page, "start time", unix_time_of(started_us));
	add_number(page, "start since", seconds_since(started_us));
	add_text(page, "state", is_ready ? "ready" : reason);
	add_number(page, "accepted conn", (gint64)sum_accepted(board));
	add_queue(page, view);
	add_processes(page, view);
	add_number(page, "slow requests", (gint64)sum_slow(board));
	add_number(page, "restarted processes", (gint64)sum_restarts(board));
	add_outcomes(page, board);
	add_templates(page, view);
	if (is_full)
		add_workers(page, board);
	return page;
}

static void append_time(GString *text, gint64 unix_s)
{
	time_t seconds = (time_t)unix_s;
	char stamp[40];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(stamp, sizeof(stamp), "%d/%b/%Y:%H:%M:%S +0000", &tm);
	g_string_append(text, stamp);
}

static void append_line(GString *text, const char *name,
			struct json_object *value)
{
	g_string_append_printf(
		text, "%s:%*s", name,
		(int)(NAME_COLUMNS - MIN(strlen(name) + 1, NAME_COLUMNS - 1)),
		"");
	if (strcmp(name, "start time") == 0)
		append_time(text, json_object_get_int64(value));
	else
		g_string_append(text, json_object_get_string(value));
	g_string_append_c(text, '\n');
}

static void append_object(GString *text, struct json_object *object);

static void append_items(GString *text, const char *name,
			 struct json_object *array)
{
	gsize n = json_object_array_length(array);

	if (strcmp(name, "processes") != 0)
		g_string_append_printf(
			text, "%s:%*s%" G_GSIZE_FORMAT "\n", name,
			(int)(NAME_COLUMNS - strlen(name) - 1), "", n);
	for (gsize i = 0; i < n; i++) {
		g_string_append(text, "\n************************\n");
		append_object(text, json_object_array_get_idx(array, i));
	}
}

static void append_object(GString *text, struct json_object *object)
{
	json_object_object_foreach(object, name, value)
	{
		if (json_object_is_type(value, json_type_array))
			append_items(text, name, value);
		else if (json_object_is_type(value, json_type_object))
			append_object(text, value);
		else
			append_line(text, name, value);
	}
}

void admin_status(const struct admin_view *view,
		  const struct admin_request *request,
		  struct admin_answer *answer)
{
	g_autoptr(json_object_auto) page = make_page(view, request->is_full);

	if (!request->is_json) {
		append_object(answer->body, page);
		return;
	}
	answer->content_type = "application/json";
	g_string_append(answer->body,
			json_object_to_json_string_ext(
				page, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE));
	g_string_append_c(answer->body, '\n');
}
