#include "config.h"

#include "tests/render/png_check.h"

#include <string.h>

#include <png.h>
#include <zlib.h>

static guint32 get_be32(const guint8 *in)
{
	return (guint32)in[0] << 24 | in[1] << 16 | in[2] << 8 | in[3];
}

/* Walks the chunks and returns what the IDATs hold. */
static GByteArray *collect_idat(const guint8 *data, gsize size)
{
	GByteArray *idat = g_byte_array_new();
	gboolean is_idat = FALSE;
	gsize at = 8;

	g_assert_cmpmem(data, 8, "\x89PNG\r\n\x1a\n", 8);
	while (at < size) {
		gsize n;

		g_assert_cmpuint(size - at, >=, 12);
		n = get_be32(data + at);
		g_assert_cmpuint(size - at - 12, >=, n);
		g_assert_cmphex(get_be32(data + at + 8 + n), ==,
				crc32(0, data + at + 4, n + 4));
		if (memcmp(data + at + 4, "IDAT", 4) == 0) {
			g_assert_true(is_idat || idat->len == 0);
			is_idat = TRUE;
			g_byte_array_append(idat, data + at + 8, n);
		} else {
			is_idat = FALSE;
		}
		at += 12 + n;
	}
	g_assert_cmpmem(data + size - 8, 4, "IEND", 4);
	return idat;
}

static void check_stream(const guint8 *data, gsize size, gsize raw_size)
{
	g_autoptr(GByteArray) idat = collect_idat(data, size);
	g_autofree guint8 *raw = g_malloc(raw_size + 1);
	z_stream stream = {0};

	stream.next_in = idat->data;
	stream.avail_in = idat->len;
	stream.next_out = raw;
	stream.avail_out = raw_size + 1;
	g_assert_cmpint(inflateInit(&stream), ==, Z_OK);
	g_assert_cmpint(inflate(&stream, Z_FINISH), ==, Z_STREAM_END);
	g_assert_cmpuint(stream.avail_in, ==, 0);
	g_assert_cmpuint(stream.total_out, ==, raw_size);
	(void)inflateEnd(&stream);
}

static gsize raw_size(const guint8 *data, int width_px, int height_px)
{
	static const int samples[] = {1, 0, 3, 1, 0, 0, 4};
	const guint8 color = data[25];

	g_assert_cmpint(color, <, (int)G_N_ELEMENTS(samples));
	g_assert_cmpint(samples[color], >, 0);
	g_assert_cmpint(data[24], ==, 8);
	return (gsize)height_px * (1 + (gsize)width_px * samples[color]);
}

guint8 *png_check_decode(const guint8 *data, gsize size, int *out_width_px,
			 int *out_height_px)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	guint8 *pixels;

	g_assert_true(png_image_begin_read_from_memory(&image, data, size));
	check_stream(data, size, raw_size(data, image.width, image.height));
	image.format = PNG_FORMAT_RGBA;
	pixels = g_malloc(PNG_IMAGE_SIZE(image));
	g_assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
	g_assert_cmpstr(image.message, ==, "");
	*out_width_px = image.width;
	*out_height_px = image.height;
	return pixels;
}

/* As Cairo writes PNG files itself. */
static void expected_pixel(guint32 pixel, gboolean is_opaque, guint8 *out)
{
	guint32 alpha = is_opaque ? 255 : pixel >> 24;

	for (int i = 0; i < 3; i++) {
		guint32 c = pixel >> (16 - 8 * i) & 255;

		out[i] = alpha ? (c * 255 + alpha / 2) / alpha : 0;
	}
	out[3] = alpha;
}

void png_check_chain(const struct chain *chain, cairo_surface_t *surface)
{
	const gboolean is_opaque =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24;
	gsize size;
	g_autofree guint8 *data = chain_flatten(chain, &size);
	int width, height;
	g_autofree guint8 *pixels =
		png_check_decode(data, size, &width, &height);
	const guint8 *rows = cairo_image_surface_get_data(surface);

	g_assert_cmpint(width, ==, cairo_image_surface_get_width(surface));
	g_assert_cmpint(height, ==, cairo_image_surface_get_height(surface));
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			guint8 expected[4];
			guint32 pixel;

			memcpy(&pixel, rows + 4 * x, 4);
			expected_pixel(pixel, is_opaque, expected);
			g_assert_cmpmem(pixels + 4 * ((gsize)y * width + x), 4,
					expected, 4);
		}
		rows += cairo_image_surface_get_stride(surface);
	}
}

int png_check_color_type(const struct chain *chain)
{
	gsize size;
	g_autofree guint8 *data = chain_flatten(chain, &size);

	return data[25];
}

static cairo_status_t count_bytes(void *closure, const unsigned char *data,
				  unsigned int n)
{
	(void)data;
	*(gsize *)closure += n;
	return CAIRO_STATUS_SUCCESS;
}

/* Cairo writes through libpng with its defaults. */
gsize png_check_libpng_size(cairo_surface_t *surface)
{
	gsize size = 0;

	g_assert_cmpint(
		cairo_surface_write_to_png_stream(surface, count_bytes, &size),
		==, CAIRO_STATUS_SUCCESS);
	return size;
}
