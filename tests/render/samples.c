#include "config.h"

#include "tests/render/samples.h"

#include <stdio.h>
#include <string.h>

#include <gif_lib.h>
#include <jpeglib.h>
#include <png.h>

int sample_field(int x, int y, int width_px, int height_px)
{
	return (y >= height_px / 2) * 2 + (x >= width_px / 2);
}

guint32 sample_color(int field, gboolean is_grey)
{
	static const guint32 colors[2][4] = {
		{0xff0000, 0x00ff00, 0x0000ff, 0xffffff},
		{0x000000, 0x555555, 0xaaaaaa, 0xffffff},
	};

	return colors[is_grey ? 1 : 0][field];
}

/* A TIFF file with nothing but an orientation. */
static gsize make_exif(int orientation, gboolean is_little_endian, guint8 *out)
{
	static const guint8 big[] = {'M', 'M', 0,    42, 0, 0, 0, 8, 0,
				     1,	  1,   0x12, 0,	 3, 0, 0, 0, 1,
				     0,	  0,   0,    0,	 0, 0, 0, 0};
	static const guint8 little[] = {'I', 'I',  42, 0, 8, 0, 0, 0, 1,
					0,   0x12, 1,  3, 0, 1, 0, 0, 0,
					0,   0,	   0,  0, 0, 0, 0, 0};

	memcpy(out, is_little_endian ? little : big, sizeof(big));
	out[is_little_endian ? 18 : 19] = (guint8)orientation;
	return sizeof(big);
}

static void fill_jpeg_row(const struct sample_jpeg *sample, int y, guint8 *row)
{
	gboolean is_grey = sample->space == JCS_GRAYSCALE;
	gboolean is_cmyk =
		sample->space == JCS_CMYK || sample->space == JCS_YCCK;

	for (int x = 0; x < sample->width_px; x++) {
		int field =
			sample_field(x, y, sample->width_px, sample->height_px);
		guint32 color = sample_color(field, is_grey);

		/* With Adobe's marker ink is stored upside down. */
		if (is_cmyk && sample->is_plain)
			color = ~color & 0xffffff;
		*row++ = (guint8)(color >> 16);
		if (is_grey)
			continue;
		*row++ = (guint8)(color >> 8);
		*row++ = (guint8)color;
		if (is_cmyk)
			*row++ = sample->is_plain ? 0 : 255;
	}
}

static void start_jpeg(struct jpeg_compress_struct *cinfo,
		       const struct sample_jpeg *sample)
{
	cinfo->image_width = (JDIMENSION)sample->width_px;
	cinfo->image_height = (JDIMENSION)sample->height_px;
	cinfo->in_color_space = JCS_RGB;
	if (sample->space == JCS_GRAYSCALE)
		cinfo->in_color_space = JCS_GRAYSCALE;
	if (sample->space == JCS_CMYK || sample->space == JCS_YCCK)
		cinfo->in_color_space = JCS_CMYK;
	cinfo->input_components = cinfo->in_color_space == JCS_GRAYSCALE ? 1
				  : cinfo->in_color_space == JCS_CMYK	 ? 4
									 : 3;
	jpeg_set_defaults(cinfo);
	jpeg_set_colorspace(cinfo, (J_COLOR_SPACE)sample->space);
	jpeg_set_quality(cinfo, 100, TRUE);
	if (sample->is_plain)
		cinfo->write_Adobe_marker = FALSE;
	if (sample->is_progressive)
		jpeg_simple_progression(cinfo);
	jpeg_start_compress(cinfo, TRUE);
}

GBytes *sample_jpeg_new(const struct sample_jpeg *sample)
{
	struct jpeg_compress_struct cinfo;
	struct jpeg_error_mgr errors;
	g_autofree guint8 *row = g_malloc((gsize)sample->width_px * 4);
	guint8 exif[64] = "Exif\0";
	unsigned char *bytes = NULL;
	unsigned long size = 0;

	cinfo.err = jpeg_std_error(&errors);
	jpeg_create_compress(&cinfo);
	jpeg_mem_dest(&cinfo, &bytes, &size);
	start_jpeg(&cinfo, sample);
	if (sample->orientation) {
		gsize n = make_exif(sample->orientation,
				    sample->is_exif_little_endian, exif + 6);

		jpeg_write_marker(&cinfo, JPEG_APP0 + 1, exif, (guint)n + 6);
	}
	for (int y = 0; y < sample->height_px; y++) {
		JSAMPROW line = row;

		fill_jpeg_row(sample, y, row);
		(void)jpeg_write_scanlines(&cinfo, &line, 1);
	}
	jpeg_finish_compress(&cinfo);
	jpeg_destroy_compress(&cinfo);
	return g_bytes_new_with_free_func(bytes, size, free, bytes);
}

static void append_png(png_structp png, png_bytep data, size_t size)
{
	g_byte_array_append(png_get_io_ptr(png), data, (guint)size);
}

static void flush_nothing(png_structp png)
{
	(void)png;
}

/* One sample of a row that libpng has told us the depth of. */
static void put_sample(guint8 *row, gsize at, int depth, guint value)
{
	gsize bit = at * (gsize)depth;

	if (depth == 16) {
		row[at * 2] = (guint8)value;
		row[at * 2 + 1] = (guint8)value;
	} else {
		row[bit / 8] |=
			(guint8)(value >>
				 (8 - depth) << (8 - depth - (int)(bit % 8)));
	}
}

