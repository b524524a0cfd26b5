/* packer_variants.h - packs of templates in other sizes, formats and qualities,
 * made when somebody asks for one a second time, in a bounded cache.
 *
 * So a client that asks for everything once makes nothing and pushes nothing
 * out; and what is used often outlives what was asked for twice. Workers ask
 * over the scoreboard, and are not believed: an order is one for a template
 * that is there, in a size that this template can have.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "render/jpeg.h"

struct packer_variants_setup {
	int packs_fd; /* the caller's, and open for as long as they are */
	guint64 bytes_max;
	struct jpeg_params jpeg; /* of JPEG templates' own packs */
	int gif_quality;
	gboolean is_sandboxed;	  /* the children */
	struct scoreboard *board; /* NULL: nobody asks */
};

struct packer_variants;

/* Takes over what an earlier life left in the cache; its folder is made when
 * first something comes into it. NULL: bytes_max is 0, and it was emptied. All
 * below take NULL for no cache. */
struct packer_variants *
packer_variants_new(const struct packer_variants_setup *setup);
/* Ends the work under way. */
void packer_variants_free(struct packer_variants *variants);

/* Removes variants of templates that are gone or are another version now. To be
 * called after each index. */
void packer_variants_weed(struct packer_variants *variants);

/* Takes in what workers asked for and used. Cheap where that is nothing. */
void packer_variants_listen(struct packer_variants *variants);

/* Starts making the next one, if none is under way. */
void packer_variants_work(struct packer_variants *variants);

/* For poll(): the child's pipe; -1: no child. */
int packer_variants_fd(const struct packer_variants *variants);

/* Takes in what the child has finished, or kills it when its time is over. */
void packer_variants_collect(struct packer_variants *variants);
