/* png_check.h - for tests: is it PNG, and which pixels does it hold? */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"

/* Asserts that size bytes at data are one well-formed PNG file: order and CRC
 * of the chunks, a zlib stream across the IDATs that ends with them, and what
 * libpng says. Returns red, green, blue, alpha, a byte each, by libpng. The
 * caller frees it. */
guint8 *png_check_decode(const guint8 *data, gsize size, int *out_width_px,
			 int *out_height_px);

/* Asserts that the chain holds such a file, of exactly the surface's pixels. */
void png_check_chain(const struct chain *chain, cairo_surface_t *surface);

/* The file's colour type. */
int png_check_color_type(const struct chain *chain);

/* What the pixels of size bytes would be without a filter or a compressor of
 * ours: libpng's file at its default level. */
gsize png_check_libpng_size(cairo_surface_t *surface);
