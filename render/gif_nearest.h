/* gif_nearest.h - the palette entry nearest to a colour. */
#pragma once

#include <glib.h>

/* Channels apart, so that the compiler compares several entries at a time. */
struct gif_nearest {
	gint16 r[256], g[256], b[256];
};

/* No entry is used. */
void gif_nearest_init(struct gif_nearest *nearest);

/* Entry i is now this colour, 0xRRGGBB. */
void gif_nearest_set(struct gif_nearest *nearest, guint i, guint32 color);

/* The entry with the smallest sum of squared channel differences, which is
 * written to out_distance; of equals the first. At least one entry is used. */
guint gif_nearest_find(const struct gif_nearest *nearest, guint32 color,
		       guint *out_distance);
