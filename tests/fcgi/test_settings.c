#include "config.h"

#include "fcgi/settings.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* argv as one string, split at spaces. */
static struct settings *read_line(const char *line, enum settings_action *out,
				  GError **error)
{
	g_auto(GStrv) args = g_strsplit(line, " ", -1);

	return settings_read((int)g_strv_length(args), args, out, error);
}

static void defaults_are_in_force(void)
{
	g_autoptr(GError) error = NULL;
	enum settings_action action;
	g_autoptr(settings_auto) settings =
		read_line("captiond", &action, &error);

	g_assert_no_error(error);
	g_assert_cmpint(action, ==, SETTINGS_RUN);
	g_assert_null(settings->listen);
	g_assert_cmpint(settings->workers, >=, 1);
	g_assert_cmpint(settings->request_timeout_s, ==, 10);
	g_assert_cmpint(settings->shutdown_timeout_s, ==, 30);
	g_assert_true(settings->preload_fonts && settings->preload_templates);
	g_assert_cmpint(settings->verbosity, ==, 0);
}

/* Each limit from both sides, and each kind of value that is refused. */
static void values_are_taken_or_refused(void)
{
	static const struct {
		const char *line;
		const char *words[3]; /* in the error; none: it is taken */
	} cases[] = {
		{"captiond --workers 1", {NULL}},
		{"captiond --workers 512", {NULL}},
		{"captiond -w 3", {NULL}},
		{"captiond --workers 2-2", {NULL}},
		{"captiond --workers 1-512", {NULL}},
		{"captiond --workers 3-2",
		 {"--workers", "'3-2'", "LEAST-MOST"}},
		{"captiond --workers 0-2", {"--workers", "'0-2'", "1 to 512"}},
		{"captiond --workers 1-513", {"--workers", "'1-513'"}},
		{"captiond --workers 1-", {"--workers", "'1-'"}},
		{"captiond --workers 1-2-3", {"--workers", "'1-2-3'"}},
		{"captiond --max-requests 0", {NULL}},
		{"captiond --max-requests 1000000000", {NULL}},
		{"captiond --max-requests 1000000001", {"--max-requests"}},
		{"captiond --max-growth 0", {NULL}},
		{"captiond --max-growth 1048577", {"--max-growth", "1048576"}},
		{"captiond --workers 0", {"--workers", "'0'", "1 to 512"}},
		{"captiond --workers 513", {"--workers", "'513'", "1 to 512"}},
		{"captiond -w x", {"-w", "'x'", "1 to 512"}},
		{"captiond --workers 1x", {"--workers", "'1x'"}},
		{"captiond --workers -1", {"--workers", "'-1'"}},
		{"captiond --jpeg-quality 1", {NULL}},
		{"captiond --jpeg-quality 100", {NULL}},
		{"captiond --jpeg-quality 0", {"--jpeg-quality", "1 to 100"}},
		{"captiond --jpeg-quality 101", {"--jpeg-quality", "1 to 100"}},
		{"captiond --gif-quality 101", {"--gif-quality", "1 to 100"}},
		{"captiond --template-cache 0", {"--template-cache", "'0'"}},
		{"captiond --font-cache 0", {"--font-cache", "'0'"}},
		{"captiond --origin-cache 1", {NULL}},
		{"captiond --origin-cache 1048576", {NULL}},
		{"captiond --origin-cache 0", {"--origin-cache", "1048576"}},
		{"captiond --origin-cache 1048577", {"--origin-cache"}},
		{"captiond --pack-cache 0", {NULL}},
		{"captiond --pack-cache 1048576", {NULL}},
		{"captiond --pack-cache 1048577", {"--pack-cache", "1048576"}},
		{"captiond --pack-cache -1", {"--pack-cache", "'-1'"}},
		{"captiond --request-timeout 0", {NULL}},
		{"captiond --request-timeout 3601", {"--request-timeout"}},
		{"captiond --shutdown-timeout nan", {"--shutdown-timeout"}},
		{"captiond --jpeg-chroma 444", {NULL}},
		{"captiond --jpeg-chroma 411",
		 {"--jpeg-chroma", "'411'", "420|444"}},
		{"captiond --preload templates --preload fonts", {NULL}},
		{"captiond --preload none --preload none", {NULL}},
		{"captiond --preload none --preload fonts",
		 {"preload", "none, fonts", "either none"}},
		{"captiond --preload nothing",
		 {"--preload", "'nothing'", "all|both"}},
		{"captiond -vv", {NULL}},
		{"captiond -v -q", {"-v and -q"}},
		{"captiond --no-such", {"--no-such"}},
		{"captiond stray", {"'stray'"}},
		{"captiond --config /no/such", {"/no/such"}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		enum settings_action action;
		g_autoptr(settings_auto) settings =
			read_line(cases[i].line, &action, &error);

		g_test_message("%s", cases[i].line);
		if (!cases[i].words[0]) {
			g_assert_no_error(error);
			g_assert_nonnull(settings);
			continue;
		}
		g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE);
		g_assert_null(settings);
		for (gsize j = 0; j < 3 && cases[i].words[j]; j++)
			g_assert_nonnull(
				strstr(error->message, cases[i].words[j]));
	}
}

