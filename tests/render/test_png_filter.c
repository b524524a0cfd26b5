#include "config.h"

#include "render/png_filter.h"

#include <stdlib.h>

/* PNG, 9.2 to 9.4, as it is written there. */
static int predict(guint type, int a, int b, int c)
{
	int p = a + b - c;
	int pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);

	switch (type) {
	case 1:
		return a;
	case 2:
		return b;
	case 3:
		return (a + b) / 2;
	case 4:
		return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
	default:
		return 0;
	}
}

static guint32 filter_row(guint type, const guint8 *row, const guint8 *above,
			  int n, int bpp, guint8 *out)
{
	guint32 cost = 0;

	for (int i = 0; i < n; i++) {
		int a = i >= bpp ? row[i - bpp] : 0;
		int c = i >= bpp ? above[i - bpp] : 0;

		out[i] = row[i] - predict(type, a, above[i], c);
		cost += abs((gint8)out[i]);
	}
	return cost;
}

/* The filter of the least cost, the first of equals. */
static guint best_filter(guint filters, const guint8 *row, const guint8 *above,
			 int n, int bpp, guint8 *scratch)
{
	guint32 least = G_MAXUINT32;
	guint best = 0;

	for (guint type = 0; type <= 4; type++) {
		guint32 cost;

		if (!(filters >> type & 1))
			continue;
		cost = filter_row(type, row, above, n, bpp, scratch);
		if (cost < least) {
			least = cost;
			best = type;
		}
	}
	return best;
}

static cairo_surface_t *noise(cairo_format_t format, int width, int height,
			      guint8 mask)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, width, height);
	guint8 *rows = cairo_image_surface_get_data(surface);
	const int stride = cairo_image_surface_get_stride(surface);

	for (int y = 0; y < height; y++)
		for (int x = 0; x < 4 * width; x++)
			rows[y * stride + x] =
				x % 4 == 3
					? 255
					: g_test_rand_int_range(0, 256) & mask;
	cairo_surface_mark_dirty(surface);
	return surface;
}

static void compare(cairo_surface_t *surface, enum png_color color,
		    guint filters, int row, int n_rows)
{
	const int width = cairo_image_surface_get_width(surface);
	const int bpp = png_color_samples(color);
	const int n = width * bpp;
	g_autofree guint8 *out = g_malloc(n_rows * (n + 1));
	g_autofree guint8 *samples = g_malloc0(2 * (n + 4));
	g_autofree guint8 *expected = g_malloc(n);
	struct png_source source;

	png_source_init(&source, surface, color, NULL);
	g_assert_true(png_filter_rows(&source, row, n_rows, filters, out));
	for (int i = 0; i < n_rows; i++) {
		guint8 *now = samples + (i % 2) * (n + 4);
		guint8 *above = samples + (i + 1) % 2 * (n + 4);
		guint allowed = filters;

		if (i == 0)
			allowed = filters & 3 ? filters & 3 : 2;
		(void)png_source_row(&source, row + i, now);
		g_assert_cmpuint(
			out[i * (n + 1)], ==,
			best_filter(allowed, now, above, n, bpp, expected));
		(void)filter_row(out[i * (n + 1)], now, above, n, bpp,
				 expected);
		g_assert_cmpmem(out + i * (n + 1) + 1, n, expected, n);
	}
}

/* All widths around the vectors' edges, all sets of filters. */
static void rows_are_filtered_as_the_standard_says(void)
{
	static const guint8 masks[] = {0xff, 0x0f, 0x01};

	for (int width = 1; width <= 40; width++) {
		const guint8 mask = masks[width % G_N_ELEMENTS(masks)];
		cairo_surface_t *rgb =
			noise(CAIRO_FORMAT_RGB24, width, 6, mask);
		cairo_surface_t *rgba =
			noise(CAIRO_FORMAT_ARGB32, width, 6, mask);

		for (guint filters = 1; filters <= PNG_FILTERS_ALL; filters++) {
			compare(rgb, PNG_COLOR_RGB, filters, 0, 6);
			compare(rgb, PNG_COLOR_RGB, filters, 2, 3);
			compare(rgba, PNG_COLOR_RGBA, filters, 1, 5);
		}
		cairo_surface_destroy(rgb);
		cairo_surface_destroy(rgba);
	}
}

/* Costs add up past what one vector's lanes can hold. */
static void costs_of_long_rows_do_not_wrap(void)
{
	cairo_surface_t *surface = noise(CAIRO_FORMAT_RGB24, 16384, 3, 0xff);

	compare(surface, PNG_COLOR_RGB, PNG_FILTERS_ALL, 0, 3);
	cairo_surface_destroy(surface);
}

/* Every value of the predictor's three neighbours, in steps. */
static void paeth_is_exact(void)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, 2, 2);
	guint32 *top = (guint32 *)cairo_image_surface_get_data(surface);
	guint32 *bottom = top + 2;

	for (guint32 a = 0; a < 256; a += 5) {
		for (guint32 b = 0; b < 256; b += 3) {
			for (guint32 c = 0; c < 256; c += 5) {
				top[0] = c << 16 | b << 8 | a;
				top[1] = b << 16 | c << 8 | a;
				bottom[0] = a << 16 | a << 8 | b;
				bottom[1] = 0x808080;
				compare(surface, PNG_COLOR_RGB,
					PNG_FILTERS_PAETH, 0, 2);
			}
		}
	}
	cairo_surface_destroy(surface);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/png-filter/standard",
			rows_are_filtered_as_the_standard_says);
	g_test_add_func("/png-filter/long", costs_of_long_rows_do_not_wrap);
	g_test_add_func("/png-filter/paeth", paeth_is_exact);
	return g_test_run();
}
