#include "config.h"

#include "fcgi/secret_file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

struct folder {
	char *dir, *path;
};

static void setup(struct folder *folder, const void *data)
{
	(void)data;
	folder->dir = g_dir_make_tmp("secret-XXXXXX", NULL);
	g_assert_nonnull(folder->dir);
	folder->path = g_build_filename(folder->dir, "keys", NULL);
	g_assert_true(g_file_set_contents(folder->path, "hush\n", -1, NULL));
}

static void teardown(struct folder *folder, const void *data)
{
	(void)data;
	(void)g_remove(folder->path);
	(void)g_rmdir(folder->dir);
	g_free(folder->path);
	g_free(folder->dir);
}

static void expect_error(const struct folder *folder,
			 enum secret_file_error code)
{
	g_autoptr(GError) error = NULL;
	gsize size = 77;

	g_assert_null(secret_file_read(folder->path, &size, &error));
	g_assert_error(error, SECRET_FILE_ERROR, (int)code);
	g_assert_nonnull(strstr(error->message, folder->path));
	g_assert_null(strstr(error->message, "hush"));
	g_assert_cmpuint(size, ==, 77);
}

static void the_mode_decides(struct folder *folder, const void *data)
{
	static const struct {
		mode_t mode;
		gboolean is_good;
	} cases[] = {
		{0400, TRUE},  {0600, TRUE},  {0440, TRUE},  {0640, TRUE},
		{0644, FALSE}, {0604, FALSE}, {0602, FALSE}, {0601, FALSE},
		{0660, FALSE}, {0620, FALSE},
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize size;
		char *text;

		g_test_message("%o", cases[i].mode);
		g_assert_cmpint(chmod(folder->path, cases[i].mode), ==, 0);
		if (!cases[i].is_good) {
			expect_error(folder, SECRET_FILE_ERROR_MODE);
			continue;
		}
		text = secret_file_read(folder->path, &size, NULL);
		g_assert_cmpstr(text, ==, "hush\n");
		g_assert_cmpuint(size, ==, 5);
		secret_file_free(text, size);
	}
}

static void another_owner_is_refused(struct folder *folder, const void *data)
{
	(void)data;
	if (geteuid() != 0) {
		g_test_skip("only root can give a file away");
		return;
	}
	g_assert_cmpint(chmod(folder->path, 0600), ==, 0);
	g_assert_cmpint(chown(folder->path, 12345, 0), ==, 0);
	expect_error(folder, SECRET_FILE_ERROR_MODE);
}

static void the_size_is_bounded(struct folder *folder, const void *data)
{
	gsize size;
	char *text;

	(void)data;
	g_assert_cmpint(chmod(folder->path, 0600), ==, 0);
	g_assert_cmpint(truncate(folder->path, SECRET_FILE_BYTES_MAX), ==, 0);
	text = secret_file_read(folder->path, &size, NULL);
	g_assert_nonnull(text);
	g_assert_cmpuint(size, ==, SECRET_FILE_BYTES_MAX);
	secret_file_free(text, size);
	g_assert_cmpint(truncate(folder->path, SECRET_FILE_BYTES_MAX + 1), ==,
			0);
	expect_error(folder, SECRET_FILE_ERROR_SIZE);
}

static void only_files_are_read(struct folder *folder, const void *data)
{
	(void)data;
	(void)g_remove(folder->path);
	expect_error(folder, SECRET_FILE_ERROR_IO);
	/* Would hold a blocking open until somebody writes. */
	g_assert_cmpint(mkfifo(folder->path, 0600), ==, 0);
	expect_error(folder, SECRET_FILE_ERROR_IO);
	(void)g_remove(folder->path);
	g_assert_cmpint(g_mkdir(folder->path, 0700), ==, 0);
	expect_error(folder, SECRET_FILE_ERROR_IO);
}

#define ADD(name, function)                                                    \
	g_test_add("/secret_file/" name, struct folder, NULL, setup, function, \
		   teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("mode", the_mode_decides);
	ADD("owner", another_owner_is_refused);
	ADD("size", the_size_is_bounded);
	ADD("kinds", only_files_are_read);
	return g_test_run();
}
