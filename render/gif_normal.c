#include "config.h"

#include "render/gif_source.h"

#include <string.h>

#include "render/gif_color.h"
#include "render/gif_lzw.h"
#include "render/gif_quantize.h"
#include "render/gif_writer.h"

/* What shows, as 0xffRRGGBB or 0, and what did before a frame that restores. */
struct canvas {
	gsize width, height;
	guint32 *pixels;
	guint32 *saved;
};

static void canvas_init(struct canvas *canvas, const struct gif_source *source)
{
	gsize n = (gsize)source->width * source->height;

	canvas->width = source->width;
	canvas->height = source->height;
	canvas->pixels = g_new0(guint32, n);
	canvas->saved = g_new0(guint32, n);
}

static void canvas_fini(struct canvas *canvas)
{
	g_free(canvas->pixels);
	g_free(canvas->saved);
}

static guint32 color_at(const struct gif_source_frame *frame, guint i)
{
	return gif_color_from_rgb(&frame->palette[3 * i]);
}

static void canvas_draw(struct canvas *canvas,
			const struct gif_source_frame *frame)
{
	guint32 colors[256];

	for (guint i = 0; i < 256; i++)
		colors[i] = color_at(frame, i);
	if (frame->disposal == GIF_DISPOSAL_RESTORE)
		memcpy(canvas->saved, canvas->pixels,
		       canvas->width * canvas->height * sizeof(guint32));
	for (gsize y = 0; y < frame->height; y++) {
		const guint8 *from = frame->pixels + y * frame->width;
		guint32 *to = canvas->pixels + (frame->y + y) * canvas->width +
			      frame->x;

		for (gsize x = 0; x < frame->width; x++)
			if (from[x] != frame->transparent)
				to[x] = colors[from[x]];
	}
}

static void canvas_dispose(struct canvas *canvas,
			   const struct gif_source_frame *frame)
{
	if (frame->disposal == GIF_DISPOSAL_RESTORE)
		memcpy(canvas->pixels, canvas->saved,
		       canvas->width * canvas->height * sizeof(guint32));
	if (frame->disposal == GIF_DISPOSAL_CLEAR)
		for (gsize y = 0; y < frame->height; y++)
			memset(canvas->pixels + (frame->y + y) * canvas->width +
				       frame->x,
			       0, frame->width * sizeof(guint32));
}

static struct gif_source_frame *frame_at(const struct gif_source *source,
					 guint i)
{
	return &g_array_index(source->frames, struct gif_source_frame, i);
}

static gboolean is_whole(const struct gif_source *source,
			 const struct gif_source_frame *frame)
{
	return frame->width == source->width && frame->height == source->height;
}

/* Gives the first of the two nearest colours to both. Returns the index that is
 * free then. */
static guint merge_nearest(struct gif_source_frame *frame)
{
	gsize n = (gsize)frame->width * frame->height;
	guint best = G_MAXUINT, from = 0, to = 0;

	for (guint i = 0; i < 256; i++) {
		for (guint j = 0; j < i; j++) {
			guint distance = gif_color_distance(color_at(frame, i),
							    color_at(frame, j));

			if (distance >= best)
				continue;
			best = distance;
			from = i;
			to = j;
		}
	}
	for (gsize i = 0; i < n; i++)
		if (frame->pixels[i] == from)
			frame->pixels[i] = (guint8)to;
	return from;
}

/* A frame that does not draw everything needs a transparent index, and one
 * after the first can use it to leave captions alone. Where all 256 colours are
 * in use the exact picture goes before that; only a frame smaller than the
 * screen must then do with one less. */
static void choose_transparent(const struct gif_source *source,
			       struct gif_source_frame *frame,
			       gboolean is_first)
{
	gsize n = (gsize)frame->width * frame->height;
	gboolean is_used[256] = {FALSE};
	guint unused = 0;

	for (gsize i = 0; i < n; i++)
		is_used[frame->pixels[i]] = TRUE;
	if (frame->transparent != GIF_NOT_TRANSPARENT) {
		/* Not needed: a free entry for a caption. */
		if (is_first && is_whole(source, frame) &&
		    !is_used[frame->transparent])
			frame->transparent = GIF_NOT_TRANSPARENT;
		return;
	}
	if (is_first && is_whole(source, frame))
		return;
	while (unused < 256 && is_used[unused])
		unused++;
	if (unused < 256)
		frame->transparent = unused;
	else if (!is_whole(source, frame))
		frame->transparent = merge_nearest(frame);
}

/* Whether a frame paints over the canvas's pixel at x, y. */
static gboolean draws(const struct gif_source_frame *frame, guint x, guint y)
{
	if (x < frame->x || x - frame->x >= frame->width || y < frame->y ||
	    y - frame->y >= frame->height)
		return FALSE;
	return frame->pixels[(gsize)(y - frame->y) * frame->width + x -
			     frame->x] != frame->transparent;
}

/* Whether clearing a frame that shows on the canvas can be seen once the next
 * one is drawn. Many encoders clear what the next frame covers anyway. */
static gboolean is_clear_seen(const struct canvas *canvas,
			      const struct gif_source_frame *frame,
			      const struct gif_source_frame *next)
{
	if (next->disposal == GIF_DISPOSAL_RESTORE)
		return TRUE;
	for (guint y = frame->y; y < frame->y + frame->height; y++)
		for (guint x = frame->x; x < frame->x + frame->width; x++)
			if (canvas->pixels[y * canvas->width + x] != 0 &&
			    !draws(next, x, y))
				return TRUE;
	return FALSE;
}

static gboolean is_opaque(const struct canvas *canvas)
{
	for (gsize i = 0; i < canvas->width * canvas->height; i++)
		if (canvas->pixels[i] == 0)
			return FALSE;
	return TRUE;
}

