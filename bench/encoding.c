#include "config.h"

#include "bench/encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

struct encoding {
	cairo_surface_t *surface;
	enum macro_format format;
	int jpeg_quality;
	struct frames *frames; /* of a GIF */
};

struct encoding *encoding_new(struct pack *pack, int jpeg_quality)
{
	struct encoding *encoding = g_new0(struct encoding, 1);
	const guint8 *section;
	gsize size;

	encoding->surface = pack_surface(pack, 0);
	encoding->format = pack_get_info(pack)->format;
	encoding->jpeg_quality = jpeg_quality;
	if (encoding->format == MACRO_FORMAT_GIF &&
	    pack_section(pack, PACK_GIF, 0, &section, &size))
		encoding->frames = frames_new(section, size);
	return encoding;
}

void encoding_free(struct encoding *encoding)
{
	if (!encoding)
		return;
	cairo_surface_destroy(encoding->surface);
	frames_free(encoding->frames);
	g_free(encoding);
}

void encoding_jpeg(cairo_surface_t *surface, int quality, struct chain *out)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	guchar *row = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);
	unsigned char *bytes = NULL;
	unsigned long size = 0;
	GBytes *owned;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &bytes, &size);
	jpeg.image_width = (JDIMENSION)cairo_image_surface_get_width(surface);
	jpeg.image_height = (JDIMENSION)cairo_image_surface_get_height(surface);
	jpeg.input_components = 4;
	jpeg.in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, quality, TRUE);
	jpeg_start_compress(&jpeg, TRUE);
	for (; jpeg.next_scanline < jpeg.image_height; row += stride)
		(void)jpeg_write_scanlines(&jpeg, &row, 1);
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	owned = g_bytes_new_with_free_func(bytes, size, free, bytes);
	chain_append_bytes(out, owned);
	g_bytes_unref(owned);
}

static void append(png_structp png, png_bytep data, size_t size)
{
	g_byte_array_append(png_get_io_ptr(png), data, (guint)size);
}

static void no_flush(png_structp png)
{
	(void)png;
}

static void write_png(cairo_surface_t *surface, png_structp png, png_infop info)
{
	gboolean has_alpha =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
	int height_px = cairo_image_surface_get_height(surface);
	guchar *row = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	png_set_IHDR(png, info,
		     (png_uint_32)cairo_image_surface_get_width(surface),
		     (png_uint_32)height_px, 8,
		     has_alpha ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	png_set_bgr(png);
	if (!has_alpha)
		png_set_filler(png, 0, PNG_FILLER_AFTER);
	for (int y = 0; y < height_px; y++, row += stride)
		png_write_row(png, row);
	png_write_end(png, info);
}

static void encode_png(cairo_surface_t *surface, struct chain *out)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
						  NULL, NULL);
	png_infop info = png_create_info_struct(png);
	GByteArray *file = g_byte_array_new();
	gsize size;
	guint8 *bytes;

	png_set_write_fn(png, file, append, no_flush);
	write_png(surface, png, info);
	png_destroy_write_struct(&png, &info);
	bytes = g_byte_array_steal(file, &size);
	g_byte_array_unref(file);
	chain_append_owned(out, bytes, size);
}

gboolean encoding_run(const struct encoding *encoding, struct chain *out)
{
	switch (encoding->format) {
	case MACRO_FORMAT_JPEG:
		encoding_jpeg(encoding->surface, encoding->jpeg_quality, out);
		return TRUE;
	case MACRO_FORMAT_PNG:
		encode_png(encoding->surface, out);
		return TRUE;
	case MACRO_FORMAT_GIF:
		return encoding->frames && frames_encode(encoding->frames, out);
	case MACRO_FORMAT_WEBP:
	case MACRO_FORMAT_DEFAULT:
		break;
	}
	return FALSE;
}
