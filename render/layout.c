#include "config.h"

#include "render/layout.h"

#include <math.h>

#include "render/coverage.h"
#include "render/place.h"
#include "render/plan.h"

G_DEFINE_QUARK(layout - error - quark, layout_error)

#define MARGIN_PART   0.02
#define MARGIN_MAX_PX 16

enum { N_SIDES = 3 };

struct layout {
	const struct macro *macro;
	struct plan *plan;
	struct fit *fits; /* of the macro's captions */
	gint64 deadline_us;
	int margin_x_px, margin_y_px;
};

static int margin_of(int side_px)
{
	return (int)MIN(MARGIN_MAX_PX, floor(side_px * MARGIN_PART));
}

static gboolean is_on_time(const struct layout *layout, GError **error)
{
	if (layout->deadline_us == 0 ||
	    g_get_monotonic_time() < layout->deadline_us)
		return TRUE;
	g_set_error_literal(error, LAYOUT_ERROR, LAYOUT_ERROR_DEADLINE,
			    "the deadline passed during layout");
	return FALSE;
}

/* Shapes the caption's text and finds its size within width × height. */
static gboolean fit_caption(struct layout *layout, gsize i, int width_px,
			    int height_px, GError **error)
{
	const struct caption *caption = &layout->macro->captions[i];
	struct plan *plan = layout->plan;
	const struct fit_room room = {width_px, height_px, plan->height_px};
	g_autofree char *text = NULL;
	g_autoptr(shape_auto) shape = NULL;
	const struct typeface *typeface;

	if (!is_on_time(layout, error))
		return FALSE;
	text = text_to_case(caption->text, caption->text_case);
	typeface = fonts_typeface(plan->fonts, caption->font,
				  shape_han_of(text), error);
	if (!typeface)
		return FALSE;
	plan->captions[i].font_name = typeface->name;
	shape = shape_new(plan->fonts, typeface, text);
	fit_text(caption, shape, &room, typeface->cap_height_em,
		 &layout->fits[i]);
	return TRUE;
}

static void place_caption(struct layout *layout, gsize i)
{
	struct plan_caption *caption = &layout->plan->captions[i];

	place_text(&layout->macro->captions[i], &layout->fits[i], caption);
	caption->ink = coverage_ink(layout->plan, caption);
}

/* The whole pixels inside a fraction of a side; where it holds none, the one
 * that it begins in. */
static void snap(double start, double size, int side_px, int *out_start,
		 int *out_size)
{
	int first = (int)ceil(start * side_px - 1e-6);
	int end = (int)floor((start + size) * side_px + 1e-6);

	if (end <= first)
		first = (int)floor(start * side_px);
	*out_start = CLAMP(first, 0, side_px - 1);
	*out_size = CLAMP(end - *out_start, 1, side_px - *out_start);
}

static gboolean lay_out_area(struct layout *layout, gsize i, GError **error)
{
	const struct caption *caption = &layout->macro->captions[i];
	struct plan *plan = layout->plan;
	cairo_rectangle_int_t *area = &plan->captions[i].area;

	snap(caption->x, caption->w, plan->width_px, &area->x, &area->width);
	snap(caption->y, caption->h, plan->height_px, &area->y, &area->height);
	if (!fit_caption(layout, i, area->width, area->height, error))
		return FALSE;
	place_caption(layout, i);
	return TRUE;
}

/* The captions without an area of their own that stand on one side. */
struct side {
	guint *members; /* places in the macro */
	guint n, n_fixed;
	int top_px, bottom_px; /* their share of the picture's height */
};

static gboolean is_fixed(const struct layout *layout, guint i)
{
	return layout->macro->captions[i].size == CAPTION_SIZE_PX;
}

static void find_members(const struct layout *layout,
			 enum caption_valign valign, struct side *side)
{
	side->members = g_new0(guint, layout->macro->n_captions);
	for (guint i = 0; i < layout->macro->n_captions; i++) {
		const struct caption *caption = &layout->macro->captions[i];

		if (caption->has_area || caption->valign != valign)
			continue;
		side->members[side->n++] = i;
		if (is_fixed(layout, i))
			side->n_fixed++;
	}
}

static int height_of(const struct layout *layout, const struct side *side)
{
	int height = 0;

	for (guint i = 0; i < side->n; i++)
		height += layout->fits[side->members[i]].height_px;
	return height;
}

static int text_width(const struct layout *layout)
{
	return MAX(1, layout->plan->width_px - 2 * layout->margin_x_px);
}

/* A caption of a fixed size takes the height it needs; the others share what
 * is left, each in turn an equal part of what those before it left over. */
static gboolean fit_side(struct layout *layout, const struct side *side,
			 GError **error)
{
	int left_px = MAX(1, side->bottom_px - side->top_px);
	guint n_left = side->n - side->n_fixed;

	for (guint i = 0; i < side->n; i++) {
		guint member = side->members[i];

		if (!is_fixed(layout, member))
			continue;
		if (!fit_caption(layout, member, text_width(layout), left_px,
				 error))
			return FALSE;
		left_px -= layout->fits[member].height_px;
	}
	for (guint i = 0; i < side->n; i++) {
		guint member = side->members[i];
		int part_px;

		if (is_fixed(layout, member))
			continue;
		part_px = MAX(1, left_px / (int)n_left);
		n_left--;
		if (!fit_caption(layout, member, text_width(layout), part_px,
				 error))
			return FALSE;
		left_px -= layout->fits[member].height_px;
	}
	return TRUE;
}

