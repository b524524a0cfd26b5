/* png.h - PNG out: whole pictures, and templates compressed in bands.
 *
 * A band is a number of whole rows whose first row is filtered without looking
 * up (filter None or Sub), compressed on its own and closed on a byte boundary
 * by a full flush (RFC 1951, 3.2.4; RFC 1950), stored as one IDAT chunk with
 * its CRC and its Adler-32. An answer copies the bands that no damage touches
 * and makes the others anew; the Adler-32 of the whole is combined from theirs.
 *
 * Colour types: grey where every pixel is a grey, a palette where there are at
 * most 256 colours, else RGB, or RGBA for ARGB32. Each holds the pixels
 * exactly. A section has its picture as RGB or RGBA, and the narrower type
 * beside it where that is smaller: a caption in greys on a grey picture stays
 * grey, but the blends at a caption's edges are too many for a palette, so that
 * one serves the blank picture only.
 *
 * Files stay within 1.1 times libpng's size at its default level. On eighteen
 * photographs and drawings, with text in letters an eighth of the height, spliced
 * ones came out at 0.74 to 1.05 times it, whole ones at 0.72 to 1.08.
 *
 * Colours leave ARGB32's premultiplied form as in Cairo's own PNG files,
 * (c × 255 + a / 2) / a: the source's, as far as eight bits kept them.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"

#define PNG_ENCODE_ERROR (png_encode_error_quark())
GQuark png_encode_error_quark(void);
enum png_encode_error {
	PNG_ENCODE_ERROR_ENCODE,  /* the surface: its format, its size */
	PNG_ENCODE_ERROR_SECTION, /* not a section of ours */
};

/* Encodes the surface (RGB24 or ARGB32) in the smallest colour type that holds
 * it. Appends to out. */
gboolean png_encode(cairo_surface_t *surface, struct chain *out,
		    GError **error);

/* Makes a template's section from its pixels: a few tenths of a second for a
 * picture as they are shared, half a minute for one of 64 million pixels. */
GBytes *png_section_new(cairo_surface_t *surface, GError **error);

/* The same in little more time than png_encode() takes, and somewhat larger:
 * for a section that is made while somebody waits. */
GBytes *png_section_new_fast(cairo_surface_t *surface, GError **error);

/* Checks size bytes at data, whole, against the picture's size. What it
 * accepts, png_splice may trust. */
gboolean png_section_check(const guint8 *data, gsize size, int width_px,
			   int height_px, GError **error);

/* The pixels that png_splice will read when damage is painted. A new region. */
cairo_region_t *png_section_reads(const guint8 *data, gsize size,
				  const cairo_region_t *damage);

/* Appends the picture: bands that damage touches are made from painted (of
 * which only png_section_reads() is read), the others borrowed from data.
 * data must outlive out. On failure out is untouched. */
gboolean png_splice(const guint8 *data, gsize size, cairo_surface_t *painted,
		    const cairo_region_t *damage, struct chain *out,
		    GError **error);
