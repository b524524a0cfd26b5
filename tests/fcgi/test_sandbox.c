/* What each role may do in its sandbox, and what stops it: each attempt in a
 * process of its own, which the sandbox may end. */
#include "config.h"

#include "fcgi/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/fcgi/sandbox_attempts.h"

static const char *const role_names[] = {"worker", "packer", "decoder", "admin",
					 "fetcher"};
G_STATIC_ASSERT(G_N_ELEMENTS(role_names) == SANDBOX_ROLES);

struct probe {
	const struct sandbox_attempt *attempt;
	enum sandbox_role role;
};

static void make_file(const char *path)
{
	g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void scene_init(struct scene *scene)
{
	scene->dir = g_dir_make_tmp("captiond-sandbox-XXXXXX", NULL);
	scene->read = g_build_filename(scene->dir, "read", NULL);
	scene->write = g_build_filename(scene->dir, "write", NULL);
	scene->readable = g_build_filename(scene->read, "file", NULL);
	scene->writable = g_build_filename(scene->write, "file", NULL);
	g_assert_cmpint(g_mkdir(scene->read, 0755), ==, 0);
	g_assert_cmpint(g_mkdir(scene->write, 0755), ==, 0);
	make_file(scene->readable);
	make_file(scene->writable);
	scene->inet_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(scene->inet_fd, >=, 0);
	g_assert_cmpint(pipe2(scene->pipe_fds, O_CLOEXEC), ==, 0);
	scene->page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	scene->victim = fork();
	if (scene->victim == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	g_assert_cmpint(scene->victim, >, 0);
}

static void remove_below(const char *dir)
{
	g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		g_assert_cmpint(g_remove(path), ==, 0);
	}
	g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void scene_fini(struct scene *scene)
{
	int status;

	/* Nobody has ended it before. */
	g_assert_cmpint(waitpid(scene->victim, &status, WNOHANG | WUNTRACED),
			==, 0);
	(void)kill(scene->victim, SIGKILL);
	(void)waitpid(scene->victim, &status, 0);
	(void)munmap(scene->page, 4096);
	(void)close(scene->inet_fd);
	(void)close(scene->pipe_fds[0]);
	(void)close(scene->pipe_fds[1]);
	remove_below(scene->read);
	remove_below(scene->write);
	g_assert_cmpint(g_rmdir(scene->dir), ==, 0);
	g_free(scene->dir);
	g_free(scene->read);
	g_free(scene->write);
	g_free(scene->readable);
	g_free(scene->writable);
}

enum { STATUS_SETUP = 255 };

static G_NORETURN void run_in_sandbox(const struct scene *scene,
				      const struct probe *probe)
{
	const char *const read[] = {scene->read, "/not/there", NULL};
	const char *const write[] = {scene->write, NULL};
	const gboolean is_decoder = probe->role == SANDBOX_DECODER;
	const struct sandbox_paths paths = {is_decoder ? NULL : read,
					    is_decoder ? NULL : write};
	const struct rlimit none = {0, 0};
	g_autoptr(GError) error = NULL;

	(void)setrlimit(RLIMIT_CORE, &none);
	/* The sanitizers' own handlers would tell of it at length. */
	(void)signal(SIGABRT, SIG_DFL);
	(void)signal(SIGUSR1, SIG_IGN);
	if (!sandbox_enter(probe->role, &paths, &error)) {
		g_printerr("%s\n", error->message);
		_exit(STATUS_SETUP);
	}
	_exit(probe->attempt->run(scene) < 0 ? errno : 0);
}

/* The letter of the table, of what came of it. */
static char ending_of(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS    ? 'x'
		       : WTERMSIG(status) == SIGABRT ? 'a'
						     : '?';
	switch (WEXITSTATUS(status)) {
	case 0:
		return 'y';
	case EACCES:
		return 'f';
	case EPERM:
		return 'e';
	case ENOTTY:
		return 't';
	default:
		return '?';
	}
}

/* What the letter stands for in this build, on this kernel; NUL: anything. */
static char settle(char expected)
{
	gboolean is_whole;
	g_autofree char *description = sandbox_describe(&is_whole);
	const char *landlock = strstr(description, "Landlock ");
	gboolean is_old = g_ascii_isdigit(expected) && !is_whole &&
			  landlock[strlen("Landlock ")] < expected;

	if (is_old)
		return '\0';
	if (expected == 'x' && strstr(description, "(errno)"))
		return 'e';
	if (expected == '6')
		return 'e';
	return g_ascii_isdigit(expected) ? 'f' : expected;
}

static void test_attempt(gconstpointer data)
{
	const struct probe *probe = data;
	const char expected = settle(probe->attempt->ends[probe->role]);
	struct scene scene;
	pid_t pid;
	int status;

	(void)signal(SIGUSR1, SIG_IGN);
	scene_init(&scene);
	pid = fork();
	if (pid == 0)
		run_in_sandbox(&scene, probe);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	scene_fini(&scene);
	if (expected && ending_of(status) != expected)
		g_error("'%c' expected, status %x seen", expected,
			(guint)status);
}

static void add_attempt(const struct sandbox_attempt *attempt)
{
	for (guint i = 0; i < SANDBOX_ROLES; i++) {
		struct probe *probe = g_new(struct probe, 1);
		g_autofree char *path = g_strdup_printf(
			"/sandbox/%s/%s", role_names[i], attempt->name);

		*probe = (struct probe){attempt, (enum sandbox_role)i};
		g_test_add_data_func_full(path, probe, test_attempt, g_free);
	}
}

static void test_missing(gconstpointer data)
{
	g_test_skip(data);
}

int main(int argc, char **argv)
{
	g_autofree char *description = NULL;
	gboolean is_whole, is_there;

	g_test_init(&argc, &argv, NULL);
	description = sandbox_describe(&is_whole);
	is_there = strstr(description, "seccomp (") &&
		   !strstr(description, "no Landlock");
	if (!is_there)
		g_test_add_data_func("/sandbox", description, test_missing);
	for (gsize i = 0; is_there && i < sandbox_n_attempts; i++)
		add_attempt(&sandbox_attempts[i]);
	return g_test_run();
}
