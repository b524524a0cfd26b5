/* blend.h - colours laid over pixels through masks, a tile at a time.
 *
 * What cairo_mask_surface() does with an opaque colour, to the bit, but for all
 * layers in one pass, and without a look at pixels that a layer hides: half of
 * what letters cover is inside of them.
 */
#pragma once

#include <glib.h>

enum {
	BLEND_LAYERS = 2,
	BLEND_COLUMNS = 16,
};

struct blend_layer {
	const guint8 *mask; /* BLEND_COLUMNS bytes a row */
	gsize stride;
	guint32 color; /* as a pixel; opaque */
};

struct blend_kernels {
	/* Whether the layers' rows cover nothing. */
	gboolean (*is_empty)(const struct blend_layer layers[BLEND_LAYERS],
			     guint n_rows);

	/* Lays the layers over rows of BLEND_COLUMNS premultiplied pixels, one
	 * after the other: the last one is on top. */
	void (*blend)(guint8 *pixels, gsize stride,
		      const struct blend_layer layers[BLEND_LAYERS],
		      guint n_rows);
};

/* Plain C, and the fastest that this processor can run. */
const struct blend_kernels *blend_kernels_plain(void);
const struct blend_kernels *blend_kernels_best(void);

#if defined(__x86_64__)
extern const struct blend_kernels blend_kernels_avx2;
#endif
