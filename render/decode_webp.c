#include "config.h"

#include "render/decode_formats.h"

#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "render/autoptr.h"
#include "render/decode.h"
#include "render/gif.h"
#include "render/gif_builder.h"
#include "render/limits.h"

static gboolean fail(enum decode_error code, const char *why, GError **error)
{
	g_set_error(error, DECODE_ERROR, (int)code, "WebP: %s", why);
	return FALSE;
}

/* EXIF is a chunk of its own; some writers begin it as in a JPEG. */
static int find_orientation(const WebPData *data)
{
	WebPDemuxer *demuxer = WebPDemux(data);
	WebPChunkIterator chunk;
	int orientation = 1;

	if (demuxer && WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
		const guint8 *bytes = chunk.chunk.bytes;
		gsize size = chunk.chunk.size;
		gsize skip =
			size >= 6 && memcmp(bytes, "Exif\0", 6) == 0 ? 6 : 0;

		orientation =
			decode_exif_orientation(bytes + skip, size - skip);
		WebPDemuxReleaseChunkIterator(&chunk);
	}
	WebPDemuxDelete(demuxer);
	return orientation;
}

/* One frame of the decoder's canvas: premultiplied, blue first in memory. */
static cairo_surface_t *copy_frame(const guint8 *pixels,
				   const WebPAnimInfo *info, GError **error)
{
	cairo_surface_t *surface =
		decode_canvas(info->canvas_width, info->canvas_height,
			      CAIRO_FORMAT_ARGB32, error);

	for (guint y = 0; surface && y < info->canvas_height; y++) {
		guint32 *row = decode_row(surface, (int)y);

		memcpy(row, pixels + (gsize)y * info->canvas_width * 4,
		       (gsize)info->canvas_width * 4);
		for (guint x = 0; x < info->canvas_width; x++)
			row[x] = GUINT32_FROM_LE(row[x]);
	}
	return surface;
}

/* All frames with what they last, in milliseconds. */
struct reading {
	GPtrArray *frames;
	GArray *delays;
	WebPAnimInfo info;
};

static gboolean check_info(const WebPAnimInfo *info, GError **error)
{
	guint64 pixels = (guint64)info->canvas_width * info->canvas_height *
			 info->frame_count;

	if (!decode_check_size(info->canvas_width, info->canvas_height, error))
		return FALSE;
	if (info->frame_count < 1)
		return fail(DECODE_ERROR_CORRUPT, "no frame", error);
	if (info->frame_count <= LIMIT_TEMPLATE_FRAMES &&
	    pixels <= LIMIT_TEMPLATE_PIXELS)
		return TRUE;
	g_set_error(error, DECODE_ERROR, DECODE_ERROR_LIMIT,
		    "%u frames of %u × %u pixels, at most %d frames and %d "
		    "pixels in all are allowed",
		    info->frame_count, info->canvas_width, info->canvas_height,
		    LIMIT_TEMPLATE_FRAMES, LIMIT_TEMPLATE_PIXELS);
	return FALSE;
}

static gboolean read_frames(WebPAnimDecoder *decoder, struct reading *reading,
			    GError **error)
{
	int before_ms = 0, now_ms;
	uint8_t *pixels;

	if (!WebPAnimDecoderGetInfo(decoder, &reading->info))
		return fail(DECODE_ERROR_CORRUPT, "damaged", error);
	if (!check_info(&reading->info, error))
		return FALSE;
	while (WebPAnimDecoderHasMoreFrames(decoder)) {
		cairo_surface_t *frame;
		guint delay_ms;

		if (!WebPAnimDecoderGetNext(decoder, &pixels, &now_ms))
			return fail(DECODE_ERROR_CORRUPT, "a damaged frame",
				    error);
		frame = copy_frame(pixels, &reading->info, error);
		if (!frame)
			return FALSE;
		g_ptr_array_add(reading->frames, frame);
		delay_ms = (guint)MAX(now_ms - before_ms, 0);
		g_array_append_val(reading->delays, delay_ms);
		before_ms = now_ms;
	}
	if (reading->frames->len == reading->info.frame_count)
		return TRUE;
	return fail(DECODE_ERROR_CORRUPT, "a frame is missing", error);
}

/* Where every pixel of every frame is opaque, all of them are RGB24. */
static void settle_alpha(GPtrArray *frames)
{
	for (guint i = 0; i < frames->len; i++)
		if (!decode_is_opaque(g_ptr_array_index(frames, i)))
			return;
	for (guint i = 0; i < frames->len; i++)
		frames->pdata[i] = decode_drop_alpha(frames->pdata[i]);
}

/* WebP counts how often it plays, GIF how often it plays again. */
static guint loop_count(const WebPAnimInfo *info)
{
	if (info->loop_count == 0)
		return 0;
	return info->loop_count == 1 ? GIF_LOOP_NONE
				     : MIN(info->loop_count - 1, 65535);
}

static GBytes *make_gif(const struct reading *reading)
{
	g_autoptr(gif_builder_auto) builder =
		gif_builder_new((int)reading->info.canvas_width,
				(int)reading->info.canvas_height,
				loop_count(&reading->info), 100);

	for (guint i = 0; i < reading->frames->len; i++)
		gif_builder_add(builder, g_ptr_array_index(reading->frames, i),
				g_array_index(reading->delays, guint, i));
	return gif_builder_end(builder);
}

static void destroy_surface(void *surface)
{
	cairo_surface_destroy(surface);
}

static gboolean decode_with(WebPAnimDecoder *decoder, struct picture *out,
			    GError **error)
{
	struct reading reading = {
		.frames = g_ptr_array_new_with_free_func(destroy_surface),
		.delays = g_array_new(FALSE, FALSE, sizeof(guint)),
	};
	gboolean is_read = read_frames(decoder, &reading, error);

	if (is_read) {
		settle_alpha(reading.frames);
		out->surface = cairo_surface_reference(
			g_ptr_array_index(reading.frames, 0));
		if (reading.frames->len > 1) {
			out->gif = make_gif(&reading);
			out->frames = g_ptr_array_ref(reading.frames);
		}
	}
	g_ptr_array_unref(reading.frames);
	g_array_unref(reading.delays);
	return is_read;
}

gboolean decode_webp(const guint8 *bytes, gsize size, struct picture *out,
		     GError **error)
{
	const WebPData data = {bytes, size};
	WebPBitstreamFeatures features;
	WebPAnimDecoderOptions options;
	WebPAnimDecoder *decoder;
	gboolean is_decoded;

	/* The decoder allocates its canvas at once: its size comes first. */
	if (WebPGetFeatures(bytes, size, &features) != VP8_STATUS_OK)
		return fail(DECODE_ERROR_CORRUPT, "damaged", error);
	if (!decode_check_size(features.width, features.height, error))
		return FALSE;
	if (!WebPAnimDecoderOptionsInit(&options))
		return fail(DECODE_ERROR_CORRUPT,
			    "libwebpdemux is of another version", error);
	options.color_mode = MODE_bgrA;
	decoder = WebPAnimDecoderNew(&data, &options);
	if (!decoder)
		return fail(DECODE_ERROR_CORRUPT, "damaged", error);
	is_decoded = decode_with(decoder, out, error);
	WebPAnimDecoderDelete(decoder);
	if (!is_decoded || out->frames)
		return is_decoded;
	out->surface =
		decode_orient(out->surface, find_orientation(&data), error);
	return out->surface != NULL;
}
