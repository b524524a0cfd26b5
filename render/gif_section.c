#include "config.h"

#include "render/gif.h"

#include "render/gif_file.h"
#include "render/gif_lzw.h"
#include "render/gif_section.h"
#include "render/limits.h"

GQuark gif_picture_error_quark(void)
{
	return g_quark_from_static_string("gif-picture-error");
}

/* Whether size bytes at offset, a multiple of 4, lie within total. */
static gboolean is_inside(gsize total, guint32 offset, guint64 size)
{
	return offset % 4 == 0 && offset <= total && size <= total - offset;
}

static gboolean check_head(const guint8 *data, gsize size, int width_px,
			   int height_px)
{
	const struct gif_head *head = gif_head(data);

	if (size < sizeof(*head) || head->magic != GIF_SECTION_MAGIC)
		return FALSE;
	if (width_px < 1 || head->width != (guint)width_px || height_px < 1 ||
	    head->height != (guint)height_px ||
	    head->width > LIMIT_TEMPLATE_SIDE_PX ||
	    head->height > LIMIT_TEMPLATE_SIDE_PX ||
	    (guint64)head->width * head->height > LIMIT_TEMPLATE_PIXELS)
		return FALSE;
	if (head->n_frames < 1 || head->n_frames > LIMIT_TEMPLATE_FRAMES)
		return FALSE;
	if (head->loop_count > 65535 && head->loop_count != GIF_LOOP_NONE)
		return FALSE;
	if (head->palette_bits != 6 && head->palette_bits != 8)
		return FALSE;
	return is_inside(size, sizeof(*head),
			 head->n_frames * (guint64)sizeof(struct gif_frame)) &&
	       is_inside(size, head->palette, GIF_PALETTE_BYTES) &&
	       is_inside(size, head->stream, head->stream_size);
}

static gboolean check_bands(const guint8 *data, const struct gif_frame *frame)
{
	const struct gif_band *bands = gif_bands(data, frame);
	guint64 width = gif_head(data)->width;
	guint n = frame->n_bands;

	if (bands[0].row != 0 || bands[0].offset != 0)
		return FALSE;
	for (guint i = 0; i < n; i++) {
		guint64 n_rows = (guint64)bands[i + 1].row - bands[i].row;

		if (bands[i + 1].row <= bands[i].row ||
		    bands[i + 1].offset <= bands[i].offset)
			return FALSE;
		if (i + 1 < n && n_rows * width < GIF_LZW_MIN_PIXELS)
			return FALSE;
	}
	return bands[n].row == frame->n_rows;
}

static gboolean check_indices(const guint8 *data, const struct gif_frame *frame)
{
	const guint8 *pixels = data + frame->pixels;
	gsize n = (gsize)frame->n_rows * gif_head(data)->width;
	guint8 all = 0;

	for (gsize i = 0; i < n; i++)
		all |= pixels[i];
	return all >> frame->min_bits == 0;
}

static gboolean check_values(const struct gif_head *head,
			     const struct gif_frame *frame)
{
	if (frame->n_rows < 1 || frame->top > head->height ||
	    frame->n_rows > head->height - frame->top)
		return FALSE;
	if (frame->disposal < GIF_DISPOSAL_KEEP ||
	    frame->disposal > GIF_DISPOSAL_RESTORE || frame->delay_cs > 65535)
		return FALSE;
	if (frame->min_bits != 6 && frame->min_bits != 8)
		return FALSE;
	if (frame->transparent == GIF_NOT_TRANSPARENT)
		return frame->n_rows == head->height;
	return frame->transparent < 1u << frame->min_bits;
}

/* *at is where the frame begins in the stream, and moves to its end. */
static gboolean check_frame(const guint8 *data, gsize size,
			    const struct gif_frame *frame, guint32 *at)
{
	const struct gif_head *head = gif_head(data);
	guint64 n_pixels = (guint64)frame->n_rows * head->width;
	guint32 n_codes;

	if (!check_values(head, frame) ||
	    !is_inside(size, frame->palette, GIF_PALETTE_BYTES) ||
	    !is_inside(size, frame->counts, 256 * sizeof(guint32)) ||
	    !is_inside(size, frame->pixels, n_pixels))
		return FALSE;
	if (frame->n_bands < 1 || frame->n_bands > frame->n_rows ||
	    !is_inside(size, frame->bands,
		       (frame->n_bands + 1) * (guint64)sizeof(struct gif_band)))
		return FALSE;
	if (!check_bands(data, frame) || !check_indices(data, frame))
		return FALSE;
	n_codes = gif_bands(data, frame)[frame->n_bands].offset;
	if (frame->head != *at || frame->codes <= frame->head ||
	    frame->codes > head->stream_size ||
	    n_codes > head->stream_size - frame->codes)
		return FALSE;
	*at = frame->codes + n_codes;
	return TRUE;
}

gboolean gif_section_check(const guint8 *data, gsize size, int width_px,
			   int height_px, GError **error)
{
	const struct gif_head *head = gif_head(data);
	guint32 at;

	if (!check_head(data, size, width_px, height_px)) {
		g_set_error(error, GIF_PICTURE_ERROR, GIF_PICTURE_ERROR_SECTION,
			    "not a GIF section of %d × %d pixels", width_px,
			    height_px);
		return FALSE;
	}
	at = gif_file_head_size(head->palette_bits, head->loop_count);
	for (guint i = 0; i < head->n_frames; i++) {
		if (!check_frame(data, size, gif_frame(data, i), &at)) {
			g_set_error(error, GIF_PICTURE_ERROR,
				    GIF_PICTURE_ERROR_SECTION,
				    "GIF section: frame %u of %u is damaged", i,
				    head->n_frames);
			return FALSE;
		}
	}
	/* After the last frame stands the trailer. */
	if (at == head->stream_size - 1)
		return TRUE;
	g_set_error(error, GIF_PICTURE_ERROR, GIF_PICTURE_ERROR_SECTION,
		    "GIF section: the frames end at %u of %u bytes", at,
		    head->stream_size);
	return FALSE;
}

void gif_section_info(const guint8 *data, gsize size, struct gif_info *out)
{
	const struct gif_head *head = gif_head(data);

	*out = (struct gif_info){
		.width_px = (int)head->width,
		.height_px = (int)head->height,
		.n_frames = head->n_frames,
		.loop_count = head->loop_count,
		.is_opaque = head->is_opaque != 0,
	};
	for (guint i = 0; i < head->n_frames && head->n_frames > 1; i++)
		out->duration_ms += gif_section_delay_ms(data, size, i);
}

guint gif_section_delay_ms(const guint8 *data, gsize size, guint frame)
{
	(void)size; /* for one shape with the others */
	return gif_frame(data, frame)->delay_cs * 10;
}

void gif_section_span(const guint8 *data, gsize size, double start, double stop,
		      guint *out_first, guint *out_end)
{
	struct gif_info info;
	guint at_ms = 0, first = 0, end = 0;

	gif_section_info(data, size, &info);
	for (guint i = 0; i < info.n_frames; i++) {
		if (at_ms <= start * info.duration_ms)
			first = i;
		if (at_ms < stop * info.duration_ms)
			end = i + 1;
		at_ms += gif_section_delay_ms(data, size, i);
	}
	*out_first = first;
	*out_end = MAX(end, first + 1);
}
