/* limits.h - what the stages are held against, measured in the same run. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/macro.h"

/* CPU time to copy size bytes that are not in the nearest cache. */
double limit_memcpy_us(gsize size);

/* CPU time of a whole encode of surface as a user of the format's library
 * would write it: libjpeg-turbo (4:2:0, its own tables) at quality, libpng at
 * its default level. 0 for other formats. */
double limit_encode_us(cairo_surface_t *surface, enum macro_format format,
		       int quality);

/* The same of a GIF's section (gif.h), by giflib, all frames. */
double limit_encode_gif_us(const guint8 *section, gsize size);
