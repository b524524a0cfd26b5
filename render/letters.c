#include "config.h"

#include "render/letters.h"

#include <math.h>
#include <string.h>

#include "render/blend.h"
#include "render/pixels.h"
#include "render/typeface.h"

/* Larger glyphs would push the others out of the cache, and are so few that
 * drawing them costs little. */
#define MASK_SIZE_MAX_PX 256

/* A letter's masks, where their origin's pixel is. */
struct letter {
	struct mask *outline; /* NULL: none */
	struct mask *fill;
	int x, y;
};

gboolean letters_use_masks(const struct plan_caption *caption)
{
	return fabs(caption->angle_rad) < 1e-6 &&
	       caption->size_px <= MASK_SIZE_MAX_PX;
}

gboolean letters_is_picture(const struct plan_glyph *glyph)
{
	return glyph->face && glyph->face->is_color;
}

const struct mask *letters_mask(const struct plan *plan,
				const struct plan_caption *caption,
				const struct plan_glyph *glyph,
				enum mask_kind kind, int *x, int *y)
{
	double x_px = letters_is_picture(glyph) ? round(glyph->x_px)
						: floor(glyph->x_px);
	struct mask_key key = {
		.face = glyph->face,
		.glyph = glyph->glyph,
		.size_64ths = (guint32)lround(caption->size_px * 64),
		.kind = (guint16)kind,
	};

	if (kind == MASK_OUTLINE)
		key.outline_64ths = (guint16)lround(caption->outline_px * 64);
	if (!letters_is_picture(glyph))
		key.x_64ths = (guint32)((glyph->x_px - x_px) * 64);
	*x = (int)x_px;
	*y = (int)round(glyph->y_px);
	return masks_get(fonts_masks(plan->fonts), &key);
}

static const struct plan_glyph *glyph_at(const struct plan_caption *caption,
					 guint i)
{
	return &g_array_index(caption->glyphs, struct plan_glyph, i);
}

static gboolean is_plain(const struct plan_caption *caption)
{
	if (!letters_use_masks(caption) || caption->has_shadow ||
	    caption->has_background || caption->opacity < 1 ||
	    caption->color.a < 255 ||
	    (caption->outline_px > 0 && caption->outline_color.a < 255))
		return FALSE;
	for (guint i = 0; i < caption->glyphs->len; i++)
		if (letters_is_picture(glyph_at(caption, i)))
			return FALSE;
	return TRUE;
}

static void clear_letter(void *data)
{
	struct letter *letter = data;

	mask_unref(letter->fill);
	if (letter->outline)
		mask_unref(letter->outline);
}

GArray *letters_new(const struct plan *plan, const struct plan_caption *caption)
{
	GArray *letters;

	if (!is_plain(caption))
		return NULL;
	letters = g_array_sized_new(FALSE, FALSE, sizeof(struct letter),
				    caption->glyphs->len);
	g_array_set_clear_func(letters, clear_letter);
	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph = glyph_at(caption, i);
		struct letter letter = {0};

		letter.fill = mask_ref(letters_mask(
			plan, caption, glyph, MASK_FILL, &letter.x, &letter.y));
		if (caption->outline_px > 0)
			letter.outline = mask_ref(
				letters_mask(plan, caption, glyph, MASK_OUTLINE,
					     &letter.x, &letter.y));
		g_array_append_val(letters, letter);
	}
	return letters;
}

static const struct letter *letter_at(const GArray *letters, guint i)
{
	return &g_array_index(letters, struct letter, i);
}

/* Masks are trimmed, so that the union of their boxes is exact; what an outline
 * holds is inside of it. */
cairo_rectangle_int_t letters_box(const GArray *letters)
{
	int left = G_MAXINT, top = G_MAXINT;
	int right = G_MININT, bottom = G_MININT;

	for (guint i = 0; i < letters->len; i++) {
		const struct letter *letter = letter_at(letters, i);
		const struct mask *mask =
			letter->outline ? letter->outline : letter->fill;

		if (mask->width == 0 || mask->height == 0)
			continue;
		left = MIN(left, letter->x + mask->left);
		top = MIN(top, letter->y + mask->top);
		right = MAX(right, letter->x + mask->left + mask->width);
		bottom = MAX(bottom, letter->y + mask->top + mask->height);
	}
	if (left >= right)
		return (cairo_rectangle_int_t){0, 0, 0, 0};
	return (cairo_rectangle_int_t){left, top, right - left, bottom - top};
}

