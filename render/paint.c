#include "config.h"

#include "render/paint.h"

#include "render/autoptr.h"
#include "render/coverage.h"
#include "render/letters.h"
#include "render/plan.h"

static void set_color(cairo_t *cr, struct color color)
{
	cairo_set_source_rgba(cr, color.r / 255.0, color.g / 255.0,
			      color.b / 255.0, color.a / 255.0);
}

static void paint_layer(cairo_t *cr, cairo_surface_t *layer,
			const struct coverage *coverage, struct color color)
{
	if (!layer)
		return;
	set_color(cr, color);
	cairo_mask_surface(cr, layer, coverage->box.x, coverage->box.y);
}

/* From the bottom up: an outline lies under every fill of its caption, so that
 * no letter's outline eats its neighbour. */
static void paint_layers(cairo_t *cr, const struct plan_caption *caption,
			 const struct coverage *coverage)
{
	paint_layer(cr, coverage->background, coverage,
		    caption->background_color);
	paint_layer(cr, coverage->shadow, coverage, caption->shadow_color);
	paint_layer(cr, coverage->outline, coverage, caption->outline_color);
	paint_layer(cr, coverage->fill, coverage, caption->color);
	if (coverage->pictures) {
		cairo_set_source_surface(cr, coverage->pictures,
					 coverage->box.x, coverage->box.y);
		cairo_paint(cr);
	}
}

/* Opacity is the caption's as a whole: through half of it one sees the picture,
 * not the outline under the fill. */
static void paint_group(cairo_t *cr, const struct plan_caption *caption,
			const struct coverage *coverage)
{
	const cairo_rectangle_int_t *box = &coverage->box;
	g_autoptr(cairo_surface_t) group = cairo_image_surface_create(
		CAIRO_FORMAT_ARGB32, box->width, box->height);
	g_autoptr(cairo_t) into = cairo_create(group);

	cairo_translate(into, -box->x, -box->y);
	paint_layers(into, caption, coverage);
	cairo_set_source_surface(cr, group, box->x, box->y);
	cairo_paint_with_alpha(cr, caption->opacity);
}

static void paint_by_cairo(struct tiles *tiles,
			   const struct plan_caption *caption,
			   const struct coverage *coverage)
{
	g_autoptr(cairo_t) cr = NULL;

	tiles_take(tiles, &caption->ink);
	cr = cairo_create(tiles_surface(tiles));
	if (caption->opacity < 1)
		paint_group(cr, caption, coverage);
	else
		paint_layers(cr, caption, coverage);
	cairo_surface_flush(tiles_surface(tiles));
}

static void paint_caption(struct tiles *tiles, const struct plan *plan,
			  const struct plan_caption *caption)
{
	g_autoptr(coverage_auto) drawn = NULL;
	const struct coverage *coverage = caption->coverage;

	if (caption->ink.width == 0 || caption->ink.height == 0)
		return;
	if (caption->letters) {
		letters_paint(caption, tiles);
		return;
	}
	if (!coverage)
		coverage = drawn = coverage_new(plan, caption, &caption->ink);
	paint_by_cairo(tiles, caption, coverage);
}

void paint_plan_caption(const struct plan *plan, gsize i, struct tiles *tiles)
{
	g_assert(i < plan->n_captions);
	paint_caption(tiles, plan, &plan->captions[i]);
	cairo_surface_mark_dirty(tiles_surface(tiles));
}

void paint_plan_tiles(const struct plan *plan, struct tiles *tiles)
{
	for (gsize i = 0; i < plan->n_captions; i++)
		paint_plan_caption(plan, i, tiles);
}

void paint_plan(const struct plan *plan, cairo_surface_t *target)
{
	g_autoptr(tiles_auto) tiles = tiles_new(target, NULL);

	paint_plan_tiles(plan, tiles);
}
