#include "config.h"

#include "render/gif_nearest.h"

/* Farther from any colour than any colour is, and 3 × (this + 255)² fits into
 * 23 bits: below it, an entry's number has its own 8. */
#define UNUSED 1000

void gif_nearest_init(struct gif_nearest *nearest)
{
	for (guint i = 0; i < 256; i++) {
		nearest->r[i] = UNUSED;
		nearest->g[i] = UNUSED;
		nearest->b[i] = UNUSED;
	}
}

void gif_nearest_set(struct gif_nearest *nearest, guint i, guint32 color)
{
	nearest->r[i] = color >> 16 & 0xff;
	nearest->g[i] = color >> 8 & 0xff;
	nearest->b[i] = color & 0xff;
}

/* One loop without a branch, and 16-bit differences: this is what the compilers
 * make SIMD code of. */
guint gif_nearest_find(const struct gif_nearest *nearest, guint32 color,
		       guint *out_distance)
{
	gint r = color >> 16 & 0xff, g = color >> 8 & 0xff, b = color & 0xff;
	gint best = G_MAXINT;

	for (gint i = 0; i < 256; i++) {
		gint16 dr = (gint16)(nearest->r[i] - r);
		gint16 dg = (gint16)(nearest->g[i] - g);
		gint16 db = (gint16)(nearest->b[i] - b);
		gint key = (dr * dr + dg * dg + db * db) << 8 | i;

		best = key < best ? key : best;
	}
	*out_distance = (guint)best >> 8;
	return (guint)best & 0xff;
}
