/* masks.h - glyphs as pixels, made once and kept.
 *
 * A mask is a glyph's fill, or its outline with the fill, as coverage; a glyph
 * that is a picture (emoji) is one in its own colours. Stroking the same
 * letters again for each caption is where the time of painting went.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/font_files.h"

struct masks;

enum mask_kind {
	MASK_FILL,
	MASK_OUTLINE, /* the stroke and all that is inside it */
	MASK_PICTURE,
};

/* What a mask shows. Sizes in 64ths of a pixel; compared as bytes, so that it
 * has no gaps. */
struct mask_key {
	struct font_face *face; /* NULL: the box for a missing character */
	guint32 glyph;
	guint32 size_64ths;
	guint16 outline_64ths; /* MASK_OUTLINE only, else 0 */
	guint16 kind;	       /* enum mask_kind */
	guint32 x_64ths;       /* the origin's place within its pixel */
};

/* width × height pixels, whose top left one is at left, top from the pixel of
 * the glyph's origin; A8, or premultiplied ARGB32 for a picture. No row or
 * column at its edges is empty; a glyph without ink is 0 × 0. The bytes between
 * a row's end and stride are 0. */
struct mask {
	struct mask_key key;
	int left, top, width, height, stride;
	guint8 *data;
	guint n_owners; /* the masks, and who took a reference */
};

/* Who keeps a mask for longer than masks_get() promises. */
struct mask *mask_ref(const struct mask *mask);
void mask_unref(struct mask *mask);

/* Keeps at most limit_bytes of masks, the latest used. */
struct masks *masks_new(gsize limit_bytes);
void masks_free(struct masks *masks);

/* Stays the masks', and holds until the next call. */
const struct mask *masks_get(struct masks *masks, const struct mask_key *key);

struct masks_stats {
	guint64 hits, misses;
	gsize size_bytes, limit_bytes;
	guint entries;
};
void masks_get_stats(const struct masks *masks, struct masks_stats *out);

/* Adds a glyph's outline, origin at x, y, to the path of cr. */
void masks_glyph_path(cairo_t *cr, struct font_face *face, guint32 glyph,
		      double size_px, double x, double y);
