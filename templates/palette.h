/* palette.h - at most 256 colours for a picture of many.
 *
 * A picture of few colours keeps every one of them exactly; a richer one gets
 * a palette by median cut (Heckbert, SIGGRAPH 1982) over a histogram of five
 * bits a channel, each entry the mean of the pixels that it stands for.
 */
#pragma once

#include <glib.h>

#define PALETTE_MAX 256

struct palette {
	guint count;
	guint8 rgb[PALETTE_MAX][3];
	gboolean is_exact; /* holds every colour of its pixels */
};

/* Chooses at most max colours (2–256) for count pixels of four bytes, of which
 * the first three are red, green and blue. The same pixels give the same
 * palette, its entries in ascending order. */
void palette_choose(const guint8 *pixels, gsize count, guint max,
		    struct palette *out);

/* Writes the index of the nearest entry for each of the count pixels. */
void palette_map(const struct palette *palette, const guint8 *pixels,
		 gsize count, guint8 *out_indices);
