#include "config.h"

#include "fcgi/error_pages.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

struct folder {
	char *path;
	struct settings settings;
};

static char *path_of(const struct folder *folder, const char *name)
{
	return g_build_filename(folder->path, name, NULL);
}

static void put(const struct folder *folder, const char *name, const char *text)
{
	g_autofree char *path = path_of(folder, name);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void setup(struct folder *folder, const void *data)
{
	(void)data;
	folder->path = g_dir_make_tmp("pages-XXXXXX", NULL);
	g_assert_nonnull(folder->path);
	folder->settings = (struct settings){.error_pages_dir = folder->path};
}

static void teardown(struct folder *folder, const void *data)
{
	g_autoptr(GDir) dir = g_dir_open(folder->path, 0, NULL);
	const char *name;

	(void)data;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = path_of(folder, name);

		(void)g_remove(path);
	}
	(void)g_rmdir(folder->path);
	g_free(folder->path);
	error_pages_free(folder->settings.error_pages);
}

static void compile(struct folder *folder)
{
	g_assert_true(error_pages_compile(&folder->settings, NULL));
}

static char *make(const struct folder *folder, int status, GError **error)
{
	const struct error_page_values values = {status, "Reason", "message",
						 "id"};

	return error_pages_make(folder->settings.error_pages, &values, error);
}

static void a_page_is_found_by_its_name(struct folder *folder, const void *data)
{
	static const char *const names[] = {
		"404.html", "4xx.html", "503.html",  "200.html",
		"abc.html", "1xx.html", "600.html",  "4040.html",
		"404.txt",  ".html",	"404.html~", "599.html",
	};
	static const struct {
		int status;
		const char *page; /* NULL: none */
	} cases[] = {
		{404, "404.html"}, {400, "4xx.html"}, {499, "4xx.html"},
		{503, "503.html"}, {500, NULL},	      {599, "599.html"},
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		put(folder, names[i], names[i]);
	compile(folder);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *page = make(folder, cases[i].status, &error);

		g_assert_cmpstr(page, ==, cases[i].page);
		if (!cases[i].page)
			g_assert_error(error, ERROR_PAGES_ERROR,
				       ERROR_PAGES_ERROR_NONE);
	}
}

static void a_page_is_read_when_used(struct folder *folder, const void *data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = path_of(folder, "404.html");
	g_autofree char *old = NULL, *new = NULL;

	(void)data;
	put(folder, "404.html", "old");
	compile(folder);
	old = make(folder, 404, NULL);
	put(folder, "404.html", "new");
	new = make(folder, 404, NULL);
	g_assert_cmpstr(old, ==, "old");
	g_assert_cmpstr(new, ==, "new");
	(void)g_remove(path);
	g_assert_null(make(folder, 404, &error));
	g_assert_error(error, ERROR_PAGES_ERROR, ERROR_PAGES_ERROR_LOST);
	g_assert_nonnull(strstr(error->message, "404.html"));
	g_assert_null(strchr(error->message, '/'));
}

static void a_page_has_a_limit(struct folder *folder, const void *data)
{
	g_autofree char *most = g_strnfill(ERROR_PAGE_BYTES_MAX, 'p');
	g_autofree char *more = g_strnfill(ERROR_PAGE_BYTES_MAX + 1, 'p');
	g_autofree char *first = NULL, *second = NULL, *third = NULL;

	(void)data;
	put(folder, "404.html", most);
	put(folder, "405.html", more);
	put(folder, "406.html", "\xff");
	compile(folder);
	first = make(folder, 404, NULL);
	second = make(folder, 405, NULL);
	third = make(folder, 406, NULL);
	g_assert_cmpstr(first, ==, most);
	g_assert_null(second);
	g_assert_null(third);
}

static void a_folder_that_is_named_must_be_there(struct folder *folder,
						 const void *data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *none = path_of(folder, "none");
	struct settings settings = {.error_pages_dir = none};

	(void)data;
	g_assert_false(error_pages_compile(&settings, &error));
	g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE);
	g_assert_null(settings.error_pages);
	/* As installed; in a build tree it is not. */
	settings.error_pages_dir = NULL;
	g_assert_true(error_pages_compile(&settings, NULL));
	error_pages_free(settings.error_pages);
}

static void values_are_escaped_and_put_in_once(void)
{
	static const struct {
		const char *page, *filled;
	} cases[] = {
		{"", ""},
		{"{{status}} {{reason}}", "404 Not &amp; Found"},
		{"<p title='{{message}}'>",
		 "<p title='&lt;b&gt; {{status}} &quot;&apos;'>"},
		{"{{request_id}}{{request_id}}", "r-1r-1"},
		{"{{nothing}} {{ status }} {{status}",
		 "{{nothing}} {{ status }} "
		 "{{status}"},
		{"{{{{status}}}}", "{{404}}"},
		{"{", "{"},
		{"{{", "{{"},
	};
	static const struct error_page_values values = {
		404, "Not & Found", "<b> {{status}} \"'", "r-1"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *filled =
			error_page_fill(cases[i].page, &values);

		g_assert_cmpstr(filled, ==, cases[i].filled);
	}
}

static void what_is_put_in_is_bounded(void)
{
	g_autofree char *message = g_strnfill(ERROR_PAGE_FILLED_BYTES_MAX, 'm');
	const struct error_page_values values = {404, "", message, ""};
	g_autofree char *filled =
		error_page_fill("{{message}}{{message}}", &values);

	g_assert_cmpuint(strlen(filled), ==,
			 ERROR_PAGE_FILLED_BYTES_MAX + strlen("{{message}}"));
}

#define ADD(name, function)                                                    \
	g_test_add("/error_pages/" name, struct folder, NULL, setup, function, \
		   teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("names", a_page_is_found_by_its_name);
	ADD("read", a_page_is_read_when_used);
	ADD("limit", a_page_has_a_limit);
	ADD("folder", a_folder_that_is_named_must_be_there);
	g_test_add_func("/error_pages/fill",
			values_are_escaped_and_put_in_once);
	g_test_add_func("/error_pages/bound", what_is_put_in_is_bounded);
	return g_test_run();
}
