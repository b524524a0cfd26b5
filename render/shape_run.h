/* shape_run.h - shaped pieces of a line, as Pango has them, and their ink.
 * Inside of shape.h: shape_run.c measures them, shape_cells.c makes wrap.h's
 * cells of them, shape.c lines.
 */
#pragma once

#include <glib.h>
#include <pango/pango.h>

#include "render/typeface.h"

/* A line of the text as it was given. */
struct paragraph {
	const char *text; /* the shape's */
	int size;
	GPtrArray *items; /* PangoItem, in logical order */
	GPtrArray *runs;  /* PangoGlyphString of each */
};

/* In em. Ascent and descent are from the baseline, and may be negative. */
struct ink {
	double left, right, ascent, descent;
	gboolean is_empty;
};

/* Nothing, and a place to break; at the end of a line, a hyphen. */
#define SHAPE_SOFT_HYPHEN 0xad

/* Pango's units to em. */
#define SHAPE_EM_PER_UNIT (1.0 / (TYPEFACE_EM_PX * PANGO_SCALE))

/* No font has the character that this glyph stands for. */
gboolean shape_is_missing(PangoGlyph glyph);

/* Shapes an item, or what is left of one, in its paragraph's context. The
 * caller frees the run. Adds the characters that no font has to n_missing. */
PangoGlyphString *shape_run_new(const struct paragraph *paragraph,
				const PangoItem *item, guint *n_missing);

/* Widens ink by a glyph with its origin at x, y. */
void shape_ink_add(struct ink *ink, PangoFont *font, PangoGlyph glyph, double x,
		   double y);

/* The ink of a run's glyphs [first, end), from the origin of the first. */
struct ink shape_run_ink(PangoFont *font, const PangoGlyphString *run,
			 int first, int end);

/* The glyph that is shown where a line ends with a soft hyphen, and its
 * advance. FALSE: the font has none. */
gboolean shape_hyphen(PangoFont *font, PangoGlyph *out_glyph,
		      double *out_advance_em);

/* Appends the paragraph's cells (struct wrap_cell). base is the paragraph's
 * offset in the text. */
void shape_cells(const struct paragraph *paragraph, guint base, GArray *cells);
