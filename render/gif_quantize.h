/* gif_quantize.h - at most 256 colours for a picture. */
#pragma once

#include <glib.h>

/* Chooses colours for n pixels: 0xffRRGGBB, or 0 for those that do not count.
 * Where they have no more than max_colors (1-256) they get exactly those, in
 * the order of their coming; else the picture's colours are cut into boxes of
 * little variance (X. Wu, Color Quantization by Dynamic Programming and
 * Principal Analysis, 1992; the greedy form) whose means are then moved to
 * where they serve best. Writes 0xffRRGGBB values to out_colors and returns
 * how many; at least 1. */
guint gif_quantize(const guint32 *pixels, gsize n, guint max_colors,
		   guint32 *out_colors);

/* Maps pixels as above to the nearest of n_colors, and those that do not count
 * to transparent. A pixel whose very colour is there gets that one. */
void gif_quantize_map(const guint32 *pixels, gsize n, const guint32 *colors,
		      guint n_colors, guint transparent, guint8 *out_indices);
