/* template_pack.h - one template of a folder as a pack, made where it is not
 * there yet.
 *
 * Packs are kept in a folder: a given one, which may be that of a running
 * captiond, or one for each template folder below the user's cache. Where it
 * can't be written, or somebody else writes there, the pack is made elsewhere
 * for this once.
 *
 * A name with a slash is the path of a picture, which is in no folder of
 * templates: its pack is made, and never kept.
 */
#pragma once

#include <glib.h>

#include "render/jpeg.h"
#include "render/pack.h"

struct template_pack_setup {
	const char *templates_dir;
	const char *packs_dir;	/* NULL: below the user's cache */
	const char *shared_dir; /* looked into first, only read; NULL: none */
	struct jpeg_params jpeg;
};

/* Errors: FAILURE (EX_NOINPUT: no such template, or folder), PACKER_ERROR,
 * PACK_ERROR. */
struct pack *template_pack_open(const struct template_pack_setup *setup,
				const char *id, GError **error);
