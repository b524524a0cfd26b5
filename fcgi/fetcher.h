/* fetcher.h - fetches pictures that workers ask for, each once, a few at a time.
 */
#pragma once

#include <glib.h>

#include "fcgi/origins.h"
#include "fcgi/scoreboard.h"

struct fetcher_setup {
	const struct origins *origins;
	const char *packs_dir;
	guint64 bytes_max; /* of pictures and packs on the disk */
	struct scoreboard *board;
	int bell_fd; /* an eventfd; see fetches.h */
	gboolean is_sandboxed;
};

/* Runs until TERM or INT. Returns the exit status. */
int fetcher_run(const struct fetcher_setup *setup);
