#include "config.h"

#include "render/tiles.h"

#include <string.h>

struct tiles {
	cairo_surface_t *surface;
	guint8 *pixels;
	const guint8 *blank; /* NULL: nothing is to be copied */
	gsize stride, blank_stride;
	int width_px, height_px;
	int across, down;
	guint8 *is_taken; /* across × down */
};

struct tiles *tiles_new(cairo_surface_t *surface, cairo_surface_t *blank)
{
	struct tiles *tiles = g_new0(struct tiles, 1);

	cairo_surface_flush(surface);
	tiles->surface = surface;
	tiles->pixels = cairo_image_surface_get_data(surface);
	tiles->stride = (gsize)cairo_image_surface_get_stride(surface);
	tiles->width_px = cairo_image_surface_get_width(surface);
	tiles->height_px = cairo_image_surface_get_height(surface);
	tiles->across = (tiles->width_px + TILE_PX - 1) / TILE_PX;
	tiles->down = (tiles->height_px + TILE_PX - 1) / TILE_PX;
	tiles->is_taken = g_malloc0((gsize)tiles->across * (gsize)tiles->down);
	if (blank) {
		cairo_surface_flush(blank);
		tiles->blank = cairo_image_surface_get_data(blank);
		tiles->blank_stride =
			(gsize)cairo_image_surface_get_stride(blank);
	}
	return tiles;
}

void tiles_free(struct tiles *tiles)
{
	if (!tiles)
		return;
	g_free(tiles->is_taken);
	g_free(tiles);
}

cairo_surface_t *tiles_surface(const struct tiles *tiles)
{
	return tiles->surface;
}

static void copy_tile(const struct tiles *tiles, const struct tile *tile, int x,
		      int y)
{
	const guint8 *from =
		tiles->blank + (gsize)y * tiles->blank_stride + (gsize)x * 4;
	guint8 *to = tile->pixels;

	for (guint row = 0; row < tile->n_rows; row++) {
		/* A constant size is copied without a call. */
		if (tile->n_columns == TILE_PX)
			memcpy(to, from, TILE_PX * 4);
		else
			memcpy(to, from, tile->n_columns * 4);
		from += tiles->blank_stride;
		to += tile->stride;
	}
}

struct tile tiles_take_one(struct tiles *tiles, int x, int y)
{
	guint8 *is_taken = tiles->is_taken +
			   (gsize)(y / TILE_PX) * (gsize)tiles->across +
			   x / TILE_PX;
	struct tile tile = {
		tiles->pixels + (gsize)y * tiles->stride + (gsize)x * 4,
		tiles->stride,
		(guint)MIN(TILE_PX, tiles->width_px - x),
		(guint)MIN(TILE_PX, tiles->height_px - y),
	};

	if (tiles->blank && !*is_taken)
		copy_tile(tiles, &tile, x, y);
	*is_taken = TRUE;
	return tile;
}

void tiles_take(struct tiles *tiles, const cairo_rectangle_int_t *box)
{
	int left = MAX(box->x, 0), top = MAX(box->y, 0);
	int right = MIN(box->x + box->width, tiles->width_px);
	int bottom = MIN(box->y + box->height, tiles->height_px);

	if (left >= right || top >= bottom)
		return;
	for (int y = top & ~(TILE_PX - 1); y < bottom; y += TILE_PX)
		for (int x = left & ~(TILE_PX - 1); x < right; x += TILE_PX)
			(void)tiles_take_one(tiles, x, y);
	cairo_surface_mark_dirty(tiles->surface);
}

/* The tiles of one row that stand together, from x on. */
static int row_end(const struct tiles *tiles, const guint8 *row, int x)
{
	while (x < tiles->across && row[x])
		x++;
	return x;
}

static void append_row(const struct tiles *tiles, int y, GArray *boxes)
{
	const guint8 *row = tiles->is_taken + (gsize)y * (gsize)tiles->across;

	for (int x = 0; x < tiles->across; x++) {
		int end = row_end(tiles, row, x);
		cairo_rectangle_int_t box = {x * TILE_PX, y * TILE_PX,
					     (end - x) * TILE_PX, TILE_PX};

		if (end == x)
			continue;
		g_array_append_val(boxes, box);
		x = end;
	}
}

cairo_region_t *tiles_taken(const struct tiles *tiles)
{
	g_autoptr(GArray) boxes =
		g_array_new(FALSE, FALSE, sizeof(cairo_rectangle_int_t));

	for (int y = 0; y < tiles->down; y++)
		append_row(tiles, y, boxes);
	return cairo_region_create_rectangles(
		(const cairo_rectangle_int_t *)(void *)boxes->data,
		(int)boxes->len);
}
