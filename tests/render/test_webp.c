#include "config.h"

#include "render/webp.h"

#include <webp/decode.h>

#include "render/autoptr.h"

enum { WIDTH = 67, HEIGHT = 41 };

static cairo_surface_t *paint(cairo_format_t format)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, WIDTH, HEIGHT);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_source_rgb(cr, 0.8, 0.2, 0.1);
	cairo_rectangle(cr, 0, 0, WIDTH / 2.0, HEIGHT);
	cairo_fill(cr);
	cairo_set_source_rgba(cr, 0.1, 0.4, 0.9, 0.5);
	cairo_rectangle(cr, WIDTH / 2.0, 0, WIDTH, HEIGHT);
	cairo_fill(cr);
	cairo_surface_flush(surface);
	return surface;
}

static guint8 *encode_and_decode(cairo_surface_t *surface, int quality,
				 gsize *out_size)
{
	const struct webp_params params = {.quality = quality, .method = 4};
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) error = NULL;
	g_autofree void *bytes = NULL;
	int width = 0, height = 0;
	guint8 *rgba;

	g_assert_true(webp_encode(surface, &params, chain, &error));
	g_assert_no_error(error);
	bytes = chain_flatten(chain, out_size);
	rgba = WebPDecodeRGBA(bytes, *out_size, &width, &height);
	g_assert_nonnull(rgba);
	g_assert_cmpint(width, ==, WIDTH);
	g_assert_cmpint(height, ==, HEIGHT);
	return rgba;
}

static void assert_near(const guint8 *pixel, const guint8 *expected)
{
	for (int i = 0; i < 4; i++)
		g_assert_cmpint(ABS(pixel[i] - expected[i]), <=, 6);
}

static void opaque_comes_back(void)
{
	static const guint8 left[] = {204, 51, 26, 255};
	g_autoptr(cairo_surface_t) surface = paint(CAIRO_FORMAT_RGB24);
	gsize size;
	guint8 *rgba = encode_and_decode(surface, 90, &size);

	assert_near(rgba + 4 * (20 * WIDTH + 10), left);
	WebPFree(rgba);
}

static void alpha_comes_back_straight(void)
{
	static const guint8 right[] = {26, 102, 230, 128};
	g_autoptr(cairo_surface_t) surface = paint(CAIRO_FORMAT_ARGB32);
	gsize size;
	guint8 *rgba = encode_and_decode(surface, 90, &size);

	assert_near(rgba + 4 * (20 * WIDTH + 55), right);
	WebPFree(rgba);
}

static void quality_costs_bytes(void)
{
	g_autoptr(cairo_surface_t) surface = paint(CAIRO_FORMAT_RGB24);
	gsize small, large;

	WebPFree(encode_and_decode(surface, 1, &small));
	WebPFree(encode_and_decode(surface, 100, &large));
	g_assert_cmpuint(small, <, large);
}

static void too_large_is_refused(void)
{
	const struct webp_params params = {.quality = 50, .method = 0};
	g_autoptr(cairo_surface_t) surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, 16384, 1);
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) error = NULL;

	g_assert_false(webp_encode(surface, &params, chain, &error));
	g_assert_error(error, WEBP_ERROR, WEBP_ERROR_ENCODE);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/webp/opaque", opaque_comes_back);
	g_test_add_func("/webp/alpha", alpha_comes_back_straight);
	g_test_add_func("/webp/quality", quality_costs_bytes);
	g_test_add_func("/webp/too-large", too_large_is_refused);
	return g_test_run();
}
