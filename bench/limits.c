#include "config.h"

#include "bench/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "bench/bench.h"

enum { ROUNDS = 15 };

double limit_memcpy_us(gsize size)
{
	g_autofree char *from = g_malloc(size), *to = g_malloc(size);
	double samples[ROUNDS];

	memset(from, 1, size);
	for (int i = 0; i < ROUNDS; i++) {
		gint64 start_ns = bench_cpu_ns();

		memcpy(to, from, size);
		/* The compiler must not find out that nobody reads it. */
		__asm__ volatile("" ::"r"(to) : "memory");
		samples[i] = (double)(bench_cpu_ns() - start_ns) / 1000;
	}
	return bench_median(samples, ROUNDS);
}

static void encode_jpeg(cairo_surface_t *surface, int quality)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	guchar *row = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);
	unsigned char *bytes = NULL;
	unsigned long size = 0;

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
	free(bytes);
}

static void count_bytes(png_structp png, png_bytep data, size_t size)
{
	(void)data;
	*(gsize *)png_get_io_ptr(png) += size;
}

static void no_flush(png_structp png)
{
	(void)png;
}

static void encode_png(cairo_surface_t *surface)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
						  NULL, NULL);
	png_infop info = png_create_info_struct(png);
	gboolean has_alpha =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
	int height_px = cairo_image_surface_get_height(surface);
	guchar *row = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);
	gsize size = 0;

	png_set_write_fn(png, &size, count_bytes, no_flush);
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
	png_destroy_write_struct(&png, &info);
}

double limit_encode_us(cairo_surface_t *surface, enum macro_format format,
		       int quality)
{
	double samples[ROUNDS];

	if (format != MACRO_FORMAT_JPEG && format != MACRO_FORMAT_PNG)
		return 0;
	for (int i = 0; i < ROUNDS; i++) {
		gint64 start_ns = bench_cpu_ns();

		if (format == MACRO_FORMAT_JPEG)
			encode_jpeg(surface, quality);
		else
			encode_png(surface);
		samples[i] = (double)(bench_cpu_ns() - start_ns) / 1000;
	}
	return bench_median(samples, ROUNDS);
}
