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
	gsize text_bytes;
	char text[PACKER_JOB_TEXT_BYTES];
};

/* What the child does; it has its parent's memory. Errors: PACKER_ERROR. */
struct packer_work {
	gboolean (*run)(const void *order, GError **error);
	const void *order;
	int niceness;
};

/* Forks. FALSE: it could not; errno says why. */
gboolean packer_job_start(struct packer_job *job,
			  const struct packer_work *work);

/* Takes in what the child says. TRUE: it has ended. Does not block. */
gboolean packer_job_read(struct packer_job *job);

/* Kills it when its time is over; packer_job_read() then sees its end. */
void packer_job_check(struct packer_job *job, gint64 now_us);

void packer_job_kill(struct packer_job *job);

/* Reaps an ended or killed child and clears the job. Errors: PACKER_ERROR. */
gboolean packer_job_end(struct packer_job *job, GError **error);
