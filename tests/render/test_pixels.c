#include "config.h"

#include "render/pixels.h"

#include <string.h>

#include "render/autoptr.h"

enum { WIDTH = 53, HEIGHT = 11 };

static cairo_surface_t *a8_new(void)
{
	return cairo_image_surface_create(CAIRO_FORMAT_A8, WIDTH, HEIGHT);
}

static guint8 *byte_at(cairo_surface_t *surface, int x, int y)
{
	return cairo_image_surface_get_data(surface) +
	       y * cairo_image_surface_get_stride(surface) + x;
}

static void trimming_finds_the_edges_and_clears_the_faint(void)
{
	static const struct {
		int x, y;
		guint8 coverage;
	} dots[] = {{0, 0, 3}, {5, 2, 4}, {9, 7, 255}, {52, 10, 1}};
	g_autoptr(cairo_surface_t) surface = a8_new();
	cairo_rectangle_int_t ink = pixels_trim(surface);

	g_assert_cmpint(ink.width, ==, 0);
	g_assert_cmpint(ink.height, ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(dots); i++)
		*byte_at(surface, dots[i].x, dots[i].y) = dots[i].coverage;
	ink = pixels_trim(surface);
	g_assert_cmpint(ink.x, ==, 5);
	g_assert_cmpint(ink.y, ==, 2);
	g_assert_cmpint(ink.width, ==, 5);
	g_assert_cmpint(ink.height, ==, 6);
	g_assert_cmpint(*byte_at(surface, 0, 0), ==, 0);
	g_assert_cmpint(*byte_at(surface, 5, 2), ==, 4);
	g_assert_cmpint(*byte_at(surface, 52, 10), ==, 0);
}

/* Against the sum of each byte, at every edge of the surface. */
static void adding_saturates_and_stays_inside(void)
{
	enum { STRIDE = 48 };
	guint8 block[STRIDE * 6] = {0};

	for (gsize i = 0; i < sizeof(block); i++)
		if (i % STRIDE < 37)
			block[i] = (guint8)(i * 37);
	for (int x = -45; x <= WIDTH + 2; x += 7)
		for (int y = -7; y <= HEIGHT + 1; y++) {
			g_autoptr(cairo_surface_t) surface = a8_new();

			for (int i = 0; i < WIDTH; i++)
				*byte_at(surface, i, 3) = (guint8)(i * 5);
			pixels_add(surface, block, STRIDE,
				   (cairo_rectangle_int_t){x, y, 37, 6});
			for (int i = 0; i < WIDTH * HEIGHT; i++) {
				int at = i % WIDTH, row = i / WIDTH;
				int want = row == 3 ? (at * 5) & 255 : 0;

				if (at >= x && at < x + 37 && row >= y &&
				    row < y + 6)
					want += block[(row - y) * STRIDE + at -
						      x];
				g_assert_cmpint(*byte_at(surface, at, row), ==,
						MIN(want, 255));
			}
		}
}

/* As a mask without ink is. */
static void adding_nothing_reads_nothing(void)
{
	g_autoptr(cairo_surface_t) surface = a8_new();

	pixels_add(surface, NULL, 0, (cairo_rectangle_int_t){5, 5, 0, 0});
	g_assert_cmpint(*byte_at(surface, 5, 5), ==, 0);
}

static void blurring_spreads_and_keeps_the_sum(void)
{
	for (int radius = 0; radius <= 3; radius++) {
		g_autoptr(cairo_surface_t) surface = a8_new();
		cairo_rectangle_int_t ink;
		int sum = 0;

		for (int y = 4; y < 7; y++)
			for (int x = 25; x < 28; x++)
				*byte_at(surface, x, y) = 255;
		pixels_blur(surface, radius);
		for (int i = 0; i < WIDTH * HEIGHT; i++)
			sum += *byte_at(surface, i % WIDTH, i / WIDTH);
		ink = pixels_trim(surface);
		g_assert_cmpint(ink.x, >=, 25 - 3 * radius);
		g_assert_cmpint(ink.x + ink.width, <=, 28 + 3 * radius);
		if (radius == 0)
			g_assert_cmpint(ink.width, ==, 3);
		else
			g_assert_cmpint(ink.width, >, 3);
		if (radius <= 1)
			g_assert_cmpint(ABS(sum - 9 * 255), <, 9 * 255 / 20);
		/* The same to the left as to the right. */
		g_assert_cmpint(ink.x - 0, ==, 52 - (ink.x + ink.width - 1));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pixels/trim",
			trimming_finds_the_edges_and_clears_the_faint);
	g_test_add_func("/pixels/add", adding_saturates_and_stays_inside);
	g_test_add_func("/pixels/nothing", adding_nothing_reads_nothing);
	g_test_add_func("/pixels/blur", blurring_spreads_and_keeps_the_sum);
	return g_test_run();
}