/* Keeps frames that need not be disposed of. out_is_cleared: there are others
 * that must be cleared; out_is_opaque: every frame covers all of the screen. */
static void settle_disposals(struct gif_source *source,
			     gboolean *out_is_cleared, gboolean *out_is_opaque)
{
	guint n = source->frames->len;
	struct canvas canvas;

	*out_is_cleared = FALSE;
	*out_is_opaque = TRUE;
	canvas_init(&canvas, source);
	for (guint i = 0; i < n; i++) {
		struct gif_source_frame *frame = frame_at(source, i);

		canvas_draw(&canvas, frame);
		*out_is_opaque &= is_opaque(&canvas);
		if (i + 1 == n)
			frame->disposal = GIF_DISPOSAL_KEEP;
		else if (frame->disposal == GIF_DISPOSAL_CLEAR &&
			 !is_clear_seen(&canvas, frame,
					frame_at(source, i + 1)))
			frame->disposal = GIF_DISPOSAL_KEEP;
		*out_is_cleared |= frame->disposal == GIF_DISPOSAL_CLEAR;
		canvas_dispose(&canvas, frame);
	}
	canvas_fini(&canvas);
}

static gsize codes_size(const guint8 *pixels, gsize n)
{
	g_autoptr(gif_lzw_auto) lzw = gif_lzw_new();
	g_autofree guint8 *codes = g_malloc(gif_lzw_bound(n));
	struct gif_lzw_band band = {.pixels = pixels,
				    .n_pixels = n,
				    .min_bits = 8,
				    .is_first = TRUE,
				    .is_last = TRUE};

	return gif_lzw_encode(lzw, &band, codes);
}

/* Makes transparent what a frame draws as it already shows, unless that takes
 * more bytes. Besides being smaller, such a frame leaves captions alone where
 * nothing moves. rows are the frame's, as wide as the canvas, not drawn yet. */
static void drop_unchanged(const struct canvas *canvas,
			   const struct gif_source_frame *frame, guint8 *rows)
{
	gsize n = canvas->width * frame->height;
	const guint32 *shown = canvas->pixels + frame->y * canvas->width;
	g_autofree guint8 *fewer = g_memdup2(rows, n);

	if (frame->transparent == GIF_NOT_TRANSPARENT || n == 0)
		return;
	for (gsize i = 0; i < n; i++)
		if (rows[i] != frame->transparent &&
		    shown[i] == color_at(frame, rows[i]))
			fewer[i] = (guint8)frame->transparent;
	if (codes_size(fewer, n) <= codes_size(rows, n))
		memcpy(rows, fewer, n);
}

/* A frame over the one before; the canvas is what it will be drawn on. */
static void put_kept(struct gif_writer *writer, const struct canvas *canvas,
		     const struct gif_source_frame *frame, gboolean is_first)
{
	guint n_rows = MAX(frame->height, 1);
	g_autofree guint8 *rows = g_malloc(canvas->width * n_rows);
	struct gif_index_frame to = {
		.top = (guint)MIN(frame->y, canvas->height - 1),
		.n_rows = n_rows,
		.disposal = frame->disposal,
		.transparent = frame->transparent,
		.delay_cs = frame->delay_cs,
		.pixels = rows,
	};

	memset(rows, (int)(frame->transparent & 0xff), canvas->width * n_rows);
	for (gsize y = 0; y < frame->height && frame->width > 0; y++)
		memcpy(rows + y * canvas->width + frame->x,
		       frame->pixels + y * frame->width, frame->width);
	if (!is_first)
		drop_unchanged(canvas, frame, rows);
	memcpy(to.palette, frame->palette, GIF_PALETTE_BYTES);
	gif_writer_add(writer, &to);
}

/* What shows, as a frame of its own that is cleared after. Its colours are kept
 * up to 255 of them; only a file that mixes palettes and leaves holes can have
 * more, and those are quantised. */
static void put_whole(struct gif_writer *writer, const struct canvas *canvas,
		      const struct gif_source_frame *frame)
{
	gsize n = canvas->width * canvas->height;
	g_autofree guint8 *rows = g_malloc(n);
	guint32 colors[256];
	guint n_colors = gif_quantize(canvas->pixels, n, 255, colors);
	struct gif_index_frame to = {
		.n_rows = (guint)canvas->height,
		.disposal = GIF_DISPOSAL_CLEAR,
		.transparent = n_colors,
		.delay_cs = frame->delay_cs,
		.pixels = rows,
	};

	gif_quantize_map(canvas->pixels, n, colors, n_colors, n_colors, rows);
	for (guint i = 0; i < n_colors; i++)
		gif_color_to_rgb(colors[i], &to.palette[3 * i]);
	gif_writer_add(writer, &to);
}

GBytes *gif_source_to_section(struct gif_source *source)
{
	g_autoptr(gif_writer_auto) writer = gif_writer_new(
		source->width, source->height, source->loop_count);
	gboolean is_cleared, is_covered;
	struct canvas canvas;

	for (guint i = 0; i < source->frames->len; i++)
		choose_transparent(source, frame_at(source, i), i == 0);
	settle_disposals(source, &is_cleared, &is_covered);
	canvas_init(&canvas, source);
	for (guint i = 0; i < source->frames->len; i++) {
		const struct gif_source_frame *frame = frame_at(source, i);

		if (!is_cleared)
			put_kept(writer, &canvas, frame, i == 0);
		canvas_draw(&canvas, frame);
		if (is_cleared)
			put_whole(writer, &canvas, frame);
		canvas_dispose(&canvas, frame);
	}
	canvas_fini(&canvas);
	return gif_writer_end(writer, is_covered);
}
