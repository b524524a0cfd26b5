#include "config.h"

#include "render/gif_read.h"

#include <gif_lib.h>
#include <string.h>

#include "render/gif_source.h"
#include "render/limits.h"

struct reader {
	const guint8 *bytes;
	gsize size, at;
	GifFileType *gif;
	guint64 n_pixels; /* decoded so far, outside the screen too */
	GraphicsControlBlock control; /* for the next frame */
	struct gif_source source;
};

static int read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct reader *reader = gif->UserData;
	gsize take = MIN((gsize)n, reader->size - reader->at);

	if (take > 0)
		memcpy(out, reader->bytes + reader->at, take);
	reader->at += take;
	return (int)take;
}

static void free_frame(void *frame)
{
	g_free(((struct gif_source_frame *)frame)->pixels);
}

static void reset_control(struct reader *reader)
{
	reader->control = (GraphicsControlBlock){
		.DisposalMode = DISPOSAL_UNSPECIFIED,
		.TransparentColor = NO_TRANSPARENT_COLOR,
	};
}

static gboolean check_limit(guint64 value, guint64 limit, const char *what,
			    GError **error)
{
	if (value <= limit)
		return TRUE;
	g_set_error(error, GIF_PICTURE_ERROR, GIF_PICTURE_ERROR_LIMIT,
		    "%s: %" G_GUINT64_FORMAT
		    ", the limit is %" G_GUINT64_FORMAT,
		    what, value, limit);
	return FALSE;
}

/* Where the first frame reaches past the screen browsers make the screen
 * larger (Chromium; Firefox gives it the frame's size); later ones are clipped.
 */
static void fix_screen(struct reader *reader)
{
	const GifImageDesc *image = &reader->gif->Image;
	struct gif_source *source = &reader->source;

	if (source->frames->len > 0)
		return;
	source->width = MAX(source->width, (guint)(image->Left + image->Width));
	source->height =
		MAX(source->height, (guint)(image->Top + image->Height));
}

/* Checks everything that will be allocated or decoded for one more frame. */
static gboolean check_frame(struct reader *reader, GError **error)
{
	const struct gif_source *source = &reader->source;
	const GifImageDesc *image = &reader->gif->Image;
	guint64 n_frames = source->frames->len + 1;
	guint64 screen = (guint64)source->width * source->height;

	reader->n_pixels += (guint64)image->Width * (guint64)image->Height;
	return check_limit(source->width, LIMIT_TEMPLATE_SIDE_PX, "width",
			   error) &&
	       check_limit(source->height, LIMIT_TEMPLATE_SIDE_PX, "height",
			   error) &&
	       check_limit(n_frames, LIMIT_TEMPLATE_FRAMES, "frames", error) &&
	       check_limit(screen * n_frames, LIMIT_TEMPLATE_PIXELS,
			   "pixels in all frames", error) &&
	       check_limit(reader->n_pixels, LIMIT_TEMPLATE_PIXELS,
			   "pixels in all frames", error);
}

/* How the browsers take it: nothing is faster than 1/50 s, and what claims to
 * be shows for 1/10 s. */
static guint to_delay(int delay_cs)
{
	return delay_cs > 1 ? (guint)delay_cs : 10;
}

/* 4 is what some encoders wrote for 3, and browsers take it so. */
static enum gif_disposal to_disposal(int mode)
{
	if (mode == DISPOSE_BACKGROUND)
		return GIF_DISPOSAL_CLEAR;
	if (mode == DISPOSE_PREVIOUS || mode == 4)
		return GIF_DISPOSAL_RESTORE;
	return GIF_DISPOSAL_KEEP;
}

/* Entries that the file does not have are black. */
static void read_palette(const ColorMapObject *map, guint8 *out)
{
	memset(out, 0, GIF_PALETTE_BYTES);
	for (int i = 0; map && i < MIN(map->ColorCount, 256); i++) {
		out[3 * i] = map->Colors[i].Red;
		out[3 * i + 1] = map->Colors[i].Green;
		out[3 * i + 2] = map->Colors[i].Blue;
	}
}

/* The frame's part within the screen; no pixels yet. */
static void fill_frame(const struct reader *reader,
		       struct gif_source_frame *out)
{
	const struct gif_source *source = &reader->source;
	const GifImageDesc *image = &reader->gif->Image;
	guint left = MIN((guint)image->Left, source->width);
	guint top = MIN((guint)image->Top, source->height);

	*out = (struct gif_source_frame){
		.x = left,
		.y = top,
		.width = MIN((guint)image->Width, source->width - left),
		.height = MIN((guint)image->Height, source->height - top),
		.disposal = to_disposal(reader->control.DisposalMode),
		.transparent = GIF_NOT_TRANSPARENT,
		.delay_cs = to_delay(reader->control.DelayTime),
	};
	if (out->width == 0 || out->height == 0)
		out->width = out->height = 0;
	if (reader->control.TransparentColor != NO_TRANSPARENT_COLOR)
		out->transparent = (guint)reader->control.TransparentColor;
	read_palette(image->ColorMap ? image->ColorMap : reader->gif->SColorMap,
		     out->palette);
}

/* The row that comes n-th in an interlaced image (GIF89a, appendix E). */
static guint interlaced_row(guint n, guint height)
{
	static const guint first[4] = {0, 4, 2, 1}, step[4] = {8, 8, 4, 2};

	for (guint pass = 0; pass < 4; pass++) {
		guint n_rows =
			height > first[pass]
				? (height - first[pass] - 1) / step[pass] + 1
				: 0;

		if (n < n_rows)
			return first[pass] + n * step[pass];
		n -= n_rows;
	}
	g_assert_not_reached();
}

