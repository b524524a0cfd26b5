/* png.h - PNG out: whole pictures, and templates compressed in bands.
 *
 * A band is a number of whole rows whose first row is filtered without looking
 * up (filter None or Sub), compressed on its own and closed on a byte boundary
 * by a full flush (RFC 1951, 3.2.4; RFC 1950), stored as one IDAT chunk with
 * its CRC and its Adler-32. An answer copies the bands that no damage touches
 * and makes the others anew; the Adler-32 of the whole is combined from theirs.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"

#define PNG_ENCODE_ERROR (png_encode_error_quark())
GQuark png_encode_error_quark(void);
enum png_encode_error {
	PNG_ENCODE_ERROR_ENCODE,
	PNG_ENCODE_ERROR_SECTION,	/* not a section of ours */
};

/* Encodes the surface (RGB24 as RGB, ARGB32 as RGBA). Appends to out. */
gboolean png_encode(cairo_surface_t *surface, struct chain *out,
		    GError **error);

/* Makes a template's section from its pixels, as small as time allows. */
GBytes *png_section_new(cairo_surface_t *surface, GError **error);

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
