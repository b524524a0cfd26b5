/* scoreboard_words.h - what processes are, do, and come to. */
#pragma once

#include <glib.h>

enum scoreboard_state {
	SCOREBOARD_EMPTY,
	SCOREBOARD_STARTING,
	SCOREBOARD_WAITING,
	SCOREBOARD_READING,
	SCOREBOARD_RENDERING,
	SCOREBOARD_WRITING,
	SCOREBOARD_LEAVING,
};

/* Processes of which there is one. */
enum scoreboard_process {
	SCOREBOARD_MASTER,
	SCOREBOARD_PACKER,
	SCOREBOARD_ADMIN,
	SCOREBOARD_FETCHER,
	SCOREBOARD_PROCESSES
};

/* Why a worker was replaced. */
enum scoreboard_restart {
	SCOREBOARD_RESTART_NONE,
	SCOREBOARD_RESTART_SIGNAL,     /* killed by a signal not of ours */
	SCOREBOARD_RESTART_EXIT,       /* left by itself */
	SCOREBOARD_RESTART_DEADLINE,   /* over the hard deadline */
	SCOREBOARD_RESTART_STALLED,    /* stopped, or its slot stood still */
	SCOREBOARD_RESTART_REQUESTS,   /* has served its count */
	SCOREBOARD_RESTART_MEMORY,     /* has grown */
	SCOREBOARD_RESTART_GENERATION, /* by a fresh generation */
	SCOREBOARD_RESTART_SURPLUS,    /* not replaced: too many were idle */
	SCOREBOARD_RESTARTS
};

enum scoreboard_outcome {
	SCOREBOARD_OK,		 /* 2xx */
	SCOREBOARD_NOT_MODIFIED, /* 3xx */
	SCOREBOARD_CLIENT_ERROR, /* 4xx */
	SCOREBOARD_SERVER_ERROR, /* 500 */
	SCOREBOARD_BUSY,	 /* 503 */
	SCOREBOARD_TIMEOUT,	 /* 504 */
	SCOREBOARD_GONE,	 /* the client had left */
	SCOREBOARD_KILLED,	 /* its worker died */
	SCOREBOARD_OUTCOMES
};

/* Their names, for JSON, logs and metrics; out of range: "other". */
const char *scoreboard_state_name(guint state);
const char *scoreboard_restart_name(guint reason);
const char *scoreboard_outcome_name(guint outcome);
