#include "config.h"

#include "tests/fuzz/decode_check.h"

#include "render/decode.h"
#include "render/decode_formats.h"

static void check_row(const guint32 *row, int width, gboolean is_opaque)
{
	for (int x = 0; x < width; x++) {
		guint a = row[x] >> 24;

		g_assert_true(a == 255 || !is_opaque);
		g_assert_cmpuint(row[x] >> 16 & 255, <=, a);
		g_assert_cmpuint(row[x] >> 8 & 255, <=, a);
		g_assert_cmpuint(row[x] & 255, <=, a);
	}
}

void decode_check(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;
	struct picture picture = {0};
	gboolean is_opaque;

	if (!decode_picture(data, size, &picture, &error)) {
		g_assert_true(error->domain == DECODE_ERROR);
		g_assert_null(picture.surface);
		return;
	}
	g_assert_no_error(error);
	is_opaque = cairo_image_surface_get_format(picture.surface) ==
		    CAIRO_FORMAT_RGB24;
	for (int y = 0; y < cairo_image_surface_get_height(picture.surface);
	     y++)
		check_row(decode_row(picture.surface, y),
			  cairo_image_surface_get_width(picture.surface),
			  is_opaque);
	picture_fini(&picture);
}
