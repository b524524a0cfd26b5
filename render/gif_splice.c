#include "config.h"

#include "render/gif.h"

#include <string.h>

#include "render/gif_color.h"
#include "render/gif_file.h"
#include "render/gif_ink.h"
#include "render/gif_lzw.h"
#include "render/gif_room.h"
#include "render/gif_section.h"

/* A pixel of the answer that is not the template's. */
struct change {
	guint row, x;
	guint group; /* of the room, or LEFT_ALONE */
};
#define LEFT_ALONE G_MAXUINT /* transparent: what shows stays */

/* What an ink pixel is, frame after frame. The colours are those wanted, not
 * the palette entries they became: a pixel is drawn again only when another
 * colour is wanted. */
struct pixels {
	guint32 *under; /* the template's */
	guint32 *shown; /* the answer's */
};

struct splice {
	const guint8 *data;
	const struct gif_head *head;
	const struct gif_layer *layers;
	gsize n_layers;
	struct chain *out;

	struct gif_ink *ink;
	struct pixels now, saved;
	guint32 *wanted;
	gboolean is_stale; /* shown may differ from wanted anywhere */

	struct gif_room *room;
	struct gif_lzw *lzw;
	GArray *changes;    /* struct change, of one frame */
	guint8 *rows;	    /* the picture's size: what is encoded anew */
	guint8 *is_touched; /* by row of the picture */
};

/* One frame of the answer. */
struct work {
	const struct gif_frame *frame;
	guint top, end; /* rows; the frame's, or more where ink needs it */
	guint32 covered[256]; /* the template's pixels that ink replaces */
	guint8 palette[GIF_PALETTE_BYTES];
	struct gif_room_palette room;
};

static void pixels_init(struct pixels *pixels, guint n)
{
	pixels->under = g_new0(guint32, n);
	pixels->shown = g_new0(guint32, n);
}

static void pixels_fini(struct pixels *pixels)
{
	g_free(pixels->under);
	g_free(pixels->shown);
}

static void pixels_copy(struct pixels *to, const struct pixels *from, guint n)
{
	memcpy(to->under, from->under, n * sizeof(guint32));
	memcpy(to->shown, from->shown, n * sizeof(guint32));
}

static const struct gif_span *span_at(const struct splice *splice, guint i)
{
	return &g_array_index(splice->ink->spans, struct gif_span, i);
}

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

/* Draws the template's frame where there is ink. */
static void draw_under(struct splice *splice, const struct gif_frame *frame,
		       guint first, guint end)
{
	const guint8 *palette = splice->data + frame->palette;
	guint32 colors[256];

	for (guint i = 0; i < 256; i++)
		colors[i] = gif_color_from_rgb(&palette[3 * i]);
	for (guint i = first; i < end; i++) {
		const struct gif_span *span = span_at(splice, i);
		const guint8 *from =
			frame_row(splice, frame, span->row) + span->x;
		guint32 *to = splice->now.under + span->at;

		for (guint j = 0; j < span->n; j++)
			if (from[j] != frame->transparent)
				to[j] = colors[from[j]];
	}
}

static void add_change(struct splice *splice, const struct gif_span *span,
		       guint j, gboolean is_drawn)
{
	struct change change = {span->row, span->x + j, LEFT_ALONE};
	guint32 wanted = splice->wanted[span->at + j];

	/* Where a caption has gone the template's very colour is wanted. */
	if (is_drawn)
		change.group =
			gif_room_add(splice->room, wanted,
				     wanted == splice->now.under[span->at + j]);
	g_array_append_val(splice->changes, change);
	splice->is_touched[span->row] = TRUE;
}

/* Finds what has to be drawn of a span, and what the template draws but the
 * answer must not. */
static void compare_span(struct splice *splice, struct work *work,
			 const struct gif_span *span)
{
	guint transparent = work->frame->transparent;
	const guint32 *wanted = splice->wanted + span->at;
	const guint32 *under = splice->now.under + span->at;
	guint32 *shown = splice->now.shown + span->at;
	const guint8 *row =
		has_row(work->frame, span->row)
			? frame_row(splice, work->frame, span->row) + span->x
			: NULL;

	for (guint j = 0; j < span->n; j++) {
		guint index = row ? row[j] : transparent;
		gboolean is_new = wanted[j] != shown[j] && wanted[j] != 0;

		if (index == transparent && !is_new)
			continue;
		shown[j] = wanted[j];
		if (index != transparent && wanted[j] == under[j])
			continue; /* the template draws it */
		add_change(splice, span, j,
			   is_new || transparent == GIF_NOT_TRANSPARENT);
		if (index != transparent)
			work->covered[index]++;
	}
}

