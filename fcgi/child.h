/* child.h - one process that the master started. */
#pragma once

#include <glib.h>
#include <sys/types.h>

struct child {
	pid_t pid;	    /* 0: not running */
	gint64 started_us;  /* monotonic */
	gint64 leave_by_us; /* told to leave, and killed then; 0: not told */
};

/* fork() with the signal mask and the handlers a new process should have, and
 * the parent's death as the end of it. In the child returns 0; -1 with errno
 * where there is none. */
pid_t child_fork(struct child *child);

/* Sends number, and lets it run for another patience_ms. Once it has been told,
 * nothing happens. */
void child_dismiss(struct child *child, int number, gint64 patience_ms);

/* Whether it was told to leave and is late. */
gboolean child_is_late(const struct child *child, gint64 now_us);

/* Sends number if it runs. */
void child_signal(const struct child *child, int number);

/* It has ended: the slot is free. */
void child_clear(struct child *child);

/* "exited with status 1", "was killed by signal 9 (Killed)". The caller
 * frees. */
char *child_cause(int wait_status);
