/* decode.h - template pictures into pixels. Only the packer links this.
 *
 * The kind is told by the first bytes, never by a name. Pixels come out as
 * Cairo's image surfaces: RGB24 where every pixel is opaque, else
 * premultiplied ARGB32; sRGB assumed; EXIF orientation applied. The unused byte
 * of an RGB24 pixel is 255, so that equal pictures have equal bytes.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/macro.h"

#define DECODE_ERROR (decode_error_quark())
GQuark decode_error_quark(void);
enum decode_error {
	DECODE_ERROR_UNKNOWN, /* none of the formats */
	DECODE_ERROR_CORRUPT,
	DECODE_ERROR_LIMIT,	  /* limits.h; the message has both numbers */
	DECODE_ERROR_UNSUPPORTED, /* e.g. 12 bits a sample */
};

struct picture {
	enum macro_format format; /* of the source */
	cairo_surface_t *surface; /* the first frame */
	GBytes *gif; /* of a GIF, or of what moves: all of it, as in gif.h */
	GPtrArray *frames; /* of an animated WebP: all surfaces; else NULL */
};
void picture_fini(struct picture *picture);

/* Whether the first bytes of a file are those of a format we decode; 64 of
 * them are enough. */
gboolean decode_knows(const guint8 *bytes, gsize size);

/* Decodes size bytes. On success the caller calls picture_fini(). Limits are
 * checked from the header, before pixels are allocated. */
gboolean decode_picture(const guint8 *bytes, gsize size, struct picture *out,
			GError **error);
