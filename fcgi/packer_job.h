/* packer_job.h - a pack made by a child that may die.
 *
 * The child has limits of its own on memory, processor time and wall time, and
 * says over a pipe why it failed. It dies with its parent.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "fcgi/packer_make.h"

enum { PACKER_JOB_TEXT_BYTES = 512 };

struct packer_job {
	pid_t pid;	    /* 0: none */
	int pipe_fd;	    /* readable: call packer_job_read() */
	gint64 deadline_us; /* monotonic */
	gboolean is_late;
	int dir_fd; /* the work's */
	char *pack;
	gsize text_bytes;
	char text[PACKER_JOB_TEXT_BYTES];
};

/* What the child does; it has its parent's memory. Errors: PACKER_ERROR. */
struct packer_work {
	gboolean (*run)(const void *order, GError **error);
	const void *order;
	int niceness;
	int cpu_s; /* at most; 0: what the largest picture may take */
	/* The pack that it makes, between pack_begin() and pack_commit(): the
	 * latter is packer_job_end()'s. NULL: none. */
	int dir_fd;
	const char *pack;
};

/* For run(), once it has opened all it needs and before it looks at the first
 * byte from outside: from here on it reads and writes what is open, and no
 * more; but for fonts, which an SVG may ask for. Errors: PACKER_ERROR_AGAIN. */
gboolean packer_job_seal(GError **error);

/* Forks. FALSE: it could not; errno says why. */
gboolean packer_job_start(struct packer_job *job,
			  const struct packer_work *work);

/* Takes in what the child says. TRUE: it has ended. Does not block. */
gboolean packer_job_read(struct packer_job *job);

/* Kills it when its time is over; packer_job_read() then sees its end. */
void packer_job_check(struct packer_job *job, gint64 now_us);

void packer_job_kill(struct packer_job *job);

/* Reaps an ended or killed child and clears the job; its pack takes its place,
 * or nothing of it is left. Errors: PACKER_ERROR. */
gboolean packer_job_end(struct packer_job *job, GError **error);