/* Stacks the side's captions, as a block at its end of the share. */
static void stack_side(struct layout *layout, const struct side *side,
		       enum caption_valign valign)
{
	int room = side->bottom_px - side->top_px - height_of(layout, side);
	int y = side->top_px;

	if (valign == CAPTION_VALIGN_BOTTOM)
		y += room;
	else if (valign == CAPTION_VALIGN_MIDDLE)
		y += (int)floor(room / 2.0);
	for (guint i = 0; i < side->n; i++) {
		guint member = side->members[i];
		int height = layout->fits[member].height_px;

		layout->plan->captions[member].area = (cairo_rectangle_int_t){
			layout->margin_x_px, y, text_width(layout), height};
		place_caption(layout, member);
		y += height;
	}
}

/* Where two sides are used, each has a half of the height. The middle's half
 * is centred on the picture, less what the other side's captions took. */
static void share_height(const struct layout *layout, struct side sides[],
			 int n_used)
{
	int top = layout->margin_y_px;
	int bottom = MAX(top + 1, layout->plan->height_px - top);
	int part = MAX(1, (bottom - top) / MAX(1, n_used));
	struct side *middle = &sides[CAPTION_VALIGN_MIDDLE];

	sides[CAPTION_VALIGN_TOP].top_px = top;
	sides[CAPTION_VALIGN_TOP].bottom_px = top + part;
	sides[CAPTION_VALIGN_BOTTOM].top_px = bottom - part;
	sides[CAPTION_VALIGN_BOTTOM].bottom_px = bottom;
	middle->top_px = top + (bottom - top - part) / 2;
	middle->bottom_px = middle->top_px + part;
}

static void give_way(const struct layout *layout, struct side sides[])
{
	struct side *middle = &sides[CAPTION_VALIGN_MIDDLE];
	const struct side *top = &sides[CAPTION_VALIGN_TOP];
	const struct side *bottom = &sides[CAPTION_VALIGN_BOTTOM];

	if (top->n > 0)
		middle->top_px = MAX(middle->top_px,
				     top->top_px + height_of(layout, top));
	if (bottom->n > 0)
		middle->bottom_px =
			MIN(middle->bottom_px,
			    bottom->bottom_px - height_of(layout, bottom));
}

static gboolean lay_out_side(struct layout *layout, struct side sides[],
			     enum caption_valign valign, GError **error)
{
	if (valign == CAPTION_VALIGN_MIDDLE)
		give_way(layout, sides);
	if (!fit_side(layout, &sides[valign], error))
		return FALSE;
	stack_side(layout, &sides[valign], valign);
	return TRUE;
}

static gboolean lay_out_sides(struct layout *layout, GError **error)
{
	static const enum caption_valign order[N_SIDES] = {
		CAPTION_VALIGN_TOP, CAPTION_VALIGN_BOTTOM,
		CAPTION_VALIGN_MIDDLE};
	struct side sides[N_SIDES] = {0};
	gboolean is_ok = TRUE;
	int n_used = 0;

	for (int i = 0; i < N_SIDES; i++) {
		find_members(layout, (enum caption_valign)i, &sides[i]);
		n_used += sides[i].n > 0;
	}
	share_height(layout, sides, n_used);
	for (int i = 0; i < N_SIDES && is_ok; i++)
		is_ok = lay_out_side(layout, sides, order[i], error);
	for (int i = 0; i < N_SIDES; i++)
		g_free(sides[i].members);
	return is_ok;
}

static gboolean lay_out(struct layout *layout, GError **error)
{
	for (gsize i = 0; i < layout->macro->n_captions; i++)
		if (layout->macro->captions[i].has_area &&
		    !lay_out_area(layout, i, error))
			return FALSE;
	return lay_out_sides(layout, error);
}

struct plan *layout_plan(const struct macro *macro, int width_px, int height_px,
			 struct fonts *fonts, gint64 deadline_us,
			 GError **error)
{
	g_autoptr(plan_auto) plan = g_new0(struct plan, 1);
	struct layout layout = {
		.macro = macro,
		.plan = plan,
		.deadline_us = deadline_us,
		.margin_x_px = margin_of(width_px),
		.margin_y_px = margin_of(height_px),
	};
	gboolean is_ok;

	plan->width_px = width_px;
	plan->height_px = height_px;
	plan->fonts = fonts;
	plan->n_captions = macro->n_captions;
	plan->captions = g_new0(struct plan_caption, macro->n_captions);
	layout.fits = g_new0(struct fit, macro->n_captions);
	is_ok = lay_out(&layout, error);
	for (gsize i = 0; i < macro->n_captions; i++)
		fit_fini(&layout.fits[i]);
	g_free(layout.fits);
	return is_ok ? g_steal_pointer(&plan) : NULL;
}
