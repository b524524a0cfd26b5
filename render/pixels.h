/* pixels.h - what is done to coverage (A8 image surfaces) byte by byte. */
#pragma once

#include <cairo.h>
#include <glib.h>

/* Clears every pixel too faint to be seen (so that it does not make a
 * caption's box larger) and returns the smallest rectangle that holds the
 * others; 0 × 0 where there are none. A8 or ARGB32. */
cairo_rectangle_int_t pixels_trim(cairo_surface_t *surface);

/* Rows of so many bytes are filled up with zeros, so that they can be added
 * sixteen bytes at a time and no rest. */
#define PIXELS_FILLED(n_bytes) (((n_bytes) + 15) & ~15)

/* Adds rows of bytes, saturating. Sums and not the larger of two:
 * where glyphs meet within a pixel, their parts of it make it whole. */
struct pixels_rows {
	const guint8 *data;
	gsize stride;
	int n_bytes, n_rows;
};
void pixels_add_rows(guint8 *out, gsize out_stride,
		     const struct pixels_rows *rows);

/* Adds width × height bytes at from to surface (A8) at x, y; what falls outside
 * is left out. stride is PIXELS_FILLED(width) at least, and the bytes between
 * are 0. */
void pixels_add(cairo_surface_t *surface, const guint8 *from, int stride,
		cairo_rectangle_int_t place);

/* Softens surface (A8): three box blurs of radius px each, near to a Gaussian.
 * Ink spreads by 3 × radius at most. */
void pixels_blur(cairo_surface_t *surface, int radius);