/* A row of tiles on its way: how much of each pixel the outlines cover, and the
 * fills. One beside the other, and room behind them, since rows that are filled
 * up may reach past their end. */
struct band {
	int x, y, stride; /* whole tiles */
	guint8 *layers[BLEND_LAYERS];
	gsize size; /* of both layers */
};

static void band_init(struct band *band, const cairo_rectangle_int_t *ink)
{
	int right = ink->x + ink->width + TILE_PX - 1;

	band->x = ink->x & ~(TILE_PX - 1);
	band->stride = (right & ~(TILE_PX - 1)) - band->x;
	band->size = (gsize)band->stride * TILE_PX * BLEND_LAYERS;
	band->layers[0] = g_malloc(band->size + TILE_PX);
	band->layers[1] = band->layers[0] + band->size / BLEND_LAYERS;
}

static void add_mask(const struct band *band, int layer,
		     const struct mask *mask, const struct letter *letter,
		     const cairo_rectangle_int_t *ink)
{
	int x = letter->x + mask->left, y = letter->y + mask->top;
	int left = MAX(x, ink->x),
	    right = MIN(x + mask->width, ink->x + ink->width);
	int top = MAX(MAX(y, ink->y), band->y);
	int bottom = MIN(MIN(y + mask->height, ink->y + ink->height),
			 band->y + TILE_PX);
	struct pixels_rows rows;

	if (left >= right || top >= bottom)
		return;
	rows = (struct pixels_rows){
		mask->data + (gsize)(top - y) * mask->stride + (left - x),
		mask->stride, right - left, bottom - top};
	if (left == x && right == x + mask->width)
		rows.n_bytes = mask->stride;
	pixels_add_rows(band->layers[layer] +
				(gsize)(top - band->y) * band->stride +
				(left - band->x),
			band->stride, &rows);
}

static void fill_band(const struct band *band,
		      const struct plan_caption *caption)
{
	const GArray *letters = caption->letters;

	memset(band->layers[0], 0, band->size);
	for (guint i = 0; i < letters->len; i++) {
		const struct letter *letter = letter_at(letters, i);

		if (letter->outline)
			add_mask(band, 0, letter->outline, letter,
				 &caption->ink);
		add_mask(band, 1, letter->fill, letter, &caption->ink);
	}
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

static void paint_tile(const struct blend_kernels *kernels, struct tiles *tiles,
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

static guint32 to_pixel(struct color color)
{
	return 0xff000000 | (guint32)color.r << 16 | (guint32)color.g << 8 |
	       color.b;
}

static void paint_band(const struct band *band,
		       const struct plan_caption *caption, struct tiles *tiles)
{
	const struct blend_kernels *kernels = blend_kernels_best();
	gsize stride = (gsize)band->stride;
	struct blend_layer layers[BLEND_LAYERS] = {
		{band->layers[0], stride, to_pixel(caption->outline_color)},
		{band->layers[1], stride, to_pixel(caption->color)},
	};

	for (int x = 0; x < band->stride; x += TILE_PX) {
		paint_tile(kernels, tiles, layers, band->x + x, band->y);
		layers[0].mask += TILE_PX;
		layers[1].mask += TILE_PX;
	}
}

void letters_paint(const struct plan_caption *caption, struct tiles *tiles)
{
	const cairo_rectangle_int_t *ink = &caption->ink;
	struct band band;

	band_init(&band, ink);
	for (band.y = ink->y & ~(TILE_PX - 1); band.y < ink->y + ink->height;
	     band.y += TILE_PX) {
		fill_band(&band, caption);
		paint_band(&band, caption, tiles);
	}
	g_free(band.layers[0]);
}
