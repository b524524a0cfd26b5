/* shape.h - a text itemised and shaped once, in em.
 *
 * What comes out holds at every size. Only the pieces of a line that a break
 * cuts out of an item are shaped again, so that ligatures, kerning, joining
 * and the order of mixed directions are what Pango itself lays out.
 */
#pragma once

#include <glib.h>

#include "render/typeface.h"
#include "render/wrap.h"

struct shape;

/* Shapes text, valid UTF-8 with LF between its lines. The typeface is not kept;
 * characters that no font has are counted in fonts. */
struct shape *shape_new(struct fonts *fonts, const struct typeface *typeface,
			const char *text);
void shape_free(struct shape *shape);
typedef struct shape shape_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(shape_auto, shape_free)

/* The text's cells, the shape's. */
const struct wrap *shape_wrap(const struct shape *shape);

/* Which Han face a text asks for: kana speak for Japanese, hangul for Korean,
 * else it is Chinese. */
enum han shape_han_of(const char *text);

struct shape_glyph {
	struct font_face *face; /* NULL: the box for a missing character */
	guint32 glyph;
	double x_em, y_em; /* of its origin; y down, the baseline is 0 */
};

/* The box: what stands for a character that no font has, in em. */
#define SHAPE_BOX_ADVANCE_EM 0.62
#define SHAPE_BOX_LEFT_EM    0.07
#define SHAPE_BOX_RIGHT_EM   0.55
#define SHAPE_BOX_HEIGHT_EM  0.70
#define SHAPE_BOX_STROKE_EM  0.09

struct shape_line {
	GArray *glyphs; /* struct shape_glyph, left to right; the caller's */
	gboolean has_ink;
	double left_em, right_em, ascent_em, descent_em; /* of the ink */
	char *text;					 /* the caller's */
};

/* Places the glyphs of one line of cells. The line begins at x 0. */
void shape_line(struct shape *shape, const struct wrap_line *line,
		struct shape_line *out);
