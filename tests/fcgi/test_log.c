#include "config.h"

#include "fcgi/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/log/escaped", text_is_escaped);
	g_test_add_func("/log/bounded", lines_are_bounded);
	return g_test_run();
}
