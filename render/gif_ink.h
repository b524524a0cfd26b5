/* gif_ink.h - the pixels that captions touch in an animation, in one list.
 *
 * Ink pixels are numbered row by row; everything known of them (what the
 * template shows there, what the answer shows) is an array over these numbers.
 */
#pragma once

#include <glib.h>

#include "render/gif.h"

struct gif_span {
	guint row, x, n; /* pixels x to x + n - 1 of a row */
	guint at;	 /* the first one's number */
};

struct gif_ink {
	guint n;	  /* ink pixels in all layers together */
	GArray *spans;	  /* struct gif_span, by row, then x */
	guint *row_spans; /* height + 1: the first span in or after a row */
	guint32 *caption; /* n, premultiplied: what lies over the frame */
	guint32 shown;	  /* the set of layers that caption is made of */
};

/* Finds the pixels. At most 32 layers. caption is empty yet. */
struct gif_ink *gif_ink_new(const struct gif_layer *layers, gsize n_layers,
			    guint width, guint height);
void gif_ink_free(struct gif_ink *ink);
typedef struct gif_ink gif_ink_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_ink_auto, gif_ink_free)

/* Makes caption what the layers show on a frame. Returns whether that is not
 * what it was. */
gboolean gif_ink_show(struct gif_ink *ink, const struct gif_layer *layers,
		      gsize n_layers, guint frame);

/* Lays caption over pixels first to end - 1: under and out are 0xffRRGGBB, or 0
 * where nothing shows; half-transparent ink over nothing is opaque or gone. */
void gif_ink_blend(const struct gif_ink *ink, guint first, guint end,
		   const guint32 *under, guint32 *out);
