/* The gallery against the pictures that were looked at and kept. With
 * GALLERY_WRITE=1 it writes them anew. */
#include "config.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#include "render/autoptr.h"
#include "tests/render/gallery.h"

/* Another FreeType or HarfBuzz rounds an edge otherwise; a letter that moved or
 * a colour that is wrong changes far more. */
enum { TOLERANCE = 48, PIXELS_PER_MILLE = 1 };

static struct fonts *fonts;

static int pixel_difference(const guint8 *a, const guint8 *b)
{
	int most = 0;

	for (int i = 0; i < 3; i++)
		most = MAX(most, ABS(a[i] - b[i]));
	return most;
}

/* How many pixels differ by more than the tolerance; all, where the size
 * does. */
static int count_different(cairo_surface_t *a, cairo_surface_t *b)
{
	int width = cairo_image_surface_get_width(a);
	int height = cairo_image_surface_get_height(a);
	int stride = cairo_image_surface_get_stride(a), n = 0;

	if (cairo_image_surface_get_width(b) != width ||
	    cairo_image_surface_get_height(b) != height ||
	    cairo_image_surface_get_stride(b) != stride)
		return width * height;
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			n += pixel_difference(cairo_image_surface_get_data(a) +
						      y * stride + x * 4,
					      cairo_image_surface_get_data(b) +
						      y * stride + x * 4) >
			     TOLERANCE;
	return n;
}

static void a_picture_is_as_it_was(gconstpointer data)
{
	const struct gallery_case *one = data;
	g_autofree char *name = g_strconcat(one->name, ".png", NULL);
	g_autofree char *path =
		g_test_build_filename(G_TEST_DIST, "gallery", name, NULL);
	g_autofree char *got = g_strconcat(one->name, "-differs.png", NULL);
	g_autoptr(cairo_surface_t) kept = NULL;
	g_autoptr(cairo_surface_t) drawn = NULL;
	int n;

	if (!gallery_can_draw(one)) {
		g_test_skip("its font is not installed");
		return;
	}
	drawn = gallery_draw(one, fonts, 1);
	if (g_getenv("GALLERY_WRITE"))
		g_assert_cmpint(cairo_surface_write_to_png(drawn, path), ==,
				CAIRO_STATUS_SUCCESS);
	kept = cairo_image_surface_create_from_png(path);
	n = count_different(drawn, kept);
	if (n * 1000 > PIXELS_PER_MILLE * one->width_px * one->height_px) {
		(void)cairo_surface_write_to_png(drawn, got);
		g_test_message("%d pixels differ; see %s", n, got);
		g_test_fail();
		return;
	}
	(void)g_remove(got);
}

int main(int argc, char **argv)
{
	gsize n;
	const struct gallery_case *cases = gallery_cases(&n);
	int result;

	/* A Serb's б looks otherwise; who runs the server must not matter. */
	(void)g_setenv("LANGUAGE", "sr:ja", TRUE);
	g_test_init(&argc, &argv, NULL);
	fonts = gallery_fonts();
	for (gsize i = 0; i < n; i++) {
		g_autofree char *path =
			g_strconcat("/gallery/", cases[i].name, NULL);

		if (fonts)
			g_test_add_data_func(path, &cases[i],
					     a_picture_is_as_it_was);
	}
	result = g_test_run();
	fonts_close(fonts);
	return result;
}
