#include "config.h"

#include "fcgi/access_log.h"

#include <json.h>
#include <string.h>

#include <glib/gstdio.h>

#include "fcgi/access_format.h"

enum { MOMENT_US = 1500 };

static struct scoreboard_slot slot;

static const struct account plain = {
	.slot = &slot,
	.began_us = 1000,
	.entered_us = 4500,
	.spent_us = {7, 100, 200, 300, 400, 2000, 500},
	.stages = 0x7f,
	.stage = TALLY_WRITE,
	.route = TALLY_CAPTION,
	.outcome = SCOREBOARD_OK,
	.status = 200,
	.bytes = 1234,
	.pid = 77,
	.id = "an-id",
	.method = "GET",
	.path = "/caption",
	.template_id = "snail",
	.key = "",
};

static char *format_line(const char *text, const struct account *account)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(access_format_auto) format =
		access_format_new("access-log-format", text, &error);
	GString *line = g_string_new(NULL);

	g_assert_no_error(error);
	access_format_line(format, account, MOMENT_US, line);
	return g_string_free(line, FALSE);
}

static void formats_are_followed(void)
{
	static const struct {
		const char *format, *line;
	} cases[] = {
		{"{method} {path} {status}", "GET /caption 200\n"},
		{"{time}", "1970-01-01T00:00:00.001Z\n"},
		{"{key}|{template}|{route}", "-|snail|caption\n"},
		{"{{{id}} }", "{an-id} }\n"},
		{"{total_us} {queue_us} {read_us} {parse_us} {layout_us} "
		 "{paint_us} {encode_us} {write_us}",
		 "3500 7 100 200 300 400 2000 500\n"},
		{"{bytes},{pid},{outcome},{stage}", "1234,77,ok,encode\n"},
		{"text",
		 "1970-01-01T00:00:00.001Z an-id GET /caption 200 1234 snail "
		 "ok 77 total=3500 queue=7 read=100 parse=200 layout=300 "
		 "paint=400 encode=2000 write=500\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = format_line(cases[i].format, &plain);

		g_assert_cmpstr(line, ==, cases[i].line);
	}
}

static void bad_formats_are_refused(void)
{
	g_autofree char *edge = g_strnfill(ACCESS_FORMAT_BYTES, 'x');
	g_autofree char *past = g_strnfill(ACCESS_FORMAT_BYTES + 1, '{');
	const struct {
		const char *format, *said;
	} cases[] = {
		{"jsn", "json, text or a format"},
		{"", "json, text or a format"},
		{"{nothing}", "one of {time|id|"},
		{"{id", "one of {time|id|"},
		{"{}", "one of {time|id|"},
		{"{id}\n", "control"},
		{past, "at most 1024 bytes"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(
			access_format_new("a-name", cases[i].format, &error));
		g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE);
		g_assert_true(g_str_has_prefix(error->message, "a-name: "));
		g_assert_nonnull(strstr(error->message, cases[i].said));
	}
	memcpy(edge, "{id}", 4);
	g_free(format_line(edge, &plain));
}

static void clients_bytes_are_escaped(void)
{
	static const struct {
		const char *path, *text;
	} cases[] = {
		{"/a b", "/a\\x20b\n"},
		{"/\"\\", "/\\x22\\x5c\n"},
		{"/\r\n\x1b", "/\\x0d\\x0a\\x1b\n"},
		{"/m\xc3\xb6we", "/m\xc3\xb6we\n"},
		{"/\xff\xc3", "/\\xff\\xc3\n"},
		{"/\xc2\x9b", "/\\xc2\\x9b\n"},
		{"", "-\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct account account = plain;
		g_autofree char *line = NULL;

		account.path = cases[i].path;
		line = format_line("{path}", &account);
		g_assert_cmpstr(line, ==, cases[i].text);
	}
}

/* What a reader of the JSON gets back of a path. */
static char *path_from_json(const char *path)
{
	struct account account = plain;
	g_autofree char *line = NULL;
	struct json_object *object, *value;
	char *read;

	account.path = path;
	line = format_line("json", &account);
	g_assert_cmpint(strcspn(line, "\n") + 1, ==, strlen(line));
	g_assert_true(g_utf8_validate(line, -1, NULL));
	object = json_tokener_parse(line);
	g_assert_nonnull(object);
	g_assert_true(json_object_object_get_ex(object, "path", &value));
	read = g_strdup(json_object_get_string(value));
	(void)json_object_put(object);
	return read;
}

static void json_is_read_back(void)
{
	static const struct {
		const char *path, *read;
	} cases[] = {
		{"/a b\"\\", "/a b\"\\"},
		{"/\r\n\x1b\x7f", "/\r\n\x1b\x7f"},
		{"/m\xc3\xb6we", "/m\xc3\xb6we"},
		{"/\xff", "/\xef\xbf\xbd"},
		{"", ""},
	};
	g_autofree char *line = format_line("json", &plain);
	g_autofree char *names = access_format_fields();
	g_auto(GStrv) fields = g_strsplit(names, " ", -1);
	struct json_object *object = json_tokener_parse(line);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *read = path_from_json(cases[i].path);

		g_assert_cmpstr(read, ==, cases[i].read);
	}
	g_assert_cmpint(json_object_object_length(object), ==,
			(int)g_strv_length(fields));
	for (char **field = fields; *field; field++)
		g_assert_true(json_object_object_get_ex(object, *field, NULL));
	(void)json_object_put(object);
}

static void lines_are_bounded(void)
{
	g_autofree char *path = g_strnfill(100000, '\n');
	g_autofree char *many = g_strnfill(ACCESS_FORMAT_BYTES, ' ');
	struct account account = plain;
	g_autofree char *one = NULL, *all = NULL, *json = NULL;

	account.path = account.id = account.method = path;
	one = format_line("{path}", &account);
	g_assert_cmpuint(strlen(one), <=, ACCESS_TEXT_BYTES + 8);
	json = format_line("json", &account);
	g_assert_true(g_str_has_suffix(json, "}\n"));
	g_assert_cmpuint(strlen(json), <=, ACCESS_LINE_BYTES);
	for (gsize i = 0; i + 6 <= ACCESS_FORMAT_BYTES; i += 6)
		memcpy(many + i, "{path}", 6);
	all = format_line(many, &account);
	g_assert_cmpuint(strlen(all), ==, ACCESS_LINE_BYTES);
}

static char *contents(const char *path)
{
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

/* A short request, a slow one and a victim, to files that are renamed. */
static void requests_are_told(void)
{
	g_autofree char *dir = g_dir_make_tmp("access-XXXXXX", NULL);
	g_autofree char *all = g_build_filename(dir, "all", NULL);
	g_autofree char *slow = g_build_filename(dir, "slow", NULL);
	g_autofree char *old = g_build_filename(dir, "old", NULL);
	g_autofree char *format = g_strdup("{id} {outcome} {stage}");
	g_autofree char *first = NULL, *second = NULL, *third = NULL;
	const struct settings settings = {.access_log = all,
					  .access_log_format = format,
					  .slow_log = slow,
					  .slow_time_ms = 20};
	struct access_log *log = access_log_open(&settings, NULL);
	struct account account;

	memset(&slot, 0, sizeof(slot));
	account_begin(&account, &slot);
	account.id = "quick";
	access_log_end(log, &account, SCOREBOARD_NOT_MODIFIED);
	account_begin(&account, &slot);
	account.id = "slow";
	account_enter(&account, TALLY_LAYOUT);
	g_usleep(25000);
	access_log_end(log, &account, SCOREBOARD_OK);
	access_log_victim(log, &slot, 9);
	g_assert_cmpint(g_rename(all, old), ==, 0);
	g_assert_true(access_log_reopen(log, NULL));
	account_begin(&account, &slot);
	scoreboard_set_request(&slot, "victim", "/");
	access_log_victim(log, &slot, 9);
	first = contents(old);
	second = contents(all);
	third = contents(slow);
	g_assert_true(g_str_has_suffix(first, "slow ok layout\n"));
	g_assert_true(g_str_has_prefix(first, "quick not_modified "));
	g_assert_cmpstr(second, ==, "victim killed read\n");
	g_assert_cmpstr(third, ==, "slow ok layout\n");
	g_assert_cmpuint(atomic_load(&slot.outcomes[SCOREBOARD_KILLED]), ==, 1);
	access_log_close(log);
	g_assert_cmpint(g_unlink(old) | g_unlink(all) | g_unlink(slow), ==, 0);
	g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void errors_are_told(void)
{
	g_autofree char *off = g_strdup("off"), *json = g_strdup("json");
	g_autofree char *nowhere = g_strdup("/nonexistent/log");
	struct settings settings = {.access_log = nowhere,
				    .access_log_format = json,
				    .slow_log = off};
	g_autoptr(GError) error = NULL;

	g_assert_null(access_log_open(&settings, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
	g_clear_error(&error);
	settings.access_log = off;
	settings.access_log_format = nowhere;
	g_assert_null(access_log_open(&settings, &error));
	g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/access/formats", formats_are_followed);
	g_test_add_func("/access/bad-formats", bad_formats_are_refused);
	g_test_add_func("/access/escaped", clients_bytes_are_escaped);
	g_test_add_func("/access/json", json_is_read_back);
	g_test_add_func("/access/bounded", lines_are_bounded);
	g_test_add_func("/access/requests", requests_are_told);
	g_test_add_func("/access/errors", errors_are_told);
	return g_test_run();
}
