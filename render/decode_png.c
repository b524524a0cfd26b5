#include "config.h"

#include "render/decode_formats.h"

#include <string.h>

#include <png.h>

/* What a picture says about itself beside its pixels and its orientation is
 * not read at all: colours are taken as sRGB, and text could be a bomb. */
static const png_byte ignored_chunks[] = "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0"
					 "oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0"
					 "sRGB\0sTER\0tEXt\0tIME\0zTXt";

struct png_decoder {
	png_structp png;
	png_infop info;
	const guint8 *bytes;
	gsize size, at;
	GError **error;
	cairo_surface_t *surface;
	png_bytep *rows;
	int orientation;
	gboolean has_alpha;
};

static void fail(png_structp png, png_const_charp message)
{
	struct png_decoder *decoder = png_get_error_ptr(png);

	g_set_error(decoder->error, DECODE_ERROR, DECODE_ERROR_CORRUPT,
		    "PNG: %s", message);
	png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
	struct png_decoder *decoder = png_get_io_ptr(png);

	if (n > decoder->size - decoder->at)
		png_error(png, "the file ends early");
	memcpy(out, decoder->bytes + decoder->at, n);
	decoder->at += n;
}

/* Whatever the file holds, make it 8-bit BGRA or BGRx in memory on a
 * little-endian machine, ARGB or xRGB on the other. */
static void set_transforms(struct png_decoder *decoder)
{
	png_structp png = decoder->png;

	png_set_expand(png);
	png_set_scale_16(png);
	png_set_gray_to_rgb(png);
	(void)png_set_interlace_handling(png);
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
	png_set_bgr(png);
	png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
#else
	png_set_swap_alpha(png);
	png_set_add_alpha(png, 0xff, PNG_FILLER_BEFORE);
#endif
	png_read_update_info(png, decoder->info);
}

static void read_orientation(struct png_decoder *decoder)
{
	png_bytep exif = NULL;
	png_uint_32 n = 0;

	decoder->orientation = 1;
	if (png_get_eXIf_1(decoder->png, decoder->info, &n, &exif))
		decoder->orientation = decode_exif_orientation(exif, n);
}

static gboolean read_picture(struct png_decoder *decoder)
{
	png_structp png = decoder->png;
	png_uint_32 height;

	if (setjmp(png_jmpbuf(png)))
		return FALSE;
	png_set_read_fn(png, decoder, read_bytes);
	png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ignored_chunks,
				    sizeof(ignored_chunks) / 5);
	png_read_info(png, decoder->info);
	decoder->has_alpha =
		png_get_color_type(png, decoder->info) & PNG_COLOR_MASK_ALPHA ||
		png_get_valid(png, decoder->info, PNG_INFO_tRNS);
	height = png_get_image_height(png, decoder->info);
	decoder->surface = decode_canvas(
		png_get_image_width(png, decoder->info), height,
		decoder->has_alpha ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24,
		decoder->error);
	if (!decoder->surface)
		return FALSE;
	set_transforms(decoder);
	decoder->rows = g_new(png_bytep, height);
	for (png_uint_32 y = 0; y < height; y++)
		decoder->rows[y] =
			(png_bytep)decode_row(decoder->surface, (int)y);
	png_read_image(png, decoder->rows);
	png_read_end(png, decoder->info);
	read_orientation(decoder);
	return TRUE;
}

gboolean decode_png(const guint8 *bytes, gsize size, struct picture *out,
		    GError **error)
{
	struct png_decoder decoder = {
		.bytes = bytes, .size = size, .error = error};
	gboolean is_read = FALSE;

	decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder,
					     fail, ignore);
	if (decoder.png)
		decoder.info = png_create_info_struct(decoder.png);
	if (decoder.info)
		is_read = read_picture(&decoder);
	else
		g_set_error_literal(error, DECODE_ERROR, DECODE_ERROR_LIMIT,
				    "PNG: no memory");
	png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
	g_free(decoder.rows);
	if (!is_read) {
		if (decoder.surface)
			cairo_surface_destroy(decoder.surface);
		return FALSE;
	}
	if (decoder.has_alpha)
		decoder.surface = decode_premultiply(decoder.surface);
	out->surface =
		decode_orient(decoder.surface, decoder.orientation, error);
	return out->surface != NULL;
}
