/* packer_make.h - one picture made into one pack. Runs in a child: the picture
 * comes from outside, and its decoder may crash or never end.
 */
#pragma once

#include <glib.h>

#include "fcgi/packer_folder.h"
#include "render/jpeg.h"
#include "render/macro.h"

#define PACKER_ERROR (packer_error_quark())
GQuark packer_error_quark(void);
enum packer_error {
	PACKER_ERROR_PICTURE, /* it will fail again as long as it is the same */
	PACKER_ERROR_AGAIN,   /* it may do better later: a full disk, a file
				 that changes while it is read */
};

struct packer_order {
	int templates_fd, packs_fd;
	struct jpeg_params jpeg;
	const struct packer_find *find;
	gboolean is_sandboxed;
};

/* Runs in a child. Reads the picture and its sidecar, and writes the pack that
 * is made of them to the file beside it (see pack_begin()); nothing where the
 * one that is there will do. A sidecar that can't be read is left out; the
 * pack's card then says why, as `sidecar_error`. Errors: PACKER_ERROR. */
gboolean packer_make(const struct packer_order *order, GError **error);

/* What a pack of a picture in this format is made by; see struct pack_info. */
char *packer_recipe(enum macro_format format, const struct jpeg_params *jpeg);

/* "ID.pack". */
char *packer_pack_name(const char *id);
