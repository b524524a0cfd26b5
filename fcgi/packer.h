/* packer.h - keeps the packs as the template folder says.
 */
#pragma once

#include <glib.h>

#include "fcgi/packer_shelf.h"
#include "fcgi/scoreboard.h"
#include "render/jpeg.h"

struct packer_setup {
	const char *templates_dir, *packs_dir;
	struct jpeg_params jpeg;
	int gif_quality;	   /* of animations in other sizes */
	guint64 variant_bytes_max; /* for other sizes; 0: none */
	gboolean has_origins;	   /* pack what the fetcher brings, too */
	gboolean is_once;	   /* pack what there is, and return */
	gboolean is_sandboxed;
	struct scoreboard *board; /* NULL: nobody to tell */
	/* Told now and then how far it is, at last when it is done; NULL:
	 * nobody. */
	void (*progress)(const struct packer_tally *tally, void *data);
	void *progress_data;
};

/* Runs until TERM or INT, or the work is done. Returns the exit status. */
int packer_run(const struct packer_setup *setup);
