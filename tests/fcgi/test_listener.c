#include "config.h"

#include "fcgi/listener.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

struct fixture {
	char *dir, *path, *address;
};

static void set_up(struct fixture *fixture, const void *data)
{
	(void)data;
	fixture->dir = g_dir_make_tmp("listener-XXXXXX", NULL);
	fixture->path = g_build_filename(fixture->dir, "sock", NULL);
	fixture->address = g_strconcat("unix:", fixture->path, NULL);
}

static void tear_down(struct fixture *fixture, const void *data)
{
	(void)data;
	(void)g_unlink(fixture->path);
	g_assert_cmpint(g_rmdir(fixture->dir), ==, 0);
	g_free(fixture->dir);
	g_free(fixture->path);
	g_free(fixture->address);
}

static void socket_is_made_and_removed(struct fixture *fixture,
				       const void *data)
{
	struct listener listener;
	struct stat st;

	(void)data;
	g_assert_true(listener_open(&listener, fixture->address, NULL));
	g_assert_true(listener_is_own(&listener));
	g_assert_cmpint(g_lstat(fixture->path, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0660);
	listener_close(&listener);
	g_assert_cmpint(g_lstat(fixture->path, &st), <, 0);
}

static void live_one_is_not_stolen(struct fixture *fixture, const void *data)
{
	struct listener first, second;
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(listener_open(&first, fixture->address, NULL));
	g_assert_false(listener_open(&second, fixture->address, &error));
	g_assert_error(error, LISTENER_ERROR, LISTENER_ERROR_BIND);
	listener_close(&second);
	g_assert_true(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
	listener_close(&first);
}

static void stale_one_is_replaced(struct fixture *fixture, const void *data)
{
	struct listener stale, fresh;

	(void)data;
	g_assert_true(listener_open(&stale, fixture->address, NULL));
	(void)close(stale.fd);
	stale.fd = -1;
	g_assert_true(listener_open(&fresh, fixture->address, NULL));
	/* The stale one's owner must not remove what is no longer its. */
	listener_close(&stale);
	g_assert_true(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
	listener_close(&fresh);
}

static void file_is_not_replaced(struct fixture *fixture, const void *data)
{
	struct listener listener;
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(g_file_set_contents(fixture->path, "mine", -1, NULL));
	g_assert_false(listener_open(&listener, fixture->address, &error));
	g_assert_nonnull(strstr(error->message, "no socket"));
	listener_close(&listener);
}

static void addresses_are_read(void)
{
	static const struct {
		const char *address;
		gboolean is_good;
	} cases[] = {
		{"127.0.0.1:0", TRUE},	    {"127.0.0.1", FALSE},
		{":9000", FALSE},	    {"127.0.0.1:", FALSE},
		{"127.0.0.1:http", FALSE},  {"127.0.0.1:-1", FALSE},
		{"127.0.0.1:70000", FALSE}, {"unix:", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct listener listener;
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].address);
		g_assert_cmpint(
			listener_open(&listener, cases[i].address, &error), ==,
			cases[i].is_good);
		g_assert_cmpint(error != NULL, ==, !cases[i].is_good);
		listener_close(&listener);
	}
}

static void long_paths_are_refused(void)
{
	g_autofree char *address = g_strnfill(200, 'x');
	struct listener listener;
	g_autoptr(GError) error = NULL;

	memcpy(address, "unix:", 5);
	g_assert_false(listener_open(&listener, address, &error));
	g_assert_error(error, LISTENER_ERROR, LISTENER_ERROR_ADDRESS);
	listener_close(&listener);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/listener/made", struct fixture, NULL, set_up,
		   socket_is_made_and_removed, tear_down);
	g_test_add("/listener/live", struct fixture, NULL, set_up,
		   live_one_is_not_stolen, tear_down);
	g_test_add("/listener/stale", struct fixture, NULL, set_up,
		   stale_one_is_replaced, tear_down);
	g_test_add("/listener/file", struct fixture, NULL, set_up,
		   file_is_not_replaced, tear_down);
	g_test_add_func("/listener/addresses", addresses_are_read);
	g_test_add_func("/listener/long", long_paths_are_refused);
	return g_test_run();
}