static char *write_file(const char *text)
{
	g_autoptr(GError) error = NULL;
	char *path = NULL;
	int fd = g_file_open_tmp("settings-XXXXXX", &path, &error);

	g_assert_no_error(error);
	g_assert_true(g_close(fd, NULL));
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static void command_line_wins_over_file(void)
{
	g_autofree char *path = write_file("[captiond]\nworkers=5\n"
					   "jpeg-quality=70\npreload=fonts\n");
	g_autofree char *line = g_strdup_printf(
		"captiond --workers 2 --config %s --check", path);
	g_autoptr(GError) error = NULL;
	enum settings_action action;
	g_autoptr(settings_auto) settings = read_line(line, &action, &error);

	g_assert_no_error(error);
	g_assert_cmpint(action, ==, SETTINGS_CHECK);
	g_assert_cmpint(settings->workers, ==, 2);
	g_assert_cmpint(settings->jpeg_quality, ==, 70);
	g_assert_true(settings->preload_fonts);
	g_assert_false(settings->preload_templates);
	(void)g_unlink(path);
}

static void bad_files_are_refused(void)
{
	static const struct {
		const char *text, *word;
	} cases[] = {
		{"[captiond]\nworkers=0\n", "'0'"},
		{"[captiond]\nworker=1\n", "'worker'"},
		{"[other]\nworkers=1\n", "[other]"},
		{"workers=1\n", "group"},
		{"[captiond]\npreload=none;fonts\n", "preload"},
		{"[captiond]\nverbosity=9\n", "verbosity"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = write_file(cases[i].text);
		g_autofree char *line =
			g_strdup_printf("captiond --config %s", path);
		g_autoptr(GError) error = NULL;
		enum settings_action action;

		g_test_message("%s", cases[i].text);
		g_assert_null(read_line(line, &action, &error));
		g_assert_nonnull(strstr(error->message, cases[i].word));
		(void)g_unlink(path);
	}
}

/* --check prints a file that --config reads back to the same settings. */
static void text_reads_back(void)
{
	g_autoptr(GError) error = NULL;
	enum settings_action action;
	g_autoptr(settings_auto) settings = read_line(
		"captiond --listen unix:/x --fonts /f --workers 2-7 -q "
		"--preload templates --default-fonts A;B",
		&action, &error);
	g_autofree char *text = settings_to_text(settings);
	g_autofree char *path = write_file(text);
	g_autofree char *line = g_strdup_printf("captiond --config %s", path);
	g_autoptr(settings_auto) again = read_line(line, &action, &error);
	g_autofree char *text_again = NULL;

	g_assert_no_error(error);
	text_again = settings_to_text(again);
	g_assert_cmpstr(text, ==, text_again);
	g_assert_cmpint(again->verbosity, ==, -1);
	(void)g_unlink(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/settings/defaults", defaults_are_in_force);
	g_test_add_func("/settings/values", values_are_taken_or_refused);
	g_test_add_func("/settings/precedence", command_line_wins_over_file);
	g_test_add_func("/settings/bad-files", bad_files_are_refused);
	g_test_add_func("/settings/read-back", text_reads_back);
	return g_test_run();
}
