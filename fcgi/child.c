#include "config.h"

#include "fcgi/child.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SHORT_LIFE_MS = 1000,
	BACKOFF_FIRST_MS = 50,
	BACKOFF_MOST_MS = 10000,
};

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL);
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
	child->pid = pid > 0 ? pid : 0;
	child->started_us = g_get_monotonic_time();
	if (pid < 0)
		child_ended(child);
	return pid;
}

void child_ended(struct child *child)
{
	gint64 now_us = g_get_monotonic_time();
	gboolean was_short = now_us - child->started_us <
			     SHORT_LIFE_MS * G_GINT64_CONSTANT(1000);

	child->pid = 0;
	if (!was_short)
		child->backoff_ms = 0;
	child->retry_us = now_us + child->backoff_ms * G_GINT64_CONSTANT(1000);
	if (was_short)
		child->backoff_ms = CLAMP(child->backoff_ms * 2,
					  BACKOFF_FIRST_MS, BACKOFF_MOST_MS);
}

gboolean child_is_due(const struct child *child)
{
	return child->pid == 0 && g_get_monotonic_time() >= child->retry_us;
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
