#include "config.h"

#include "render/place.h"

#include <math.h>

/* Glyphs stand at whole pixels downwards, and across at fractions that get
 * coarser as the text gets larger: as few as look right, since each is a mask
 * of its own to draw and to keep. */
static int fractions_of(double size_px)
{
	if (size_px < 32)
		return 4;
	return size_px < 128 ? 2 : 1;
}

/* Where a line's origin goes so that its ink stands left, right or centred. */
static double line_origin(const struct caption *caption, const struct fit *fit,
			  const struct shape_line *line,
			  const cairo_rectangle_int_t *area)
{
	double left = area->x + fit->look.left_px + 0.5;
	double right = area->x + area->width - fit->look.right_px - 0.5;
	double ink_left = line->left_em * fit->size_px;
	double ink_right = line->right_em * fit->size_px;

	switch (caption->halign) {
	case CAPTION_HALIGN_LEFT:
		return left - ink_left;
	case CAPTION_HALIGN_RIGHT:
		return right - ink_right;
	case CAPTION_HALIGN_CENTER:
		break;
	}
	return (left + right - ink_left - ink_right) / 2;
}

static int block_top(const struct caption *caption, const struct fit *fit,
		     const cairo_rectangle_int_t *area)
{
	int room = area->height - fit->height_px;

	switch (caption->valign) {
	case CAPTION_VALIGN_TOP:
		return area->y;
	case CAPTION_VALIGN_BOTTOM:
		return area->y + room;
	case CAPTION_VALIGN_MIDDLE:
		break;
	}
	return area->y + (int)floor(room / 2.0);
}

static void place_line(const struct fit *fit, const struct shape_line *line,
		       double x, int baseline, struct plan_caption *out)
{
	int fractions = fractions_of(fit->size_px);

	for (guint i = 0; i < line->glyphs->len; i++) {
		const struct shape_glyph *from =
			&g_array_index(line->glyphs, struct shape_glyph, i);
		double exact = x + from->x_em * fit->size_px;
		struct plan_glyph glyph = {
			.face = from->face,
			.glyph = from->glyph,
			.x_px = round(exact * fractions) / fractions,
			.y_px = baseline + round(from->y_em * fit->size_px),
		};

		g_array_append_val(out->glyphs, glyph);
	}
}

/* The box behind lines whose ink spans these pixels. */
static void place_background(const struct fit *fit, double left, double right,
			     double top, double bottom,
			     struct plan_caption *out)
{
	double x_px = fit->look.outline_px + fit->look.background_x_px;
	double y_px = fit->look.outline_px + fit->look.background_y_px;
	cairo_rectangle_int_t *box = &out->background;

	box->x = (int)floor(left - x_px);
	box->y = (int)floor(top - y_px);
	box->width = (int)ceil(right + x_px) - box->x;
	box->height = (int)ceil(bottom + y_px) - box->y;
	out->background_radius_px = MIN(fit->look.background_radius_px,
					MIN(box->width, box->height) / 2.0);
	out->has_background = TRUE;
}

static void place_lines(const struct caption *caption, const struct fit *fit,
			struct plan_caption *out)
{
	int baseline = block_top(caption, fit, &out->area) + fit->ascent_px;
	double left = G_MAXDOUBLE, right = -G_MAXDOUBLE;
	double top = G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

	for (guint i = 0; i < fit->lines->len; i++, baseline += fit->pitch_px) {
		const struct shape_line *line =
			&g_array_index(fit->lines, struct shape_line, i);
		double x = line_origin(caption, fit, line, &out->area);

		place_line(fit, line, x, baseline, out);
		if (!line->has_ink)
			continue;
		left = MIN(left, x + line->left_em * fit->size_px);
		right = MAX(right, x + line->right_em * fit->size_px);
		top = MIN(top, baseline - line->ascent_em * fit->size_px);
		bottom =
			MAX(bottom, baseline + line->descent_em * fit->size_px);
	}
	if (caption->has_background && right > left)
		place_background(fit, left, right, top, bottom, out);
}

static char **line_texts(const struct fit *fit)
{
	char **texts = g_new0(char *, fit->lines->len + 1);

	for (guint i = 0; i < fit->lines->len; i++)
		texts[i] = g_strdup(
			g_array_index(fit->lines, struct shape_line, i).text);
	return texts;
}

void place_text(const struct caption *caption, const struct fit *fit,
		struct plan_caption *out)
{
	out->glyphs = g_array_new(FALSE, FALSE, sizeof(struct plan_glyph));
	out->lines = line_texts(fit);
	out->size_px = fit->size_px;
	out->outline_px = fit->look.outline_px;
	out->angle_rad = caption->angle_deg * G_PI / 180;
	out->is_clipped = caption->size != CAPTION_SIZE_PX;
	out->has_shadow = caption->has_shadow;
	out->shadow = fit->look.shadow;
	out->color = caption->color;
	out->outline_color = caption->outline;
	out->shadow_color = caption->shadow;
	out->background_color = caption->background;
	out->opacity = caption->opacity;
	out->start = caption->start;
	out->stop = caption->stop;
	place_lines(caption, fit, out);
}
