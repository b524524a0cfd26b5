#include "config.h"

#include "fcgi/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

static char *dir;

static void put(struct log_sink *sink, const char *line)
{
	log_sink_write(sink, 6, line, strlen(line));
}

static char *contents(const char *path)
{
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static void a_file_is_appended_to(void)
{
	g_autofree char *path = g_build_filename(dir, "file", NULL);
	g_autofree char *moved = g_build_filename(dir, "moved", NULL);
	g_autofree char *old = NULL, *new = NULL;
	struct log_sink sink;
	struct stat st;

	g_assert_true(log_sink_open(&sink, path, NULL));
	put(&sink, "one\n");
	g_assert_cmpint(g_rename(path, moved), ==, 0);
	put(&sink, "two\n");
	g_assert_true(log_sink_reopen(&sink, NULL));
	put(&sink, "three\n");
	log_sink_close(&sink);
	g_assert_true(log_sink_open(&sink, path, NULL));
	put(&sink, "four\n");
	g_assert_cmpint(fcntl(sink.fd, F_GETFD) & FD_CLOEXEC, !=, 0);
	log_sink_close(&sink);
	old = contents(moved);
	new = contents(path);
	g_assert_cmpstr(old, ==, "one\ntwo\n");
	g_assert_cmpstr(new, ==, "three\nfour\n");
	g_assert_cmpint(stat(path, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0137, ==, 0);
	g_assert_cmpint(g_unlink(path) | g_unlink(moved), ==, 0);
}

/* Logs may lie in a folder of who serves, and root opens them. */
static void links_are_followed_if_root_s(void)
{
	static const struct {
		uid_t owner;
		gboolean is_followed;
	} cases[] = {{0, TRUE}, {65534, FALSE}};
	g_autofree char *link = g_build_filename(dir, "link", NULL);
	g_autofree char *path = g_build_filename(dir, "target", NULL);

	if (geteuid() != 0) {
		g_test_skip("root alone opens what others can't");
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct log_sink sink;

		g_assert_cmpint(symlink("target", link), ==, 0);
		g_assert_cmpint(lchown(link, cases[i].owner, 0), ==, 0);
		g_assert_cmpint(log_sink_open(&sink, link, &error), ==,
				cases[i].is_followed);
		g_assert_cmpint(g_access(path, F_OK) == 0, ==,
				cases[i].is_followed);
		if (!cases[i].is_followed)
			g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_LOOP);
		log_sink_close(&sink);
		(void)g_unlink(path);
		g_assert_cmpint(g_unlink(link), ==, 0);
	}
}

static void what_cannot_be_reopened_stays(void)
{
	g_autofree char *sub = g_build_filename(dir, "sub", NULL);
	g_autofree char *path = g_build_filename(sub, "file", NULL);
	g_autofree char *away = g_build_filename(dir, "away", NULL);
	g_autofree char *there = g_build_filename(away, "file", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	struct log_sink sink;

	g_assert_cmpint(g_mkdir(sub, 0700), ==, 0);
	g_assert_true(log_sink_open(&sink, path, NULL));
	g_assert_cmpint(g_rename(sub, away), ==, 0);
	g_assert_false(log_sink_reopen(&sink, &error));
	g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
	g_assert_nonnull(strstr(error->message, path));
	put(&sink, "still here\n");
	log_sink_close(&sink);
	text = contents(there);
	g_assert_cmpstr(text, ==, "still here\n");
	g_assert_cmpint(g_unlink(there) | g_rmdir(away), ==, 0);
}

static void lost_lines_are_counted(void)
{
	g_autofree char *path = g_build_filename(dir, "again", NULL);
	g_autofree char *text = NULL;
	struct log_sink sink;
	int good;

	g_assert_true(log_sink_open(&sink, "/dev/full", NULL));
	put(&sink, "one\n");
	put(&sink, "two\n");
	g_assert_cmpuint(sink.lost, ==, 2);
	good = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	g_assert_cmpint(dup2(good, sink.fd), ==, sink.fd);
	(void)close(good);
	put(&sink, "three\n");
	put(&sink, "four\n");
	log_sink_close(&sink);
	text = contents(path);
	g_assert_cmpstr(text, ==,
			"three\n2 lines could not be written\nfour\n");
	g_assert_cmpint(g_unlink(path), ==, 0);
}

/* A syslogd: a datagram socket. */
static int bind_syslogd(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			==, 0);
	return fd;
}

static void syslog_is_spoken(void)
{
	g_autofree char *path = g_build_filename(dir, "log.sock", NULL);
	g_autofree char *target = g_strconcat("syslog:", path, NULL);
	g_autofree char *tail =
		g_strdup_printf(" captiond[%d]: two", (int)getpid());
	char got[256] = "";
	struct log_sink sink;
	int fd;

	/* Not there yet: it may come later, and go and come again. */
	g_assert_true(log_sink_open(&sink, target, NULL));
	put(&sink, "one\n");
	g_assert_cmpuint(sink.lost, ==, 1);
	for (int i = 0; i < 2; i++) {
		fd = bind_syslogd(path);
		put(&sink, "two\n");
		memset(got, 0, sizeof(got));
		g_assert_cmpint(recv(fd, got, sizeof(got) - 1, 0), >, 0);
		g_assert_true(g_str_has_prefix(got, "<30>"));
		g_assert_true(g_str_has_suffix(got, tail));
		(void)close(fd);
		g_assert_cmpint(g_unlink(path), ==, 0);
	}
	g_assert_true(log_sink_reopen(&sink, NULL));
	log_sink_close(&sink);
}

static void targets_are_checked(void)
{
	g_autofree char *name = g_strnfill(200, 'x');
	g_autofree char *too_long = g_strconcat("syslog:/", name, NULL);
	const char *const bad[] = {"/nonexistent/x", "/", too_long};
	struct log_sink sink;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(log_sink_open(&sink, bad[i], &error));
		g_assert_true(error->domain == G_FILE_ERROR);
		g_assert_cmpint(sink.kind, ==, LOG_SINK_OFF);
		g_assert_cmpint(sink.fd, ==, -1);
	}
	g_assert_true(log_sink_open(&sink, "off", NULL));
	put(&sink, "nobody hears it\n");
	g_assert_cmpuint(sink.lost, ==, 0);
	log_sink_close(&sink);
	g_assert_true(log_sink_open(&sink, "stderr", NULL));
	g_assert_cmpint(sink.kind, ==, LOG_SINK_STDERR);
	log_sink_close(&sink);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	dir = g_dir_make_tmp("sink-XXXXXX", NULL);
	g_test_add_func("/sink/file", a_file_is_appended_to);
	g_test_add_func("/sink/link", links_are_followed_if_root_s);
	g_test_add_func("/sink/reopen", what_cannot_be_reopened_stays);
	g_test_add_func("/sink/lost", lost_lines_are_counted);
	g_test_add_func("/sink/syslog", syslog_is_spoken);
	g_test_add_func("/sink/targets", targets_are_checked);
	status = g_test_run();
	g_assert_cmpint(g_rmdir(dir), ==, 0);
	g_free(dir);
	return status;
}
