/* decode_formats.h - what decode.c and its decoders, one a file, share.
 *
 * A decoder turns a whole file into a picture as decode.h describes it; out is
 * all zero but for its format, and on failure nothing is left in it. To add a
 * format: one file with such a function, and one row in decode.c's table.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/decode.h"

gboolean decode_gif(const guint8 *bytes, gsize size, struct picture *out,
		    GError **error);
gboolean decode_jpeg(const guint8 *bytes, gsize size, struct picture *out,
		     GError **error);
gboolean decode_png(const guint8 *bytes, gsize size, struct picture *out,
		    GError **error);
gboolean decode_svg(const guint8 *bytes, gsize size, struct picture *out,
		    GError **error);
gboolean decode_webp(const guint8 *bytes, gsize size, struct picture *out,
		     GError **error);

/* Checks a picture's size against limits.h. Error: DECODE_ERROR_LIMIT, or
 * DECODE_ERROR_CORRUPT for an empty side. */
gboolean decode_check_size(gint64 width_px, gint64 height_px, GError **error);

/* A clear surface of a checked size; all of it is transparent or black. */
cairo_surface_t *decode_canvas(gint64 width_px, gint64 height_px,
			       cairo_format_t format, GError **error);

/* Row y of an image surface: 32 bits a pixel, in the machine's byte order. */
guint32 *decode_row(cairo_surface_t *surface, int y);

/* Whether every pixel of an ARGB32 surface is opaque. */
gboolean decode_is_opaque(cairo_surface_t *surface);

/* An RGB24 surface over the pixels of an ARGB32 one, which it takes. */
cairo_surface_t *decode_drop_alpha(cairo_surface_t *surface);

/* Multiplies the colours of a straight ARGB32 surface by their alpha. Takes
 * the surface; returns it, or an RGB24 one over the same pixels when all of
 * them are opaque. */
cairo_surface_t *decode_premultiply(cairo_surface_t *surface);

/* The orientation (1-8) in an EXIF block: a TIFF file that starts with its
 * byte order (CIPA DC-008, 4.6.4.A, tag 0x0112). 1 where it says nothing. */
int decode_exif_orientation(const guint8 *tiff, gsize size);

/* Turns and mirrors the picture so that it stands as an EXIF orientation
 * means. Takes the surface, returns it or a new one; NULL with an error. */
cairo_surface_t *decode_orient(cairo_surface_t *surface, int orientation,
			       GError **error);
