#include "config.h"

#include "render/paint.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/blend.h"
#include "render/coverage.h"
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

static struct blend_layer layer_at(const struct coverage *coverage,
				   cairo_surface_t *surface, struct color color,
				   int x, int y)
{
	struct blend_layer layer;

	if (!surface)
		return blend_no_layer();
	layer.stride = (gsize)cairo_image_surface_get_stride(surface);
	layer.mask = cairo_image_surface_get_data(surface) +
		     (gsize)(y - coverage->box.y) * layer.stride +
		     (x - coverage->box.x);
	layer.color = 0xff000000 | (guint32)color.r << 16 |
		      (guint32)color.g << 8 | color.b;
	return layer;
}

/* A tile that the picture's edge cuts has no columns of its own past it. */
static void blend_at_edge(const struct blend_kernels *kernels,
			  const struct tile *tile,
			  const struct blend_layer layers[BLEND_LAYERS])
{
	guint8 whole[TILE_PX * TILE_PX * 4] = {0};
	gsize size = tile->n_columns * 4;

	for (guint row = 0; row < tile->n_rows; row++)
		memcpy(whole + row * TILE_PX * 4,
		       tile->pixels + row * tile->stride, size);
	kernels->blend(whole, TILE_PX * 4, layers, tile->n_rows);
	for (guint row = 0; row < tile->n_rows; row++)
		memcpy(tile->pixels + row * tile->stride,
		       whole + row * TILE_PX * 4, size);
}

static void paint_tile(struct tiles *tiles, const struct blend_kernels *kernels,
		       const struct blend_layer layers[BLEND_LAYERS], int x,
		       int y)
{
	struct tile tile;

	G_STATIC_ASSERT((int)BLEND_COLUMNS == (int)TILE_PX);
	if (kernels->is_empty(layers, TILE_PX))
		return;
	tile = tiles_take_one(tiles, x, y);
	if (tile.n_columns == TILE_PX)
		kernels->blend(tile.pixels, tile.stride, layers, tile.n_rows);
	else
		blend_at_edge(kernels, &tile, layers);
}

/* Tile by tile, all of it from the nearest cache. */
static void paint_plain(struct tiles *tiles, const struct plan_caption *caption,
			const struct coverage *coverage)
{
	const struct blend_kernels *kernels = blend_kernels_best();
	const cairo_rectangle_int_t *box = &coverage->box;

	for (int y = box->y; y < box->y + box->height; y += TILE_PX)
		for (int x = box->x; x < box->x + box->width; x += TILE_PX) {
			struct blend_layer layers[BLEND_LAYERS] = {
				layer_at(coverage, coverage->outline,
					 caption->outline_color, x, y),
				layer_at(coverage, coverage->fill,
					 caption->color, x, y),
			};

			paint_tile(tiles, kernels, layers, x, y);
		}
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
	if (!coverage)
		coverage = drawn = coverage_new(plan, caption, &caption->ink);
	if (coverage->is_plain)
		paint_plain(tiles, caption, coverage);
	else
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
