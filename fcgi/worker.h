/* worker.h - one worker: accepts, renders, answers; one request at a time. */
#pragma once

#include <glib.h>

#include "fcgi/settings.h"
#include "fcgi/scoreboard.h"

enum {
	/* Exit statuses that tell the master something. */
	WORKER_EXIT_DONE = 0,
	WORKER_EXIT_SETUP = 78, /* it will fail again: EX_CONFIG */
};

struct worker_setup {
	const struct settings *settings;
	int listener_fd;
	gboolean is_queue_own; /* at the end the queue is served too */
	struct scoreboard *board;
	guint slot;
};

/* Runs in a child of the master until it is told to leave, and returns its
 * exit status; the caller leaves with _exit. */
int worker_run(const struct worker_setup *setup);
