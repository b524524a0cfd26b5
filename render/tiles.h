/* tiles.h - a picture to be painted on, taken from another where ink falls.
 *
 * The canvas begins as nothing; tiles of the blank picture are copied to it when
 * something is to be painted on them, so that a request moves the pixels under
 * its letters and no others.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

enum { TILE_PX = 16 }; /* a whole number of MCUs */

struct tiles;

/* Both are image surfaces (RGB24 or ARGB32) of one size and format, and must
 * stay until the tiles are freed. blank NULL: surface has its picture. */
struct tiles *tiles_new(cairo_surface_t *surface, cairo_surface_t *blank);
void tiles_free(struct tiles *tiles);
typedef struct tiles tiles_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(tiles_auto, tiles_free)

cairo_surface_t *tiles_surface(const struct tiles *tiles);

/* Copies what of box (which may reach over the edges) was not yet. */
void tiles_take(struct tiles *tiles, const cairo_rectangle_int_t *box);

/* A tile's pixels, copied before. n_columns, n_rows: TILE_PX, or less at the
 * picture's right and lower edge. */
struct tile {
	guint8 *pixels;
	gsize stride;
	guint n_columns, n_rows;
};

/* The tile whose top left pixel is x, y: inside, and multiples of TILE_PX. */
struct tile tiles_take_one(struct tiles *tiles, int x, int y);

/* What was taken. A new region. */
cairo_region_t *tiles_taken(const struct tiles *tiles);
