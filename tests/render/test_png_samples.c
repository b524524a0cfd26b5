#include "config.h"

#include "render/png_samples.h"

#include "render/limits.h"
#include "render/png.h"

static void unpremultiply_is_cairos(void)
{
	for (guint32 alpha = 0; alpha < 256; alpha++) {
		for (guint32 c = 0; c <= alpha; c++) {
			guint8 rgba[4];
			guint8 expected =
				alpha ? (c * 255 + alpha / 2) / alpha : 0;

			png_unpremultiply(alpha << 24 | c << 16 | c << 8 | c,
					  rgba);
			g_assert_cmpuint(rgba[0], ==, expected);
			g_assert_cmpuint(rgba[1], ==, expected);
			g_assert_cmpuint(rgba[2], ==, expected);
			g_assert_cmpuint(rgba[3], ==, alpha);
		}
	}
}

/* What is no premultiplied pixel at all must not wrap. */
static void too_bright_is_white(void)
{
	guint8 rgba[4];

	png_unpremultiply(0x10ff2010, rgba);
	g_assert_cmpuint(rgba[0], ==, 255);
	g_assert_cmpuint(rgba[1], ==, 255);
	g_assert_cmpuint(rgba[2], ==, 255);
	g_assert_cmpuint(rgba[3], ==, 16);
}

/* n pixels, each its own colour, brighter from left to right. */
static cairo_surface_t *shades(int n)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, n, 1);
	guint32 *pixels = (guint32 *)cairo_image_surface_get_data(surface);

	for (int i = 0; i < n; i++)
		pixels[i] = (guint32)i << 24 | (i / 2) << 16 | (i - i / 2) << 8;
	return surface;
}

static void palette_has_256_colors(void)
{
	struct png_palette palette;

	for (int n = 255; n <= 257; n++) {
		cairo_surface_t *surface = shades(n);

		g_assert_cmpint(png_palette_init(&palette, surface), ==,
				n <= 256);
		if (n <= 256)
			g_assert_cmpuint(palette.n_colors, ==, n);
		cairo_surface_destroy(surface);
	}
}

static void indices_name_the_colors(void)
{
	cairo_surface_t *surface = shades(200);
	struct png_palette palette;
	struct png_source source;
	guint8 indices[200 + 4];

	g_assert_true(png_palette_init(&palette, surface));
	png_source_init(&source, surface, PNG_COLOR_PALETTE, &palette);
	g_assert_true(png_source_row(&source, 0, indices));
	for (int i = 0; i < 200; i++) {
		g_assert_cmphex(
			palette.colors[indices[i]], ==,
			(0xff000000 | (i / 2) << 16 | (i - i / 2) << 8));
		g_assert_true(i == 0 || indices[i] == indices[i - 1] + 1 ||
			      indices[i] == indices[i - 1] - 1);
	}
	((guint32 *)cairo_image_surface_get_data(surface))[199] = 0xabcdef;
	g_assert_false(png_source_row(&source, 0, indices));
	cairo_surface_destroy(surface);
}

static void grey_is_grey(void)
{
	static const struct {
		guint32 pixel;
		gboolean is_grey;
	} cases[] = {
		{0x000000, TRUE},   {0xffffff, TRUE},  {0x808080, TRUE},
		{0x12808080, TRUE}, {0x808081, FALSE}, {0x808180, FALSE},
		{0x81808080, TRUE}, {0x818080, FALSE}, {0xff000000, TRUE},
		{0x00010101, TRUE}, {0x010100, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		cairo_surface_t *surface =
			cairo_image_surface_create(CAIRO_FORMAT_RGB24, 3, 2);
		guint32 *pixels =
			(guint32 *)cairo_image_surface_get_data(surface);

		pixels[5] = cases[i].pixel;
		g_assert_cmpint(png_surface_is_grey(surface), ==,
				cases[i].is_grey);
		cairo_surface_destroy(surface);
	}
}

static void surfaces_are_checked(void)
{
	static const struct {
		cairo_format_t format;
		int width, height;
		gboolean is_good;
	} cases[] = {
		{CAIRO_FORMAT_RGB24, 1, 1, TRUE},
		{CAIRO_FORMAT_ARGB32, 1, 1, TRUE},
		{CAIRO_FORMAT_A8, 1, 1, FALSE},
		{CAIRO_FORMAT_RGB16_565, 1, 1, FALSE},
		{CAIRO_FORMAT_RGB24, 0, 1, FALSE},
		{CAIRO_FORMAT_RGB24, 1, 0, FALSE},
		{CAIRO_FORMAT_RGB24, LIMIT_TEMPLATE_SIDE_PX, 1, TRUE},
		{CAIRO_FORMAT_RGB24, LIMIT_TEMPLATE_SIDE_PX + 1, 1, FALSE},
		{CAIRO_FORMAT_RGB24, 1, LIMIT_TEMPLATE_SIDE_PX, TRUE},
		{CAIRO_FORMAT_RGB24, 1, LIMIT_TEMPLATE_SIDE_PX + 1, FALSE},
		{CAIRO_FORMAT_RGB24, -1, 1, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		cairo_surface_t *surface = cairo_image_surface_create(
			cases[i].format, cases[i].width, cases[i].height);
		g_autoptr(GError) error = NULL;

		g_assert_cmpint(png_surface_check(surface, &error), ==,
				cases[i].is_good);
		if (!cases[i].is_good)
			g_assert_error(error, PNG_ENCODE_ERROR,
				       PNG_ENCODE_ERROR_ENCODE);
		cairo_surface_destroy(surface);
	}
	g_assert_false(png_size_is_sane(8001, 8000));
	g_assert_true(png_size_is_sane(8000, 8000));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/png-samples/unpremultiply", unpremultiply_is_cairos);
	g_test_add_func("/png-samples/too-bright", too_bright_is_white);
	g_test_add_func("/png-samples/palette", palette_has_256_colors);
	g_test_add_func("/png-samples/indices", indices_name_the_colors);
	g_test_add_func("/png-samples/grey", grey_is_grey);
	g_test_add_func("/png-samples/check", surfaces_are_checked);
	return g_test_run();
}
