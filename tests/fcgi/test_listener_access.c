#include "config.h"

#include "fcgi/listener_access.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void modes_are_octal(void)
{
	static const struct {
		const char *text;
		int mode; /* -1: refused */
	} cases[] = {
		{"0", 0},      {"660", 0660}, {"0660", 0660}, {"777", 0777},
		{"1000", -1},  {"8", -1},     {"-1", -1},     {"+7", -1},
		{"0x1ff", -1}, {"rw", -1},    {"660 ", -1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct listener_access access;
		g_autoptr(GError) error = NULL;
		gboolean is_good = listener_access_read(cases[i].text, NULL,
							NULL, &access, &error);

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(is_good, ==, cases[i].mode >= 0);
		if (is_good)
			g_assert_cmpint((int)access.mode, ==, cases[i].mode);
		else
			g_assert_nonnull(strstr(error->message, "listen-mode"));
	}
}

static void names_are_looked_up(void)
{
	struct listener_access access;
	g_autoptr(GError) error = NULL;

	g_assert_true(
		listener_access_read(NULL, "root", "root", &access, &error));
	g_assert_cmpint(access.uid, ==, 0);
	g_assert_cmpint(access.gid, ==, 0);
	g_assert_false(access.has_mode);
	g_assert_false(
		listener_access_read(NULL, "no such", NULL, &access, &error));
	g_assert_error(error, LISTENER_ACCESS_ERROR,
		       LISTENER_ACCESS_ERROR_VALUE);
	g_clear_error(&error);
	g_assert_false(
		listener_access_read(NULL, NULL, "no such", &access, &error));
	g_assert_nonnull(strstr(error->message, "listen-group"));
}

static void what_is_not_given_stays(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	struct listener_access access;
	struct stat before, after;
	int fd = g_file_open_tmp("access-XXXXXX", &path, &error);

	g_assert_no_error(error);
	g_assert_cmpint(fstat(fd, &before), ==, 0);
	g_assert_true(listener_access_read(NULL, NULL, NULL, &access, &error));
	g_assert_true(listener_access_set(&access, path));
	g_assert_cmpint(fstat(fd, &after), ==, 0);
	g_assert_cmpint(after.st_mode, ==, before.st_mode);
	g_assert_cmpint(after.st_uid, ==, before.st_uid);
	g_assert_true(listener_access_read("604", NULL, NULL, &access, &error));
	g_assert_true(listener_access_set(&access, path));
	g_assert_cmpint(fstat(fd, &after), ==, 0);
	g_assert_cmpint(after.st_mode & 0777, ==, 0604);
	(void)g_unlink(path);
	g_assert_false(listener_access_set(&access, path));
	(void)close(fd);
}

/* Whoever owns the socket's folder may put one there. */
static void links_are_not_followed(void)
{
	g_autofree char *dir = g_dir_make_tmp("access-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, "file", NULL);
	g_autofree char *path = g_build_filename(dir, "link", NULL);
	struct listener_access access;
	struct stat st;

	g_assert_true(g_file_set_contents(file, "", 0, NULL));
	g_assert_cmpint(g_chmod(file, 0600), ==, 0);
	g_assert_cmpint(symlink("file", path), ==, 0);
	g_assert_true(listener_access_read("666", NULL, NULL, &access, NULL));
	g_assert_false(listener_access_set(&access, path));
	g_assert_cmpint(errno, ==, ELOOP);
	g_assert_cmpint(stat(file, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0600);
	(void)g_unlink(path);
	(void)g_unlink(file);
	(void)g_rmdir(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/listener-access/mode", modes_are_octal);
	g_test_add_func("/listener-access/names", names_are_looked_up);
	g_test_add_func("/listener-access/stays", what_is_not_given_stays);
	g_test_add_func("/listener-access/links", links_are_not_followed);
	return g_test_run();
}
