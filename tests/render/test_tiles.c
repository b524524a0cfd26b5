#include "config.h"

#include "render/tiles.h"

#include <string.h>

#include "render/autoptr.h"

/* Neither side is a whole number of tiles. */
enum { WIDTH = 70, HEIGHT = 41 };

static cairo_surface_t *new_picture(guint8 value)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);

	cairo_surface_flush(surface);
	memset(cairo_image_surface_get_data(surface), value,
	       (gsize)cairo_image_surface_get_stride(surface) * HEIGHT);
	cairo_surface_mark_dirty(surface);
	return surface;
}

static guint8 red_at(cairo_surface_t *surface, int x, int y)
{
	return cairo_image_surface_get_data(
		surface)[y * cairo_image_surface_get_stride(surface) + x * 4 +
			 2];
}

static const struct {
	cairo_rectangle_int_t box, tiles;
} cases[] = {
	{{0, 0, 1, 1}, {0, 0, 16, 16}},
	{{15, 15, 2, 2}, {0, 0, 32, 32}},
	{{16, 16, 16, 16}, {16, 16, 16, 16}},
	{{69, 40, 1, 1}, {64, 32, 16, 16}},
	{{-20, -3, 21, 4}, {0, 0, 16, 16}},
	{{60, 0, 100, 100}, {48, 0, 32, 48}},
	{{3, 3, 0, 9}, {0, 0, 0, 0}},
	{{70, 0, 5, 5}, {0, 0, 0, 0}},
	{{-9, 0, 9, 5}, {0, 0, 0, 0}},
	{{0, 20, 5, 0}, {0, 0, 0, 0}},
};

static gboolean is_inside(const cairo_rectangle_int_t *box, int x, int y)
{
	return x >= box->x && y >= box->y && x < box->x + box->width &&
	       y < box->y + box->height;
}

static void a_box_takes_the_tiles_it_touches(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(cairo_surface_t) surface = new_picture(1);
		g_autoptr(cairo_surface_t) blank = new_picture(2);
		g_autoptr(tiles_auto) tiles = tiles_new(surface, blank);
		g_autoptr(cairo_region_t) taken = NULL;
		g_autoptr(cairo_region_t) expected = cairo_region_create();

		g_test_message("case %zu", i);
		if (cases[i].tiles.width > 0)
			cairo_region_union_rectangle(expected, &cases[i].tiles);
		tiles_take(tiles, &cases[i].box);
		taken = tiles_taken(tiles);
		g_assert_true(cairo_region_equal(taken, expected));
		for (int y = 0; y < HEIGHT; y++)
			for (int x = 0; x < WIDTH; x++)
				g_assert_cmpint(red_at(surface, x, y), ==,
						is_inside(&cases[i].tiles, x, y)
							? 2
							: 1);
	}
}

/* What was painted in between stays. */
static void a_tile_is_copied_once(void)
{
	g_autoptr(cairo_surface_t) surface = new_picture(1);
	g_autoptr(cairo_surface_t) blank = new_picture(2);
	g_autoptr(tiles_auto) tiles = tiles_new(surface, blank);
	struct tile tile = tiles_take_one(tiles, 16, 0);

	g_assert_cmpuint(tile.n_columns, ==, 16);
	g_assert_cmpuint(tile.n_rows, ==, 16);
	tile.pixels[2] = 99;
	tiles_take(tiles, &(cairo_rectangle_int_t){0, 0, WIDTH, HEIGHT});
	g_assert_cmpint(red_at(surface, 16, 0), ==, 99);
	g_assert_cmpint(red_at(surface, 17, 0), ==, 2);
	g_assert_cmpint(red_at(surface, WIDTH - 1, HEIGHT - 1), ==, 2);
	tile = tiles_take_one(tiles, 64, 32);
	g_assert_cmpuint(tile.n_columns, ==, WIDTH - 64);
	g_assert_cmpuint(tile.n_rows, ==, HEIGHT - 32);
}

static void without_a_blank_nothing_is_copied(void)
{
	g_autoptr(cairo_surface_t) surface = new_picture(7);
	g_autoptr(tiles_auto) tiles = tiles_new(surface, NULL);
	g_autoptr(cairo_region_t) taken = NULL;

	tiles_take(tiles, &(cairo_rectangle_int_t){0, 0, 1, 1});
	taken = tiles_taken(tiles);
	g_assert_cmpint(cairo_region_num_rectangles(taken), ==, 1);
	g_assert_cmpint(red_at(surface, 0, 0), ==, 7);
	g_assert_true(tiles_surface(tiles) == surface);
	tiles_free(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/tiles/box", a_box_takes_the_tiles_it_touches);
	g_test_add_func("/tiles/once", a_tile_is_copied_once);
	g_test_add_func("/tiles/whole", without_a_blank_nothing_is_copied);
	return g_test_run();
}