static void fill_png_row(const struct sample_png *sample, int y, guint8 *row)
{
	gboolean is_grey = !(sample->color_type & PNG_COLOR_MASK_COLOR);
	gsize at = 0;

	for (int x = 0; x < sample->width_px; x++) {
		int field =
			sample_field(x, y, sample->width_px, sample->height_px);
		guint32 color = sample_color(field, is_grey);

		if (sample->color_type & PNG_COLOR_MASK_PALETTE) {
			put_sample(row, at++, sample->depth,
				   (guint)field << (8 - sample->depth));
			continue;
		}
		put_sample(row, at++, sample->depth, color >> 16);
		if (!is_grey) {
			put_sample(row, at++, sample->depth, color >> 8 & 255);
			put_sample(row, at++, sample->depth, color & 255);
		}
		if (sample->color_type & PNG_COLOR_MASK_ALPHA)
			put_sample(row, at++, sample->depth,
				   field == 0 ? 128 : 255);
	}
}

static void set_palette(png_structp png, png_infop info,
			const struct sample_png *sample)
{
	png_color palette[4];
	guint max = (1U << sample->depth) - 1;
	png_color_16 red = {.red = (png_uint_16)max};
	png_byte alpha = 0;

	for (int i = 0; i < 4; i++) {
		guint32 color = sample_color(i, FALSE);

		palette[i] =
			(png_color){(png_byte)(color >> 16),
				    (png_byte)(color >> 8), (png_byte)color};
	}
	if (sample->color_type & PNG_COLOR_MASK_PALETTE)
		png_set_PLTE(png, info, palette, sample->depth == 1 ? 2 : 4);
	if (sample->has_trns)
		png_set_tRNS(png, info, &alpha, 1, &red);
}

GBytes *sample_png_new(const struct sample_png *sample)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
						  NULL, NULL);
	png_infop info = png_create_info_struct(png);
	GByteArray *out = g_byte_array_new();
	gsize row_bytes = (gsize)sample->width_px * 8;
	g_autofree guint8 *pixels =
		g_malloc0(row_bytes * (gsize)sample->height_px);
	g_autofree png_bytep *rows = g_new(png_bytep, (gsize)sample->height_px);
	guint8 exif[64];

	png_set_write_fn(png, out, append_png, flush_nothing);
	png_set_IHDR(png, info, (png_uint_32)sample->width_px,
		     (png_uint_32)sample->height_px, sample->depth,
		     sample->color_type,
		     sample->is_interlaced ? PNG_INTERLACE_ADAM7
					   : PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	set_palette(png, info, sample);
	png_set_gAMA(png, info, 1.0); /* to be passed over */
	if (sample->orientation)
		png_set_eXIf_1(
			png, info,
			(guint)make_exif(sample->orientation, FALSE, exif),
			exif);
	for (int y = 0; y < sample->height_px; y++) {
		rows[y] = pixels + (gsize)y * row_bytes;
		fill_png_row(sample, y, rows[y]);
	}
	png_write_info(png, info);
	png_write_image(png, rows);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	return g_byte_array_free_to_bytes(out);
}

static int append_gif(GifFileType *gif, const GifByteType *data, int size)
{
	g_byte_array_append(gif->UserData, data, (guint)size);
	return size;
}

static void put_gif_rows(GifFileType *gif, const struct sample_gif *sample,
			 int first, int step)
{
	int width = sample->width_px - sample->left_px;
	g_autofree GifPixelType *row = g_malloc((gsize)width);

	for (int y = sample->top_px + first; y < sample->height_px; y += step) {
		for (int x = 0; x < width; x++)
			row[x] = (GifPixelType)sample_field(x + sample->left_px,
							    y, sample->width_px,
							    sample->height_px);
		g_assert_cmpint(EGifPutLine(gif, row, width), ==, GIF_OK);
	}
}

static void put_gif_frame(GifFileType *gif, const struct sample_gif *sample,
			  const ColorMapObject *palette)
{
	GraphicsControlBlock control = {
		.DelayTime = 10,
		.TransparentColor =
			sample->has_transparency ? 0 : NO_TRANSPARENT_COLOR};
	GifByteType block[4];

	EGifGCBToExtension(&control, block);
	EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, sizeof(block), block);
	EGifPutImageDesc(gif, sample->left_px, sample->top_px,
			 sample->width_px - sample->left_px,
			 sample->height_px - sample->top_px,
			 sample->is_interlaced,
			 sample->has_local_palette ? palette : NULL);
	if (!sample->is_interlaced) {
		put_gif_rows(gif, sample, 0, 1);
		return;
	}
	put_gif_rows(gif, sample, 0, 8);
	put_gif_rows(gif, sample, 4, 8);
	put_gif_rows(gif, sample, 2, 4);
	put_gif_rows(gif, sample, 1, 2);
}

GBytes *sample_gif_new(const struct sample_gif *sample)
{
	GByteArray *out = g_byte_array_new();
	ColorMapObject *palette = GifMakeMapObject(4, NULL);
	int code;
	GifFileType *gif = EGifOpen(out, append_gif, &code);

	for (int i = 0; i < 4; i++) {
		guint32 color = sample_color(i, FALSE);

		palette->Colors[i] = (GifColorType){(GifByteType)(color >> 16),
						    (GifByteType)(color >> 8),
						    (GifByteType)color};
	}
	EGifSetGifVersion(gif, true);
	EGifPutScreenDesc(gif, sample->width_px, sample->height_px, 8, 0,
			  sample->has_local_palette ? NULL : palette);
	for (int i = 0; i < sample->n_frames; i++)
		put_gif_frame(gif, sample, palette);
	EGifCloseFile(gif, &code);
	GifFreeMapObject(palette);
	return g_byte_array_free_to_bytes(out);
}