/* Decodes all rows and keeps what lies within the screen. FALSE: the codes end
 * too soon, or make no sense. */
static gboolean read_rows(struct reader *reader, struct gif_source_frame *frame)
{
	const GifImageDesc *image = &reader->gif->Image;
	g_autofree guint8 *line = g_malloc((gsize)image->Width);

	frame->pixels = g_malloc((gsize)frame->width * frame->height);
	for (guint i = 0; i < (guint)image->Height; i++) {
		guint row = image->Interlace
				    ? interlaced_row(i, (guint)image->Height)
				    : i;

		if (DGifGetLine(reader->gif, line, image->Width) == GIF_ERROR)
			return FALSE;
		if (row < frame->height && frame->width > 0)
			memcpy(frame->pixels + (gsize)row * frame->width, line,
			       frame->width);
	}
	return TRUE;
}

/* An image without pixels still has a code stream, to be skipped. */
static gboolean skip_codes(struct reader *reader)
{
	int code_size;
	GifByteType *block;

	if (DGifGetCode(reader->gif, &code_size, &block) == GIF_ERROR)
		return FALSE;
	while (block)
		if (DGifGetCodeNext(reader->gif, &block) == GIF_ERROR)
			return FALSE;
	return TRUE;
}

/* FALSE without an error: the file breaks off here. */
static gboolean read_image(struct reader *reader, GError **error)
{
	const GifImageDesc *image = &reader->gif->Image;
	struct gif_source_frame frame;
	gboolean is_whole;

	if (DGifGetImageDesc(reader->gif) == GIF_ERROR)
		return FALSE;
	fix_screen(reader);
	if (!check_frame(reader, error))
		return FALSE;
	fill_frame(reader, &frame);
	reset_control(reader);
	is_whole = image->Width > 0 && image->Height > 0
			   ? read_rows(reader, &frame)
			   : skip_codes(reader);
	if (!is_whole) {
		free_frame(&frame);
		return FALSE;
	}
	g_array_append_val(reader->source.frames, frame);
	return TRUE;
}

/* block[0] is the length of what follows. */
static void read_loop_count(struct reader *reader, const GifByteType *block)
{
	if (block[0] >= 3 && block[1] == 1)
		reader->source.loop_count = block[2] | (guint)block[3] << 8;
}

static gboolean is_loop_extension(int code, const GifByteType *block)
{
	return code == APPLICATION_EXT_FUNC_CODE && block[0] == 11 &&
	       (memcmp(block + 1, "NETSCAPE2.0", 11) == 0 ||
		memcmp(block + 1, "ANIMEXTS1.0", 11) == 0);
}

static gboolean read_extension(struct reader *reader)
{
	gboolean is_loop = FALSE;
	GifByteType *block;
	int code;

	if (DGifGetExtension(reader->gif, &code, &block) == GIF_ERROR)
		return FALSE;
	while (block) {
		if (code == GRAPHICS_EXT_FUNC_CODE)
			(void)DGifExtensionToGCB(block[0], block + 1,
						 &reader->control);
		else if (is_loop)
			read_loop_count(reader, block);
		else
			is_loop = is_loop_extension(code, block);
		if (DGifGetExtensionNext(reader->gif, &block) == GIF_ERROR)
			return FALSE;
	}
	return TRUE;
}

/* FALSE: the end, of whatever kind. */
static gboolean read_record(struct reader *reader, GError **error)
{
	GifRecordType type;

	if (DGifGetRecordType(reader->gif, &type) == GIF_ERROR)
		return FALSE;
	if (type == IMAGE_DESC_RECORD_TYPE)
		return read_image(reader, error);
	return type == EXTENSION_RECORD_TYPE && read_extension(reader);
}

static GBytes *read_all(struct reader *reader, GError **error)
{
	struct gif_source *source = &reader->source;
	GError *limit = NULL;

	source->width = (guint)reader->gif->SWidth;
	source->height = (guint)reader->gif->SHeight;
	source->loop_count = GIF_LOOP_NONE;
	reset_control(reader);
	while (read_record(reader, &limit))
		continue;
	if (limit) {
		g_propagate_error(error, limit);
		return NULL;
	}
	if (source->frames->len > 0 && source->width > 0 && source->height > 0)
		return gif_source_to_section(source);
	g_set_error(error, GIF_PICTURE_ERROR, GIF_PICTURE_ERROR_CORRUPT,
		    "GIF: no whole frame in %" G_GSIZE_FORMAT " bytes",
		    reader->size);
	return NULL;
}

GBytes *gif_read(const guint8 *bytes, gsize size, GError **error)
{
	struct reader reader = {.bytes = bytes, .size = size};
	GBytes *section;
	int code;

	if (!check_limit(size, LIMIT_TEMPLATE_BYTES, "bytes", error))
		return NULL;
	reader.gif = DGifOpen(&reader, read_bytes, &code);
	if (!reader.gif) {
		g_set_error(error, GIF_PICTURE_ERROR, GIF_PICTURE_ERROR_CORRUPT,
			    "GIF: %s", GifErrorString(code));
		return NULL;
	}
	reader.source.frames =
		g_array_new(FALSE, FALSE, sizeof(struct gif_source_frame));
	g_array_set_clear_func(reader.source.frames, free_frame);
	section = read_all(&reader, error);
	g_array_unref(reader.source.frames);
	(void)DGifCloseFile(reader.gif, &code);
	return section;
}
