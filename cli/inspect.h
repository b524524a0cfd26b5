/* inspect.h - what the pictures of a template folder are, without packs.
 */
#pragma once

#include <glib.h>

#include "fcgi/packer_folder.h"
#include "render/macro.h"

struct inspection {
	enum macro_format format;
	int width_px, height_px;
	guint n_frames;
	char *card; /* the sidecar's fields as JSON; "{}" where there is none */
	char *sidecar_error; /* NULL: it is good, or not there */
};

/* Whether the file begins as a picture does; cheap. */
gboolean inspect_is_picture(int dirfd, const char *file);

/* Decodes the picture, in a child, and reads its sidecar. The caller calls
 * inspection_fini(). Errors: those of the picture, and of the system. */
gboolean inspect_picture(int dirfd, const struct packer_find *find,
			 struct inspection *out, GError **error);
void inspection_fini(struct inspection *inspection);
