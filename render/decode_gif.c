#include "config.h"

#include "render/decode_formats.h"

#include <string.h>

#include <gif_lib.h>

#include "render/autoptr.h"
#include "render/decode.h"

struct gif_decoder {
	GifFileType *gif;
	const guint8 *bytes;
	gsize size, at;
	cairo_surface_t *surface;
	int transparent; /* index, or NO_TRANSPARENT_COLOR */
};

static int read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct gif_decoder *decoder = gif->UserData;
	gsize size = MIN((gsize)n, decoder->size - decoder->at);

	memcpy(out, decoder->bytes + decoder->at, size);
	decoder->at += size;
	return (int)size;
}

static gboolean fail(enum decode_error code, const char *why, GError **error)
{
	g_set_error(error, DECODE_ERROR, code, "GIF: %s",
		    why ? why : "damaged");
	return FALSE;
}

static gboolean fail_as_giflib(int code, GError **error)
{
	return fail(DECODE_ERROR_CORRUPT, GifErrorString(code), error);
}

static void paint_row(const struct gif_decoder *decoder, const GifPixelType *in,
		      int y)
{
	const GifImageDesc *image = &decoder->gif->Image;
	const ColorMapObject *map =
		image->ColorMap ? image->ColorMap : decoder->gif->SColorMap;
	int width = cairo_image_surface_get_width(decoder->surface);
	guint32 *row;

	if (y >= cairo_image_surface_get_height(decoder->surface))
		return;
	row = decode_row(decoder->surface, y);
	for (int i = 0; i < image->Width && i + image->Left < width; i++) {
		const GifColorType *color;

		if (in[i] == decoder->transparent || in[i] >= map->ColorCount)
			continue;
		color = &map->Colors[in[i]];
		row[i + image->Left] = 0xff000000 | (guint32)color->Red << 16 |
				       (guint32)color->Green << 8 | color->Blue;
	}
}

/* The order of rows in an interlaced picture (GIF89a, appendix E). */
static const struct {
	int first, step;
} passes[4] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

static gboolean read_rows(const struct gif_decoder *decoder, GError **error)
{
	GifFileType *gif = decoder->gif;
	const GifImageDesc *image = &gif->Image;
	g_autofree GifPixelType *line = g_malloc((gsize)image->Width);
	gsize n_passes = image->Interlace ? G_N_ELEMENTS(passes) : 1;

	for (gsize pass = 0; pass < n_passes; pass++) {
		int y = image->Interlace ? passes[pass].first : 0;
		int step = image->Interlace ? passes[pass].step : 1;

		for (; y < image->Height; y += step) {
			if (DGifGetLine(gif, line, image->Width) != GIF_OK)
				return fail_as_giflib(gif->Error, error);
			paint_row(decoder, line, image->Top + y);
		}
	}
	return TRUE;
}

static gboolean read_image(struct gif_decoder *decoder, GError **error)
{
	GifFileType *gif = decoder->gif;

	if (decoder->surface)
		return fail(DECODE_ERROR_UNSUPPORTED,
			    "more than one frame, animations are not supported",
			    error);
	if (DGifGetImageDesc(gif) != GIF_OK)
		return fail_as_giflib(gif->Error, error);
	if (!gif->Image.ColorMap && !gif->SColorMap)
		return fail(DECODE_ERROR_CORRUPT, "no palette", error);
	if (!decode_check_size(gif->Image.Width, gif->Image.Height, error))
		return FALSE;
	/* A screen without a size is as large as its only frame. */
	decoder->surface =
		decode_canvas(gif->SWidth ? gif->SWidth : gif->Image.Width,
			      gif->SHeight ? gif->SHeight : gif->Image.Height,
			      CAIRO_FORMAT_ARGB32, error);
	return decoder->surface && read_rows(decoder, error);
}

static gboolean read_extension(struct gif_decoder *decoder, GError **error)
{
	GifFileType *gif = decoder->gif;
	GifByteType *block;
	GraphicsControlBlock control;
	int code;

	if (DGifGetExtension(gif, &code, &block) != GIF_OK)
		return fail_as_giflib(gif->Error, error);
	if (code == GRAPHICS_EXT_FUNC_CODE && block &&
	    DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
		decoder->transparent = control.TransparentColor;
	while (block) {
		if (DGifGetExtensionNext(gif, &block) != GIF_OK)
			return fail_as_giflib(gif->Error, error);
	}
	return TRUE;
}

static gboolean read_records(struct gif_decoder *decoder, GError **error)
{
	GifRecordType type;

	do {
		if (DGifGetRecordType(decoder->gif, &type) != GIF_OK)
			return fail_as_giflib(decoder->gif->Error, error);
		if (type == IMAGE_DESC_RECORD_TYPE &&
		    !read_image(decoder, error))
			return FALSE;
		if (type == EXTENSION_RECORD_TYPE &&
		    !read_extension(decoder, error))
			return FALSE;
	} while (type != TERMINATE_RECORD_TYPE);
	if (!decoder->surface)
		return fail(DECODE_ERROR_CORRUPT, "no frame", error);
	return TRUE;
}

cairo_surface_t *decode_gif(const guint8 *bytes, gsize size, GError **error)
{
	struct gif_decoder decoder = {.bytes = bytes,
				      .size = size,
				      .transparent = NO_TRANSPARENT_COLOR};
	gboolean is_read;
	int code = 0;

	decoder.gif = DGifOpen(&decoder, read_bytes, &code);
	if (!decoder.gif) {
		(void)fail_as_giflib(code, error);
		return NULL;
	}
	is_read = read_records(&decoder, error);
	(void)DGifCloseFile(decoder.gif, NULL); /* frees in any case */
	if (!is_read) {
		if (decoder.surface)
			cairo_surface_destroy(decoder.surface);
		return NULL;
	}
	return decode_premultiply(decoder.surface);
}
