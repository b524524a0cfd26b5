#include "config.h"

#include "render/gif.h"

#include <string.h>

#include "render/gif_changes.h"
#include "render/gif_file.h"
#include "render/gif_lzw.h"
#include "render/gif_room.h"
#include "render/gif_section.h"

struct splice {
	const guint8 *data;
	const struct gif_head *head;
	struct chain *out;
	struct gif_tracker *tracker;
	struct gif_room *room;
	struct gif_lzw *lzw;
	guint8 *rows;	    /* the picture's size: what is encoded anew */
	guint8 *is_touched; /* by row of the picture */
};

/* One frame of the answer. */
struct work {
	const struct gif_frame *frame;
	const struct gif_changes *changes;
	guint top, end; /* rows; the frame's, or more where ink needs it */
	guint8 palette[GIF_PALETTE_BYTES];
	struct gif_room_palette room;
};

static gboolean has_row(const struct gif_frame *frame, guint row)
{
	return row >= frame->top && row - frame->top < frame->n_rows;
}

/* The template's indices of a row that the frame has. */
static const guint8 *frame_row(const struct splice *splice,
			       const struct gif_frame *frame, guint row)
{
	return splice->data + frame->pixels +
	       (gsize)(row - frame->top) * splice->head->width;
}

/* Rows where a merged entry is drawn have to be encoded anew as well. */
static void touch_merged(struct splice *splice, const struct work *work)
{
	const struct gif_frame *frame = work->frame;
	gsize width = splice->head->width;

	for (guint i = 0; i < 256; i++)
		for (guint row = frame->top; work->room.merged[i] != i &&
					     row < frame->top + frame->n_rows;
		     row++)
			if (memchr(frame_row(splice, frame, row), (int)i,
				   width))
				splice->is_touched[row] = TRUE;
}

static void settle_palette(struct splice *splice, struct work *work)
{
	const struct gif_frame *frame = work->frame;
	const guint32 *counts = gif_counts(splice->data, frame);

	memcpy(work->palette, splice->data + frame->palette, GIF_PALETTE_BYTES);
	work->room = (struct gif_room_palette){
		.entries = work->palette,
		.n_entries = 1u << frame->min_bits,
		.transparent = frame->transparent,
	};
	for (guint i = 0; i < 256; i++)
		work->room.counts[i] = counts[i] - work->changes->covered[i];
	gif_room_settle(splice->room, &work->room);
	if (work->room.is_merged)
		touch_merged(splice, work);
}

/* Rows first to end - 1 as the answer has them, but for the changes. */
static void copy_rows(struct splice *splice, const struct work *work,
		      guint first, guint end)
{
	gsize width = splice->head->width;

	for (guint row = first; row < end; row++) {
		guint8 *to = splice->rows + row * width;

		if (!has_row(work->frame, row))
			memset(to, (int)(work->frame->transparent & 0xff),
			       width);
		else
			memcpy(to, frame_row(splice, work->frame, row), width);
		for (gsize x = 0; x < width && work->room.is_merged; x++)
			to[x] = work->room.merged[to[x]];
	}
}

static void apply_changes(struct splice *splice, const struct work *work)
{
	for (guint i = 0; i < work->changes->n; i++) {
		const struct gif_change *change = &work->changes->list[i];

		splice->rows[change->at] =
			change->group == GIF_LEFT_ALONE
				? (guint8)work->frame->transparent
				: gif_room_entry(splice->room, change->group);
	}
}

/* Encodes rows first to end - 1 anew. */
static void put_rows(struct splice *splice, const struct work *work,
		     guint first, guint end)
{
	gsize width = splice->head->width;
	struct gif_lzw_band band = {
		.pixels = splice->rows + first * width,
		.n_pixels = (end - first) * width,
		.min_bits = work->frame->min_bits,
		.is_first = first == work->top,
		.is_last = end == work->end,
	};
	guint8 *codes = g_malloc(gif_lzw_bound(band.n_pixels));
	gsize size = gif_lzw_encode(splice->lzw, &band, codes);

	chain_append_owned(splice->out, g_realloc(codes, size), size);
}

/* Whether band i has to be encoded anew. Its rows are written to out_first and
 * out_end; the outer bands take the rows that the frame is extended by, so that
 * no clear code comes twice and the codes end once. */
static gboolean is_band_touched(const struct splice *splice,
				const struct work *work, guint i,
				guint *out_first, guint *out_end)
{
	const struct gif_frame *frame = work->frame;
	const struct gif_band *bands = gif_bands(splice->data, frame);
	guint first = frame->top + bands[i].row;
	guint end = frame->top + bands[i + 1].row;

	*out_first = i == 0 ? work->top : first;
	*out_end = i + 1 == frame->n_bands ? work->end : end;
	return *out_first != first || *out_end != end ||
	       memchr(splice->is_touched + first, TRUE, end - first);
}

