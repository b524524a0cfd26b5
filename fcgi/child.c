#include "config.h"

#include "fcgi/child.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL);
	/* It may be told to read its files again before it is able to listen,
	 * and has them to read still. */
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t child_fork(struct child *child)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* The parent may have died before the line above. */
		if (getppid() != parent)
			_exit(0);
		reset_signals();
		return 0;
	}
	*child = (struct child){
		.pid = MAX(pid, 0),
		.started_us = g_get_monotonic_time(),
	};
	return pid;
}

void child_dismiss(struct child *child, int number, gint64 patience_ms)
{
	if (child->pid <= 0 || child->leave_by_us != 0)
		return;
	child->leave_by_us = g_get_monotonic_time() + patience_ms * 1000;
	(void)kill(child->pid, number);
}

gboolean child_is_late(const struct child *child, gint64 now_us)
{
	return child->pid > 0 && child->leave_by_us != 0 &&
	       now_us > child->leave_by_us;
}

void child_signal(const struct child *child, int number)
{
	if (child->pid > 0)
		(void)kill(child->pid, number);
}

void child_clear(struct child *child)
{
	*child = (struct child){0};
}

char *child_cause(int wait_status)
{
	if (WIFEXITED(wait_status))
		return g_strdup_printf("exited with status %d",
				       WEXITSTATUS(wait_status));
	return g_strdup_printf("was killed by signal %d (%s)",
			       WTERMSIG(wait_status),
			       strsignal(WTERMSIG(wait_status)));
}
