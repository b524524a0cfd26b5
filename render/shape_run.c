#include "config.h"

#include "render/shape_run.h"

#include <hb.h>

#include "render/shape.h"

gboolean shape_is_missing(PangoGlyph glyph)
{
	return glyph != PANGO_GLYPH_EMPTY && (glyph & PANGO_GLYPH_UNKNOWN_FLAG);
}

/* Pango's own box for a missing character asks for a font of digits to write
 * the code point with; ours is plain. Returns the number of boxes. */
static guint box_missing(PangoGlyphString *run)
{
	guint n = 0;

	for (int i = 0; i < run->num_glyphs; i++) {
		PangoGlyphInfo *info = &run->glyphs[i];

		if (!shape_is_missing(info->glyph))
			continue;
		info->geometry.width =
			(int)(SHAPE_BOX_ADVANCE_EM / SHAPE_EM_PER_UNIT);
		info->geometry.x_offset = info->geometry.y_offset = 0;
		n++;
	}
	return n;
}

PangoGlyphString *shape_run_new(const struct paragraph *paragraph,
				const PangoItem *item, guint *n_missing)
{
	PangoGlyphString *run = pango_glyph_string_new();

	pango_shape_with_flags(paragraph->text + item->offset, item->length,
			       paragraph->text, paragraph->size,
			       &item->analysis, run, PANGO_SHAPE_NONE);
	*n_missing += box_missing(run);
	return run;
}

static void ink_add(struct ink *ink, double left, double right, double ascent,
		    double descent)
{
	if (ink->is_empty) {
		*ink = (struct ink){left, right, ascent, descent, FALSE};
		return;
	}
	ink->left = MIN(ink->left, left);
	ink->right = MAX(ink->right, right);
	ink->ascent = MAX(ink->ascent, ascent);
	ink->descent = MAX(ink->descent, descent);
}

void shape_ink_add(struct ink *ink, PangoFont *font, PangoGlyph glyph, double x,
		   double y)
{
	hb_font_t *hb = pango_font_get_hb_font(font);
	hb_glyph_extents_t extents;
	int x_scale, y_scale;
	double left, top;

	if (shape_is_missing(glyph)) {
		ink_add(ink, x + SHAPE_BOX_LEFT_EM, x + SHAPE_BOX_RIGHT_EM,
			SHAPE_BOX_HEIGHT_EM - y, y);
		return;
	}
	hb_font_get_scale(hb, &x_scale, &y_scale);
	if (glyph == PANGO_GLYPH_EMPTY ||
	    !hb_font_get_glyph_extents(hb, glyph, &extents) ||
	    extents.width == 0 || extents.height == 0)
		return;
	left = x + (double)extents.x_bearing / x_scale;
	top = y - (double)extents.y_bearing / y_scale;
	ink_add(ink, left, left + (double)extents.width / x_scale, -top,
		top - (double)extents.height / y_scale);
}

struct ink shape_run_ink(PangoFont *font, const PangoGlyphString *run,
			 int first, int end)
{
	struct ink ink = {.is_empty = TRUE};
	double x = 0;

	for (int i = first; i < end; i++) {
		const PangoGlyphGeometry *g = &run->glyphs[i].geometry;

		shape_ink_add(&ink, font, run->glyphs[i].glyph,
			      x + g->x_offset * SHAPE_EM_PER_UNIT,
			      g->y_offset * SHAPE_EM_PER_UNIT);
		x += g->width * SHAPE_EM_PER_UNIT;
	}
	return ink;
}

gboolean shape_hyphen(PangoFont *font, PangoGlyph *out_glyph,
		      double *out_advance_em)
{
	hb_font_t *hb = pango_font_get_hb_font(font);
	hb_codepoint_t glyph;
	int x_scale, y_scale;

	if (!hb_font_get_nominal_glyph(hb, 0x2010, &glyph) &&
	    !hb_font_get_nominal_glyph(hb, '-', &glyph))
		return FALSE;
	hb_font_get_scale(hb, &x_scale, &y_scale);
	*out_glyph = glyph;
	*out_advance_em =
		(double)hb_font_get_glyph_h_advance(hb, glyph) / x_scale;
	return TRUE;
}
