/* Which descriptors a program keeps from its start: in a child each, whose exit
 * status is the first that is not as it should be. */
#include "config.h"

#include "fcgi/descriptors.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "CAPTIOND_TEST_"

enum { MOST = 40 };

struct row {
	const char *name, *value; /* of a variable; %d: the own pid */
};

static void set(const struct row *row)
{
	g_autofree char *own = g_strdup_printf("%d", (int)getpid());

	(void)g_setenv(row->name, row->value ? row->value : own, TRUE);
}

static int check(const struct row *rows, gsize n, const char *kept)
{
	for (int fd = 3; fd < MOST; fd++)
		if (dup2(STDERR_FILENO, fd) != fd)
			return 255;
	for (gsize i = 0; i < n; i++)
		set(&rows[i]);
	descriptors_close_strays(PREFIX);
	for (int fd = 0; fd < MOST; fd++) {
		g_autofree char *text = g_strdup_printf(" %d ", fd);
		gboolean is_open = fcntl(fd, F_GETFD) >= 0;
		gboolean should_be = fd < 3 || g_strstr_len(kept, -1, text);

		if (is_open != should_be)
			return fd == 0 ? 254 : fd;
	}
	return 0;
}

static void test_close_strays(void)
{
	static const struct {
		struct row rows[3];
		gsize n;
		const char *kept;
	} cases[] = {
		{{{NULL, NULL}}, 0, ""},
		{{{"LISTEN_FDS", "2"}, {"LISTEN_PID", NULL}}, 2, " 3  4 "},
		{{{"LISTEN_FDS", "2"}, {"LISTEN_PID", "1"}}, 2, ""},
		{{{"LISTEN_FDS", "x"}, {"LISTEN_PID", NULL}}, 2, ""},
		{{{PREFIX "A", "12 unix:/x"}}, 1, " 12 "},
		{{{PREFIX "A", "31"}, {PREFIX "B", "5"}}, 2, " 5  31 "},
		{{{PREFIX "A", "5"}, {PREFIX "B", "5"}}, 2, " 5 "},
		{{{PREFIX "A", "nothing"}, {PREFIX "B", ""}}, 2, ""},
		{{{PREFIX "A", "-7"}, {PREFIX "B", "99999999999"}}, 2, ""},
		{{{PREFIX "A", "1"}, {"OTHER", "9"}}, 2, ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(check(cases[i].rows, cases[i].n, cases[i].kept));
		g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
		g_assert_true(WIFEXITED(status));
		g_test_message("case %u", (guint)i);
		g_assert_cmpint(WEXITSTATUS(status), ==, 0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/descriptors/close-strays", test_close_strays);
	return g_test_run();
}
