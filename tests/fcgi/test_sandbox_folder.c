/* Which folders a sandbox lets a process into, and when one has moved. */
#include "config.h"

#include "fcgi/sandbox_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

struct fixture {
	char *top, *dir, *other;
};

static void init(struct fixture *f, gconstpointer data)
{
	g_autofree char *made = g_dir_make_tmp("captiond-folder-XXXXXX", NULL);

	(void)data;
	f->top = realpath(made, NULL);
	f->dir = g_build_filename(f->top, "dir", NULL);
	f->other = g_build_filename(f->top, "other", NULL);
	g_assert_cmpint(g_mkdir(f->dir, 0755), ==, 0);
	g_assert_cmpint(g_mkdir(f->other, 0755), ==, 0);
}

static void remove_all(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		g_assert_cmpint(g_remove(file), ==, 0);
	}
	(void)g_remove(path); /* a test may have done so */
}

static void fini(struct fixture *f, gconstpointer data)
{
	(void)data;
	remove_all(f->dir);
	remove_all(f->other);
	g_assert_cmpint(g_rmdir(f->top), ==, 0);
	free(f->top);
	g_free(f->dir);
	g_free(f->other);
}

static void add_link(const struct fixture *f, const char *name,
		     const char *target)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);

	g_assert_cmpint(symlink(target, path), ==, 0);
}

/* What is added, joined by |, with the fixture's folder left out. */
static char *list(const struct fixture *f)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *joined = NULL;
	g_auto(GStrv) parts = NULL;

	sandbox_folder_add(paths, f->dir);
	g_ptr_array_add(paths, NULL);
	joined = g_strjoinv("|", (char **)paths->pdata);
	parts = g_strsplit(joined, f->top, -1);
	return g_strjoinv("", parts);
}

static void test_add(struct fixture *f, gconstpointer data)
{
	static const struct {
		const char *target; /* %s: the fixture's folder */
		const char *expected;
	} cases[] = {
		{NULL, "/dir"},
		{"%s/other/file", "/dir|/other"},
		{"../other/file", "/dir|/other"},
		{"%s/other/nothing", "/dir"},
		{"own", "/dir"},
		{"/tmp", "/dir"},
	};
	g_autofree char *file = g_build_filename(f->other, "file", NULL);
	g_autofree char *own = g_build_filename(f->dir, "own", NULL);

	(void)data;
	g_assert_true(g_file_set_contents(file, "", 0, NULL));
	g_assert_true(g_file_set_contents(own, "", 0, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *target = cases[i].target;
		g_autofree char *path = g_build_filename(f->dir, "link", NULL);
		g_auto(GStrv) parts =
			g_strsplit(target ? target : "", "%s", -1);
		g_autofree char *whole = g_strjoinv(f->top, parts);
		g_autofree char *got = NULL;

		if (target)
			add_link(f, "link", whole);
		got = list(f);
		g_assert_cmpstr(got, ==, cases[i].expected);
		(void)g_unlink(path);
	}
}

static void test_twice(struct fixture *f, gconstpointer data)
{
	g_autofree char *a = g_build_filename(f->other, "a", NULL);
	g_autofree char *b = g_build_filename(f->other, "b", NULL);
	g_autofree char *got = NULL;

	(void)data;
	g_assert_true(g_file_set_contents(a, "", 0, NULL));
	g_assert_true(g_file_set_contents(b, "", 0, NULL));
	add_link(f, "a", a);
	add_link(f, "b", b);
	got = list(f);
	g_assert_cmpstr(got, ==, "/dir|/other");
}

static void test_no_folder(struct fixture *f, gconstpointer data)
{
	g_autofree char *got = NULL;

	(void)data;
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	got = list(f);
	g_assert_cmpstr(got, ==, "/dir");
}

static void test_moved(struct fixture *f, gconstpointer data)
{
	g_autofree char *away = g_build_filename(f->top, "away", NULL);
	struct sandbox_folder folder;

	(void)data;
	sandbox_folder_init(&folder, f->dir);
	g_assert_false(sandbox_folder_has_moved(&folder));
	g_assert_cmpint(g_rename(f->dir, away), ==, 0);
	g_assert_false(sandbox_folder_has_moved(&folder));
	g_assert_cmpint(g_mkdir(f->dir, 0755), ==, 0);
	g_assert_true(sandbox_folder_has_moved(&folder));
	sandbox_folder_init(&folder, f->dir);
	g_assert_false(sandbox_folder_has_moved(&folder));
	g_assert_cmpint(g_rmdir(away), ==, 0);
}

static void test_appeared(struct fixture *f, gconstpointer data)
{
	struct sandbox_folder folder;

	(void)data;
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	sandbox_folder_init(&folder, f->dir);
	g_assert_false(sandbox_folder_has_moved(&folder));
	g_assert_cmpint(g_mkdir(f->dir, 0755), ==, 0);
	g_assert_true(sandbox_folder_has_moved(&folder));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct fixture *, gconstpointer);
	} tests[] = {
		{"/sandbox-folder/add", test_add},
		{"/sandbox-folder/twice", test_twice},
		{"/sandbox-folder/no-folder", test_no_folder},
		{"/sandbox-folder/moved", test_moved},
		{"/sandbox-folder/appeared", test_appeared},
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, init,
			   tests[i].run, fini);
	return g_test_run();
}
