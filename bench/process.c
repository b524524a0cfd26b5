#include "config.h"

#include "bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void exec_with_log(const char *const *args, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd >= 0) {
		(void)dup2(fd, STDOUT_FILENO);
		(void)dup2(fd, STDERR_FILENO);
	}
	(void)execvp(args[0], (char **)args);
	_exit(127);
}

pid_t process_start(const char *const *args, const char *log, GError **error)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_with_log(args, log);
	if (pid < 0) {
		g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK,
			    "cannot fork '%s'", args[0]);
		return 0;
	}
	return pid;
}

gboolean process_run(const char *const *args, const char *log, GError **error)
{
	pid_t pid = process_start(args, log, error);
	int status;

	if (pid == 0)
		return FALSE;
	if (waitpid(pid, &status, 0) == pid && status == 0)
		return TRUE;
	g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED,
		    "'%s' failed, see '%s'", args[0], log);
	return FALSE;
}

void process_stop(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

/* The first number of schedstat: nanoseconds on a processor. */
static gint64 own_cpu_ns(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/schedstat", (int)pid);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return 0;
	return g_ascii_strtoll(text, NULL, 10);
}

GArray *process_children(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children",
						(int)pid, (int)pid);
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));
	g_autofree char *text = NULL;
	g_auto(GStrv) children = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return pids;
	children = g_strsplit(g_strstrip(text), " ", -1);
	for (char **child = children; *child && **child; child++) {
		pid_t one = (pid_t)g_ascii_strtoll(*child, NULL, 10);

		g_array_append_val(pids, one);
	}
	return pids;
}

gint64 process_cpu_ns(pid_t pid)
{
	g_autoptr(GArray) children = process_children(pid);
	gint64 sum_ns = own_cpu_ns(pid);

	for (guint i = 0; i < children->len; i++)
		sum_ns += process_cpu_ns(g_array_index(children, pid_t, i));
	return sum_ns;
}

gboolean process_is_named(pid_t pid, const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/comm", (int)pid);
	g_autofree char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) &&
	       strcmp(g_strchomp(text), name) == 0;
}

gint64 process_private_kib(pid_t pid)
{
	g_autofree char *path =
		g_strdup_printf("/proc/%d/smaps_rollup", (int)pid);
	g_autofree char *text = NULL;
	const char *at;
	gint64 kib = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return 0;
	for (at = text; (at = strstr(at, "\nPrivate_Dirty:"));) {
		at += strlen("\nPrivate_Dirty:");
		kib += g_ascii_strtoll(at, NULL, 10);
	}
	return kib;
}