static void make_rows(struct splice *splice, const struct work *work)
{
	guint first, end;

	for (guint i = 0; i < work->frame->n_bands; i++)
		if (is_band_touched(splice, work, i, &first, &end))
			copy_rows(splice, work, first, end);
	apply_changes(splice, work);
}

/* The template's bands, and between them runs of touched ones, each encoded as
 * one. */
static void put_bands(struct splice *splice, const struct work *work)
{
	const struct gif_band *bands = gif_bands(splice->data, work->frame);
	const guint8 *codes =
		splice->data + splice->head->stream + work->frame->codes;
	guint first, end, done = work->top;

	for (guint i = 0; i < work->frame->n_bands; i++) {
		if (is_band_touched(splice, work, i, &first, &end))
			continue;
		if (done < first)
			put_rows(splice, work, done, first);
		chain_append_borrowed(splice->out, codes + bands[i].offset,
				      bands[i + 1].offset - bands[i].offset);
		done = end;
	}
	if (done < work->end)
		put_rows(splice, work, done, work->end);
}

/* A still picture's palette is the global one, also when it has changed. */
static gboolean has_global(const struct splice *splice, const struct work *work)
{
	return splice->head->n_frames == 1 ||
	       (!work->frame->has_palette && !work->room.is_changed);
}

static void put_frame_head(struct splice *splice, const struct work *work)
{
	const struct gif_frame *frame = work->frame;
	struct gif_frame_head head = {
		.width = splice->head->width,
		.top = work->top,
		.n_rows = work->end - work->top,
		.disposal = frame->disposal,
		.transparent = frame->transparent,
		.delay_cs = frame->delay_cs,
		.min_bits = frame->min_bits,
		.palette = has_global(splice, work) ? NULL : work->palette,
	};
	guint8 *bytes = g_malloc(GIF_FRAME_HEAD_MAX);

	chain_append_owned(splice->out, bytes,
			   gif_file_put_frame_head(&head, bytes));
}

static void put_frame(struct splice *splice, const struct work *work)
{
	const struct gif_frame *frame = work->frame;
	const guint8 *stream = splice->data + splice->head->stream;

	if (work->room.is_changed || work->top != frame->top ||
	    work->end - work->top != frame->n_rows)
		put_frame_head(splice, work);
	else
		chain_append_borrowed(splice->out, stream + frame->head,
				      frame->codes - frame->head);
	put_bands(splice, work);
}

static void put_file_head(struct splice *splice, const struct work *work)
{
	const struct gif_head *from = splice->head;
	struct gif_file_head head = {
		.width = from->width,
		.height = from->height,
		.loop_count = from->loop_count,
		.palette_bits = from->palette_bits,
		.palette = work->palette,
	};
	guint8 *bytes;

	if (from->n_frames > 1 || !work->room.is_changed) {
		chain_append_borrowed(splice->out, splice->data + from->stream,
				      work->frame->head);
		return;
	}
	bytes = g_malloc(GIF_FILE_HEAD_MAX);
	chain_append_owned(splice->out, bytes, gif_file_put_head(&head, bytes));
}

static void splice_frame(struct splice *splice, guint i)
{
	const struct gif_frame *frame = gif_frame(splice->data, i);
	struct work work = {
		.frame = frame,
		.top = frame->top,
		.end = frame->top + frame->n_rows,
	};

	gif_room_reset(splice->room);
	work.changes = gif_tracker_next(splice->tracker, splice->room);
	memcpy(splice->is_touched, work.changes->is_touched,
	       splice->head->height);
	if (work.changes->n > 0) {
		work.top = MIN(work.top, work.changes->top);
		work.end = MAX(work.end, work.changes->end);
		settle_palette(splice, &work);
		make_rows(splice, &work);
	}
	if (i == 0)
		put_file_head(splice, &work);
	put_frame(splice, &work);
}

void gif_splice(const guint8 *data, gsize size, const struct gif_layer *layers,
		gsize n_layers, struct chain *out)
{
	const struct gif_head *head = gif_head(data);
	struct splice splice = {.data = data, .head = head, .out = out};

	(void)size; /* for one shape with the others */
	if (n_layers == 0) {
		chain_append_borrowed(out, data + head->stream,
				      head->stream_size);
		return;
	}
	splice.tracker = gif_tracker_new(data, layers, n_layers);
	splice.room = gif_room_new();
	splice.lzw = gif_lzw_new();
	splice.rows = g_malloc((gsize)head->width * head->height);
	splice.is_touched = g_malloc(head->height);
	for (guint i = 0; i < head->n_frames; i++)
		splice_frame(&splice, i);
	chain_append_borrowed(out, data + head->stream + head->stream_size - 1,
			      1);
	gif_tracker_free(splice.tracker);
	gif_room_free(splice.room);
	gif_lzw_free(splice.lzw);
	g_free(splice.rows);
	g_free(splice.is_touched);
}
