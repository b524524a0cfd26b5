/* gif_read.h - GIF files into sections. Only the packer links this. */
#pragma once

#include <glib.h>

#include "render/gif.h"

/* Reads any GIF87a or GIF89a: local palettes, frames smaller than the screen or
 * partly outside it, every disposal, transparency, interlace, loop counts. Each
 * frame shows exactly the source's pixels. A file that breaks off after its
 * first whole frame gives the frames before the break. Limits are checked
 * before anything is allocated. Errors: GIF_PICTURE_ERROR_CORRUPT,
 * GIF_PICTURE_ERROR_LIMIT. */
GBytes *gif_read(const guint8 *bytes, gsize size, GError **error);