/* Finds all changes of a frame. */
static void compare(struct splice *splice, struct work *work)
{
	const struct gif_frame *frame = work->frame;
	const guint *row_spans = splice->ink->row_spans;
	guint first = row_spans[frame->top];
	guint end = row_spans[frame->top + frame->n_rows];

	draw_under(splice, frame, first, end);
	if (splice->is_stale) {
		first = 0;
		end = splice->ink->spans->len;
	}
	if (first == end)
		return;
	gif_ink_blend(splice->ink, span_at(splice, first)->at,
		      span_at(splice, end - 1)->at +
			      span_at(splice, end - 1)->n,
		      splice->now.under, splice->wanted);
	for (guint i = first; i < end; i++)
		compare_span(splice, work, span_at(splice, i));
}

/* Takes the rows that have changes into the frame, and all between. */
static void extend(struct splice *splice, struct work *work)
{
	const struct change *first, *last;

	if (splice->changes->len == 0)
		return;
	first = &g_array_index(splice->changes, struct change, 0);
	last = &g_array_index(splice->changes, struct change,
			      splice->changes->len - 1);
	work->top = MIN(work->top, first->row);
	work->end = MAX(work->end, last->row + 1);
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
		work->room.counts[i] = counts[i] - work->covered[i];
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
	gsize width = splice->head->width;

	for (guint i = 0; i < splice->changes->len; i++) {
		const struct change *change =
			&g_array_index(splice->changes, struct change, i);

		splice->rows[change->row * width + change->x] =
			change->group == LEFT_ALONE
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

/* What the next frame is drawn on. */
static void dispose(struct splice *splice, const struct gif_frame *frame)
{
	gsize size = splice->ink->n * sizeof(guint32);

	splice->is_stale = frame->disposal != GIF_DISPOSAL_KEEP;
	if (frame->disposal == GIF_DISPOSAL_RESTORE)
		pixels_copy(&splice->now, &splice->saved, splice->ink->n);
	if (frame->disposal == GIF_DISPOSAL_CLEAR) {
		memset(splice->now.under, 0, size);
		memset(splice->now.shown, 0, size);
	}
}

static void splice_frame(struct splice *splice, guint i)
{
	const struct gif_frame *frame = gif_frame(splice->data, i);
	struct work work = {
		.frame = frame,
		.top = frame->top,
		.end = frame->top + frame->n_rows,
	};

	splice->is_stale |=
		gif_ink_show(splice->ink, splice->layers, splice->n_layers, i);
	if (frame->disposal == GIF_DISPOSAL_RESTORE)
		pixels_copy(&splice->saved, &splice->now, splice->ink->n);
	gif_room_reset(splice->room);
	g_array_set_size(splice->changes, 0);
	memset(splice->is_touched, FALSE, splice->head->height);
	compare(splice, &work);
	if (splice->changes->len > 0) {
		extend(splice, &work);
		settle_palette(splice, &work);
		make_rows(splice, &work);
	}
	if (i == 0)
		put_file_head(splice, &work);
	put_frame(splice, &work);
	dispose(splice, frame);
}

static void splice_init(struct splice *splice)
{
	gsize width = splice->head->width, height = splice->head->height;

	splice->ink = gif_ink_new(splice->layers, splice->n_layers,
				  (guint)width, (guint)height);
	pixels_init(&splice->now, splice->ink->n);
	pixels_init(&splice->saved, splice->ink->n);
	splice->wanted = g_new0(guint32, splice->ink->n);
	splice->room = gif_room_new();
	splice->lzw = gif_lzw_new();
	splice->changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	splice->rows = g_malloc(width * height);
	splice->is_touched = g_new0(guint8, height);
}

static void splice_fini(struct splice *splice)
{
	gif_ink_free(splice->ink);
	pixels_fini(&splice->now);
	pixels_fini(&splice->saved);
	g_free(splice->wanted);
	gif_room_free(splice->room);
	gif_lzw_free(splice->lzw);
	g_array_unref(splice->changes);
	g_free(splice->rows);
	g_free(splice->is_touched);
}

void gif_splice(const guint8 *data, gsize size, const struct gif_layer *layers,
		gsize n_layers, struct chain *out)
{
	struct splice splice = {
		.data = data,
		.head = gif_head(data),
		.layers = layers,
		.n_layers = n_layers,
		.out = out,
	};
	const guint8 *stream = data + splice.head->stream;

	(void)size;
	if (n_layers == 0) {
		chain_append_borrowed(out, stream, splice.head->stream_size);
		return;
	}
	splice_init(&splice);
	for (guint i = 0; i < splice.head->n_frames; i++)
		splice_frame(&splice, i);
	chain_append_borrowed(out, stream + splice.head->stream_size - 1, 1);
	splice_fini(&splice);
}
