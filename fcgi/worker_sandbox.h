/* worker_sandbox.h - what a worker may still read. */
#pragma once

#include <glib.h>

#include "fcgi/sandbox_folder.h"
#include "fcgi/scoreboard.h"
#include "fcgi/settings.h"

struct worker_sandbox {
	gboolean is_on;
	struct sandbox_folder packs;
	guint64 generation; /* at which that folder was last looked for */
};

/* Enters it: packs and fonts may be read, and nothing else. settings outlives
 * it. Errors: SANDBOX_ERROR. */
gboolean worker_sandbox_enter(struct worker_sandbox *sandbox,
			      const struct settings *settings,
			      const struct scoreboard *board, GError **error);

/* Whether the packer works in another folder by now, into which this worker
 * can't follow. It costs a look only where the packer has told news. */
gboolean worker_sandbox_is_stale(struct worker_sandbox *sandbox,
				 const struct scoreboard *board);
