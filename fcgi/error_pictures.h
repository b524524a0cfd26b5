/* error_pictures.h - the last few errors that were drawn, in a worker's memory.
 *
 * Drawing one costs as much as a caption on a new size, and who embeds a picture
 * that is gone asks for the same one over and over.
 */
#pragma once

#include <glib.h>

#include "render/error_picture.h"

struct error_pictures;

struct error_pictures *error_pictures_new(void);
void error_pictures_free(struct error_pictures *pictures);

/* The encoded picture; a new reference. Errors: those of error_picture_draw().
 */
GBytes *error_pictures_get(struct error_pictures *pictures,
			   const struct error_picture *picture,
			   struct fonts *fonts, GError **error);
