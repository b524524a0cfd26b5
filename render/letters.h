/* letters.h - text put together from kept masks.
 *
 * Nearly every caption is plain: upright, of ordinary size, in one opaque
 * colour with or without an outline of another. Its letters are laid over the
 * picture by tiles, a row of tiles at a time, and no layer as large as the
 * caption is ever made. coverage.c has the others.
 */
#pragma once

#include "render/masks.h"
#include "render/plan.h"
#include "render/tiles.h"

gboolean letters_use_masks(const struct plan_caption *caption);

gboolean letters_is_picture(const struct plan_glyph *glyph);

/* The kept mask of a glyph; its origin's pixel goes to x, y. As masks_get(). */
const struct mask *letters_mask(const struct plan *plan,
				const struct plan_caption *caption,
				const struct plan_glyph *glyph,
				enum mask_kind kind, int *x, int *y);

/* The caption's letters with their masks, for caption->letters; NULL where it
 * is not plain. Freed by g_array_unref. */
GArray *letters_new(const struct plan *plan,
		    const struct plan_caption *caption);

/* The smallest rectangle that holds them; it may reach over the picture. */
cairo_rectangle_int_t letters_box(const GArray *letters);

/* Paints a plain caption; its ink is known. */
void letters_paint(const struct plan_caption *caption, struct tiles *tiles);
