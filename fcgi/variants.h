/* variants.h - the variants of templates there are, as a worker sees them.
 *
 * The packer makes a variant when it is asked for a second time, and keeps as
 * many as fit into the cache. There is no list: whether one is there is a
 * matter of opening its file, whose name says all that it depends on.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "render/pack.h"
#include "render/variant.h"

/* In the folder of packs. */
#define VARIANTS_DIR "variants"

struct variants;

/* The folder below packs_dir need not be there. slot is where hits and misses
 * are counted and wishes are told. */
struct variants *variants_new(const char *packs_dir, guint capacity,
			      struct scoreboard_slot *slot);
void variants_free(struct variants *variants);

/* Follows the packer: cheap where the board's generation and number of variants
 * removed are what they were. */
void variants_refresh(struct variants *variants,
		      const struct scoreboard *board);

/* The variant's pack, a new reference; NULL: it is not there, or no good. */
struct pack *variants_get(struct variants *variants, const char *id,
			  const struct pack *template,
			  const struct variant_params *params);

/* Tells the packer that this one was used, or missed. */
void variants_told(struct variants *variants, const char *id,
		   const struct variant_params *params, gboolean is_used);
