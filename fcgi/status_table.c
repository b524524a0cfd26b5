/* The page of /status as a table for a person. */
#include "config.h"

#include "fcgi/status_client.h"

#include <json.h>
#include <string.h>

static struct json_object *get(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(object, name, &value);
	return value;
}

static gint64 get_number(struct json_object *object, const char *name)
{
	return json_object_get_int64(get(object, name));
}

/* What a terminal would obey is masked. */
static char *get_text(struct json_object *object, const char *name)
{
	const char *value = json_object_get_string(get(object, name));
	char *text = g_utf8_make_valid(value ? value : "", -1);

	for (char *at = text; *at; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			memset(at, '?', (gsize)(g_utf8_next_char(at) - at));
	return text;
}

static struct json_object *get_array(struct json_object *object,
				     const char *name)
{
	struct json_object *array = get(object, name);

	return json_object_is_type(array, json_type_array) ? array : NULL;
}

static char *duration(gint64 s)
{
	if (s < 60)
		return g_strdup_printf("%ds", (int)s);
	if (s < 3600)
		return g_strdup_printf("%dm%02ds", (int)(s / 60),
				       (int)(s % 60));
	if (s < 86400)
		return g_strdup_printf("%dh%02dm", (int)(s / 3600),
				       (int)(s / 60 % 60));
	return g_strdup_printf("%" G_GINT64_FORMAT "d%02dh", s / 86400,
			       (int)(s / 3600 % 24));
}

static void append_head(GString *table, struct json_object *page)
{
	g_autofree char *version = get_text(page, "version");
	g_autofree char *state = get_text(page, "state");
	g_autofree char *up = duration(get_number(page, "start since"));

	g_string_append_printf(table, "captiond %s: %s, up %s\n", version,
			       state, up);
}

static void append_requests(GString *table, struct json_object *page)
{
	struct json_object *outcomes = get(page, "outcomes");

	g_string_append_printf(table,
			       "requests   %" G_GINT64_FORMAT
			       " accepted, %" G_GINT64_FORMAT " slow",
			       get_number(page, "accepted conn"),
			       get_number(page, "slow requests"));
	if (json_object_is_type(outcomes, json_type_object)) {
		json_object_object_foreach(outcomes, name, value)
		{
			gint64 n = json_object_get_int64(value);

			if (n > 0)
				g_string_append_printf(
					table, ", %" G_GINT64_FORMAT " %s", n,
					name);
		}
	}
	g_string_append_c(table, '\n');
}

static void append_queue(GString *table, struct json_object *page)
{
	if (!get(page, "listen queue"))
		return;
	g_string_append_printf(table,
			       "queue      %" G_GINT64_FORMAT
			       " of %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
			       " at most\n",
			       get_number(page, "listen queue"),
			       get_number(page, "listen queue len"),
			       get_number(page, "max listen queue"));
}

static void append_pool(GString *table, struct json_object *page)
{
	g_string_append_printf(
		table,
		"workers    %" G_GINT64_FORMAT " idle, %" G_GINT64_FORMAT
		" active, %" G_GINT64_FORMAT
		" active at most, %" G_GINT64_FORMAT " replaced\n",
		get_number(page, "idle processes"),
		get_number(page, "active processes"),
		get_number(page, "max active processes"),
		get_number(page, "restarted processes"));
}

static void append_templates(GString *table, struct json_object *page)
{
	struct json_object *skipped = get_array(page, "skipped templates");
	gsize n = skipped ? json_object_array_length(skipped) : 0;

	g_string_append_printf(table, "templates  %" G_GINT64_FORMAT,
			       get_number(page, "templates"));
	if (n > 0)
		g_string_append_printf(table,
				       ", %" G_GSIZE_FORMAT " skipped:", n);
	g_string_append_c(table, '\n');
	for (gsize i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(skipped, i);
		g_autofree char *file = get_text(one, "file");
		g_autofree char *reason = get_text(one, "reason");

		g_string_append_printf(table, "           %s: %s\n", file,
				       reason);
	}
}

static void append_worker(GString *table, struct json_object *worker)
{
	g_autofree char *state = get_text(worker, "state");
	g_autofree char *up = duration(get_number(worker, "start since"));
	g_autofree char *method = get_text(worker, "request method");
	g_autofree char *path = get_text(worker, "request uri");
	g_autofree char *stage = get_text(worker, "request stage");

	g_string_append_printf(
		table,
		"%7" G_GINT64_FORMAT "  %-15s  %7s  %8" G_GINT64_FORMAT
		"  %9.1f  %7.1f",
		get_number(worker, "pid"), state, up,
		get_number(worker, "requests"),
		(double)get_number(worker, "request duration") / 1000,
		(double)get_number(worker, "memory") / (1 << 20));
	if (*path)
		g_string_append_printf(table, "  %s %s (%s)", method, path,
				       stage);
	g_string_append_c(table, '\n');
}

static void append_workers(GString *table, struct json_object *page)
{
	struct json_object *workers = get_array(page, "processes");
	gsize n = workers ? json_object_array_length(workers) : 0;

	g_string_append(table, "\n    PID  STATE                 UP  REQUESTS"
			       "    LAST MS   MEM MIB  REQUEST\n");
	for (gsize i = 0; i < n; i++)
		append_worker(table, json_object_array_get_idx(workers, i));
}

char *status_client_table(struct json_object *page, gboolean *out_is_ready)
{
	g_autofree char *state = get_text(page, "state");
	GString *table = g_string_new(NULL);

	*out_is_ready = strcmp(state, "ready") == 0;
	append_head(table, page);
	append_requests(table, page);
	append_queue(table, page);
	append_pool(table, page);
	append_templates(table, page);
	append_workers(table, page);
	return g_string_free(table, FALSE);
}
