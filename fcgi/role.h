/* role.h - the kinds of processes that the master keeps up.
 *
 * Each is one row of role_table, in the order in which they are started. A new
 * one is a row, and either `run`, called in a forked child, or `command`, whose
 * result is exec'ed. The master does the rest: the row's listening socket, the
 * start, the replacement after a death, the end, and what signals ask for.
 */
#pragma once

#include <glib.h>

#include "fcgi/access_log.h"
#include "fcgi/scoreboard.h"
#include "fcgi/settings.h"

/* What a child is given. Borrowed, but for `command` after the fork. */
struct role_start {
	const struct settings *settings;
	struct scoreboard *board;
	struct access_log *access_log;
	int board_fd;	 /* for `command`: ROLE_BOARD_FD in the new program */
	int listener_fd; /* the role's own; -1: it has none. For `command`:
			    ROLE_LISTENER_FD in the new program */
	int bell_fd; /* a worker's, to ring for the fetcher, and the fetcher's:
			see fetches.h; -1: neither. For `command`: ROLE_BELL_FD
			in the new program */
	guint slot;  /* a worker's, in the scoreboard */
};

enum { ROLE_BOARD_FD = 3, ROLE_LISTENER_FD = 4, ROLE_BELL_FD = 5 };

/* What becomes of a running one on HUP, and on USR1 (which reopens logs). */
enum role_renewal {
	ROLE_ROLL,    /* a fresh set takes over before the old one leaves */
	ROLE_REPLACE, /* it ends, then the next one starts */
	ROLE_NUDGE,   /* HUP is passed on; replaced if its command differs */
};

enum role_number {
	ROLE_PACKER,
	ROLE_FETCHER,
	ROLE_WORKER,
	ROLE_ADMIN,
	ROLE_COUNT,
};

struct role {
	const char *name; /* in the log */
	/* NULL: always. */
	gboolean (*is_wanted)(const struct settings *settings);
	/* Called in the master before each start, for what a child that has
	 * dropped to another user could not do. NULL: nothing. */
	void (*prepare)(const struct settings *settings);
	/* Where it listens, as listener_open() reads it; NULL: it does not. The
	 * socket is the master's: it outlives the child, and USR2 hands it
	 * on. */
	const char *(*address)(const struct settings *settings);
	/* One of the two. `run` returns the exit status, `command` a
	 * NULL-terminated list of what is to be exec'ed, program first. */
	int (*run)(const struct role_start *start);
	char **(*command)(const struct role_start *start);
	enum role_renewal renewal;
	/* Two at once would fight, over a folder: on USR2 ours ends before the
	 * successor's starts. */
	gboolean is_alone;
	int stop_signal;
	/* The exit status that says the configuration is at fault: a pool that
	 * has never served ends then. */
	int setup_status;
};

/* ROLE_COUNT rows, by enum role_number. */
extern const struct role role_table[];
