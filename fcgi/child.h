/* child.h - a process that the master keeps up: one slot, one life at a time.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

struct child {
	pid_t pid;	   /* 0: not running */
	gint64 started_us; /* monotonic */
	gint64 retry_us;   /* not to be started before */
	guint backoff_ms;  /* doubles while lives are short */
};

/* fork() with the signal mask and the handlers a new process should have, and
 * the parent's death as the end of it. In the child returns 0. */
pid_t child_fork(struct child *child);

/* Notes that it ended, and decides when the next life may begin: at once
 * after a long one, else later and later. */
void child_ended(struct child *child);

/* Whether it should be started now. */
gboolean child_is_due(const struct child *child);

/* "exited with status 1", "killed by signal 9 (Killed)". The caller frees. */
char *child_cause(int wait_status);
