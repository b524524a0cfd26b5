/* gif_ink.h - the pixels that captions touch in an animation, in one list.
 *
 * Ink pixels are numbered row by row; everything known of them (what the
 * template shows there, what the answer shows) is an array over these numbers.
 */
#pragma once

#include <glib.h>

#include "render/gif.h"
#include "render/gif_color.h"

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

/* Both premultiplied; x × y / 255, rounded, for two channels at a time. */
static inline guint32 gif_ink_blend(guint32 top, guint32 bottom)
{
	guint32 rest = 255 - (top >> 24);
	guint32 rb = (bottom & 0xff00ff) * rest + 0x800080;
	guint32 ag = (bottom >> 8 & 0xff00ff) * rest + 0x800080;

	rb = (rb + (rb >> 8 & 0xff00ff)) >> 8 & 0xff00ff;
	ag = (ag + (ag >> 8 & 0xff00ff)) & 0xff00ff00;
	return top + (rb | ag);
}

/* A caption's pixel over what is below, 0xffRRGGBB, or 0 where nothing shows:
 * there half-transparent ink is opaque or gone. */
static inline guint32 gif_ink_over(guint32 caption, guint32 under)
{
	return under == 0 ? gif_color_to_opaque(caption)
			  : gif_ink_blend(caption, under);
}
