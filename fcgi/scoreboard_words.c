#include "config.h"

#include "fcgi/scoreboard_words.h"

const char *scoreboard_state_name(guint state)
{
	static const char *const names[] = {
		"empty",     "starting", "idle",    "reading",
		"rendering", "writing",	 "leaving",
	};

	return state < G_N_ELEMENTS(names) ? names[state] : "other";
}

const char *scoreboard_restart_name(guint reason)
{
	static const char *const names[SCOREBOARD_RESTARTS] = {
		"none",	    "signal", "exit",	    "deadline", "stalled",
		"requests", "memory", "generation", "surplus",
	};

	return reason < SCOREBOARD_RESTARTS ? names[reason] : "other";
}

const char *scoreboard_outcome_name(guint outcome)
{
	static const char *const names[SCOREBOARD_OUTCOMES] = {
		"ok",	"not_modified", "client_error", "server_error",
		"busy", "timeout",	"gone",		"killed",
	};

	return outcome < SCOREBOARD_OUTCOMES ? names[outcome] : "other";
}
