#include "config.h"

#include "render/gif_changes.h"

#include <string.h>

#include "render/gif_color.h"
#include "render/gif_ink.h"

/* What an ink pixel is: 0xffRRGGBB, or 0 where nothing shows. */
struct pixel {
	guint32 under; /* the template's */
	guint32 shown; /* the answer's */
};

struct gif_tracker {
	const guint8 *data;
	const struct gif_layer *layers;
	gsize n_layers;
	struct gif_ink *ink;
	struct pixel *pixels, *saved; /* by number of the ink pixel */
	guint next;		      /* frame */
	gboolean is_stale; /* shown may be wrong where nothing is drawn */
	struct gif_changes changes;
};

/* A frame being looked at. */
struct look {
	struct gif_tracker *tracker;
	const struct gif_frame *frame;
	struct gif_room *room;
	guint32 colors[256];
};

struct gif_tracker *gif_tracker_new(const guint8 *data,
				    const struct gif_layer *layers,
				    gsize n_layers)
{
	struct gif_tracker *tracker = g_new0(struct gif_tracker, 1);
	const struct gif_head *head = gif_head(data);

	tracker->data = data;
	tracker->layers = layers;
	tracker->n_layers = n_layers;
	tracker->ink = gif_ink_new(layers, n_layers, head->width, head->height);
	tracker->pixels = g_new0(struct pixel, tracker->ink->n);
	tracker->changes.list = g_new(struct gif_change, tracker->ink->n);
	tracker->changes.is_touched = g_new0(guint8, head->height);
	return tracker;
}

void gif_tracker_free(struct gif_tracker *tracker)
{
	if (!tracker)
		return;
	gif_ink_free(tracker->ink);
	g_free(tracker->pixels);
	g_free(tracker->saved);
	g_free(tracker->changes.list);
	g_free(tracker->changes.is_touched);
	g_free(tracker);
}

static void save(struct gif_tracker *tracker)
{
	g_free(tracker->saved);
	tracker->saved = g_memdup2(tracker->pixels,
				   tracker->ink->n * sizeof(struct pixel));
}

/* Leaves what the next frame is drawn on. */
static void dispose(struct gif_tracker *tracker, const struct gif_frame *frame)
{
	gsize size = tracker->ink->n * sizeof(struct pixel);

	tracker->is_stale = frame->disposal != GIF_DISPOSAL_KEEP;
	if (size == 0)
		return;
	if (frame->disposal == GIF_DISPOSAL_RESTORE)
		memcpy(tracker->pixels, tracker->saved, size);
	if (frame->disposal == GIF_DISPOSAL_CLEAR)
		memset(tracker->pixels, 0, size);
}

static const guint8 *find_row(const struct look *look, guint row)
{
	const struct gif_frame *frame = look->frame;
	const guint8 *data = look->tracker->data;

	if (row < frame->top || row - frame->top >= frame->n_rows)
		return NULL;
	return data + frame->pixels +
	       (gsize)(row - frame->top) * gif_head(data)->width;
}

static void add_change(struct look *look, const struct gif_span *span, guint x,
		       guint group)
{
	struct gif_changes *changes = &look->tracker->changes;
	guint width = gif_head(look->tracker->data)->width;

	if (changes->n == 0)
		changes->top = span->row;
	changes->end = span->row + 1;
	changes->is_touched[span->row] = TRUE;
	changes->list[changes->n++] = (struct gif_change){
		(guint32)(span->row * width + span->x + x), group};
}

/* Compares pixel x of a span, of which the frame draws this index. Where the
 * caption has gone the template's very colour is wanted. */
static inline void compare(struct look *look, const struct gif_span *span,
			   guint x, guint index)
{
	guint transparent = look->frame->transparent;
	struct pixel *pixel = &look->tracker->pixels[span->at + x];
	guint32 wanted = look->tracker->ink->caption[span->at + x];
	gboolean is_new;

	if (index != transparent)
		pixel->under = look->colors[index];
	if (wanted >> 24 != 255)
		wanted = gif_ink_over(wanted, pixel->under);
	is_new = wanted != pixel->shown && wanted != 0;
	if (index == transparent && !is_new)
		return;
	pixel->shown = wanted;
	if (index != transparent && wanted == pixel->under)
		return; /* the frame draws it */
	if (index != transparent)
		look->tracker->changes.covered[index]++;
	add_change(look, span, x,
		   is_new || transparent == GIF_NOT_TRANSPARENT
			   ? gif_room_add(look->room, wanted,
					  wanted == pixel->under)
			   : GIF_LEFT_ALONE);
}

/* How many pixels from x on a frame leaves as they are: in most frames nearly
 * all, so eight are looked at together. */
static guint skip(const guint8 *row, guint x, guint n, guint transparent)
{
	guint64 all = transparent * G_GUINT64_CONSTANT(0x0101010101010101);
	guint64 eight;

	while (n - x >= sizeof(eight)) {
		memcpy(&eight, row + x, sizeof(eight));
		if (eight != all)
			break;
		x += sizeof(eight);
	}
	while (x < n && row[x] == transparent)
		x++;
	return x;
}

/* Where a frame draws nothing there is nothing new, but when a caption came or
 * went or a frame was disposed of. */
static void compare_span(struct look *look, const struct gif_span *span)
{
	guint transparent = look->frame->transparent;
	const guint8 *row = find_row(look, span->row);
	gboolean can_skip =
		!look->tracker->is_stale && transparent != GIF_NOT_TRANSPARENT;

	if (!row) {
		for (guint x = 0; x < span->n; x++)
			compare(look, span, x, transparent);
		return;
	}
	row += span->x;
	for (guint x = 0; x < span->n; x++) {
		if (can_skip)
			x = skip(row, x, span->n, transparent);
		if (x < span->n)
			compare(look, span, x, row[x]);
	}
}

static void compare_all(struct look *look)
{
	const struct gif_ink *ink = look->tracker->ink;
	const struct gif_frame *frame = look->frame;
	guint first = ink->row_spans[frame->top];
	guint end = ink->row_spans[frame->top + frame->n_rows];

	if (look->tracker->is_stale) {
		first = 0;
		end = ink->spans->len;
	}
	for (guint i = first; i < end; i++)
		compare_span(look,
			     &g_array_index(ink->spans, struct gif_span, i));
}

const struct gif_changes *gif_tracker_next(struct gif_tracker *tracker,
					   struct gif_room *room)
{
	const struct gif_head *head = gif_head(tracker->data);
	struct gif_changes *changes = &tracker->changes;
	guint i = tracker->next++;
	struct look look = {tracker, gif_frame(tracker->data, i), room, {0}};
	const guint8 *palette = tracker->data + look.frame->palette;

	if (i > 0)
		dispose(tracker, gif_frame(tracker->data, i - 1));
	if (look.frame->disposal == GIF_DISPOSAL_RESTORE)
		save(tracker);
	tracker->is_stale |= gif_ink_show(tracker->ink, tracker->layers,
					  tracker->n_layers, i);
	changes->n = changes->top = changes->end = 0;
	memset(changes->is_touched, FALSE, head->height);
	memset(changes->covered, 0, sizeof(changes->covered));
	for (guint j = 0; j < 256; j++)
		look.colors[j] = gif_color_from_rgb(&palette[3 * j]);
	compare_all(&look);
	return changes;
}
