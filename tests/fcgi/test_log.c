#include "config.h"

#include "fcgi/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fcgi/log_limit.h"

/* What log_error() writes of text, without the stamp. The caller frees it. */
static char *logged(const char *text)
{
	g_autofree char *path = NULL;
	char *line = NULL, *rest;
	int fd = g_file_open_tmp("log-XXXXXX", &path, NULL);
	int saved = dup(STDERR_FILENO);

	g_assert_cmpint(dup2(fd, STDERR_FILENO), >=, 0);
	log_error("%s", text);
	g_assert_cmpint(dup2(saved, STDERR_FILENO), >=, 0);
	(void)close(saved);
	(void)close(fd);
	g_assert_true(g_file_get_contents(path, &line, NULL, NULL));
	g_assert_cmpint(g_unlink(path), ==, 0);
	rest = strstr(line, "error: ");
	g_assert_nonnull(rest);
	rest = g_strdup(rest + strlen("error: "));
	g_free(line);
	return rest;
}

static void text_is_escaped(void)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{"plain", "plain\n"},
		{"M\xc3\xb6we \xe6\x97\xa5", "M\xc3\xb6we \xe6\x97\xa5\n"},
		{"two\nlines\r", "two\\x0alines\\x0d\n"},
		{"\x1b[31m\x7f", "\\x1b[31m\\x7f\n"},
		/* Not UTF-8, and cut in the middle of a character. */
		{"\x9b\xff", "\\x9b\\xff\n"},
		{"\xe6\x97", "\\xe6\\x97\n"},
		/* A control character of two bytes. */
		{"\xc2\x9b", "\\xc2\\x9b\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = logged(cases[i].text);

		g_assert_cmpstr(line, ==, cases[i].line);
	}
}

static void lines_are_bounded(void)
{
	g_autofree char *text = g_strnfill(100000, '\n');
	g_autofree char *line = logged(text);

	g_assert_cmpuint(strlen(line), <=, LOG_LINE_BYTES + 8);
	g_assert_cmpuint(strlen(line), >, LOG_LINE_BYTES / 2);
}

/* What the process writes to standard error while act runs. */
static char *said_during(void (*act)(const char *path))
{
	g_autofree char *path = NULL;
	char *said = NULL;
	int fd = g_file_open_tmp("log-XXXXXX", &path, NULL);
	int saved = dup(STDERR_FILENO);

	(void)close(fd);
	act(path);
	g_assert_true(log_open("stderr", NULL));
	g_assert_cmpint(dup2(saved, STDERR_FILENO), >=, 0);
	(void)close(saved);
	g_assert_true(g_file_get_contents(path, &said, NULL, NULL));
	g_assert_cmpint(g_unlink(path), ==, 0);
	return said;
}

static guint count(const char *text, const char *part)
{
	guint n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void flood(const char *path)
{
	g_assert_true(log_open(path, NULL));
	log_set_level(LOG_LEVEL_DEBUG);
	for (int i = 0; i < LOG_KIND_LINES + 7; i++) {
		log_warning("one kind %d", i);
		log_debug("bugs %d", i);
	}
	log_warning("another kind");
	log_tick();
	log_set_level(LOG_LEVEL_NOTICE);
}

static void floods_are_held_back(void)
{
	g_autofree char *said = said_during(flood);

	g_assert_cmpuint(count(said, "one kind "), ==, LOG_KIND_LINES);
	g_assert_cmpuint(count(said, "bugs "), ==, LOG_KIND_LINES + 7);
	g_assert_cmpuint(count(said, "another kind"), ==, 1);
	g_assert_cmpuint(count(said, "held back"), ==, 0);
}

static void what_was_held_back_is_counted(void)
{
	static const char *const kind = "a kind", *const other = "another";
	const gint64 end_us = 5 + LOG_KIND_S * G_USEC_PER_SEC;
	struct log_limit limit = {0};
	struct log_kind ended;

	for (int i = 0; i < LOG_KIND_LINES + 3; i++)
		g_assert_cmpint(log_limit_take(&limit, kind, 5), ==,
				i < LOG_KIND_LINES);
	g_assert_true(log_limit_take(&limit, other, 5));
	g_assert_false(log_limit_end(&limit, end_us - 1, &ended));
	g_assert_true(log_limit_end(&limit, end_us, &ended));
	g_assert_true(ended.format == kind);
	g_assert_cmpuint(ended.held, ==, 3);
	g_assert_false(log_limit_end(&limit, end_us, &ended));
	g_assert_true(log_limit_take(&limit, kind, end_us));
}

/* More kinds than there is room for are held back too, together. */
static void kinds_are_bounded(void)
{
	char names[2 * LOG_KINDS];
	struct log_limit limit = {0};
	guint written = 0;

	for (guint j = 0; j < LOG_KIND_LINES; j++)
		for (guint i = 0; i < G_N_ELEMENTS(names); i++)
			written += (guint)log_limit_take(&limit, &names[i], 5);
	g_assert_cmpuint(written, ==, LOG_KINDS * LOG_KIND_LINES);
	/* Later on the room is given to others. */
	for (guint i = 0; i < LOG_KINDS - 1; i++)
		limit.kinds[i].held = 0;
	g_assert_true(
		log_limit_take(&limit, "new", 6 + LOG_KIND_S * G_USEC_PER_SEC));
}

static void speak_all_ways(const char *path)
{
	g_autofree char *target = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(log_open(path, NULL));
	log_notice("to the file");
	target = log_target();
	g_assert_cmpstr(target, ==, "stderr");
	g_assert_cmpint(write(STDERR_FILENO, "a library\n", 10), ==, 10);
	g_assert_true(log_reopen(NULL));
	g_assert_false(log_open("/nonexistent/log", &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
	log_notice("still there");
	g_free(target);
	g_assert_true(log_open("syslog:/nonexistent", NULL));
	target = log_target();
	g_assert_cmpstr(target, ==, "syslog:/nonexistent");
	log_notice("lost");
}

static void a_file_takes_standard_error(void)
{
	g_autofree char *said = said_during(speak_all_ways);

	g_assert_nonnull(strstr(said, "notice: to the file\n"));
	g_assert_nonnull(strstr(said, "a library\n"));
	g_assert_nonnull(strstr(said, "notice: still there\n"));
	g_assert_null(strstr(said, "lost"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/log/escaped", text_is_escaped);
	g_test_add_func("/log/bounded", lines_are_bounded);
	g_test_add_func("/log/file", a_file_takes_standard_error);
	g_test_add_func("/log/flood", floods_are_held_back);
	g_test_add_func("/log/held-back", what_was_held_back_is_counted);
	g_test_add_func("/log/kinds", kinds_are_bounded);
	return g_test_run();
}
