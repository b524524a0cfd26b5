#include "config.h"

#include "render/gif_builder.h"

#include <string.h>

#include "render/gif.h"
#include "render/gif_color.h"
#include "render/gif_quantize.h"
#include "render/gif_writer.h"

#define MIN_COLORS 16
#define MAX_COLORS 240

struct gif_builder {
	gsize width, height;
	guint max_colors;
	gint tolerance; /* a change in a channel up to this is none */
	struct gif_writer *writer;
	gboolean is_opaque;
	guint n_frames;
	guint32 *shown;	 /* what the frames so far left, before quantising */
	guint32 *pixels; /* what the next frame draws; 0: nothing */
	guint8 *indices;
};

struct gif_builder *gif_builder_new(int width_px, int height_px,
				    guint loop_count, int quality)
{
	struct gif_builder *builder = g_new0(struct gif_builder, 1);
	gsize n = (gsize)width_px * (gsize)height_px;

	builder->width = (gsize)width_px;
	builder->height = (gsize)height_px;
	builder->max_colors =
		(guint)(MIN_COLORS + (MAX_COLORS - MIN_COLORS) * quality / 100);
	builder->tolerance = (100 - quality) / 10;
	builder->writer =
		gif_writer_new((guint)width_px, (guint)height_px, loop_count);
	builder->is_opaque = TRUE;
	builder->shown = g_new0(guint32, n);
	builder->pixels = g_new(guint32, n);
	builder->indices = g_new(guint8, n);
	return builder;
}

void gif_builder_free(struct gif_builder *builder)
{
	if (!builder)
		return;
	gif_writer_free(builder->writer);
	g_free(builder->shown);
	g_free(builder->pixels);
	g_free(builder->indices);
	g_free(builder);
}

static void read_surface(struct gif_builder *builder, cairo_surface_t *surface)
{
	gboolean is_rgb =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24;
	gsize stride = (gsize)cairo_image_surface_get_stride(surface);
	const guchar *bytes;

	cairo_surface_flush(surface);
	bytes = cairo_image_surface_get_data(surface);
	for (gsize y = 0; y < builder->height; y++) {
		const guint32 *from =
			(const guint32 *)(const void *)(bytes + y * stride);
		guint32 *to = builder->pixels + y * builder->width;

		for (gsize x = 0; x < builder->width; x++) {
			to[x] = is_rgb ? from[x] | 0xff000000
				       : gif_color_to_opaque(from[x]);
			builder->is_opaque &= to[x] != 0;
		}
	}
}

static gboolean is_near(guint32 a, guint32 b, gint tolerance)
{
	for (guint shift = 0; shift <= 24; shift += 8) {
		gint difference =
			(gint)(a >> shift & 0xff) - (gint)(b >> shift & 0xff);

		if (ABS(difference) > tolerance)
			return FALSE;
	}
	return TRUE;
}

/* Leaves only what differs from what shows. What shows changes only where
 * something is drawn: small steps can't add up unseen. */
static void drop_unchanged(struct gif_builder *builder)
{
	for (gsize i = 0; i < builder->width * builder->height; i++) {
		if (is_near(builder->pixels[i], builder->shown[i],
			    builder->tolerance))
			builder->pixels[i] = 0;
		else
			builder->shown[i] = builder->pixels[i];
	}
}

static void put_frame(struct gif_builder *builder, gboolean is_whole,
		      enum gif_disposal disposal, guint delay_ms)
{
	gsize n = builder->width * builder->height;
	guint32 colors[256];
	struct gif_index_frame frame = {
		.n_rows = (guint)builder->height,
		.disposal = disposal,
		.transparent = GIF_NOT_TRANSPARENT,
		.delay_cs = delay_ms / 10,
		.pixels = builder->indices,
	};
	guint n_colors =
		gif_quantize(builder->pixels, n, builder->max_colors, colors);

	if (!is_whole)
		frame.transparent = n_colors;
	gif_quantize_map(builder->pixels, n, colors, n_colors, n_colors,
			 builder->indices);
	for (guint i = 0; i < n_colors; i++)
		gif_color_to_rgb(colors[i], &frame.palette[3 * i]);
	gif_writer_add(builder->writer, &frame);
}

void gif_builder_add(struct gif_builder *builder, cairo_surface_t *frame,
		     guint delay_ms)
{
	gboolean is_rgb =
		cairo_image_surface_get_format(frame) == CAIRO_FORMAT_RGB24;
	gboolean is_first = builder->n_frames == 0;

	read_surface(builder, frame);
	/* What turns transparent can't be drawn over what shows: each such
	 * frame is whole, and cleared. */
	if (is_rgb)
		drop_unchanged(builder);
	put_frame(builder, is_rgb && is_first,
		  is_rgb ? GIF_DISPOSAL_KEEP : GIF_DISPOSAL_CLEAR, delay_ms);
	builder->n_frames++;
}

GBytes *gif_builder_end(struct gif_builder *builder)
{
	builder->n_frames = 0;
	memset(builder->shown, 0,
	       builder->width * builder->height * sizeof(*builder->shown));
	return gif_writer_end(builder->writer, builder->is_opaque);
}

void gif_encode(cairo_surface_t *surface, int quality, struct chain *out)
{
	g_autoptr(gif_builder_auto) builder =
		gif_builder_new(cairo_image_surface_get_width(surface),
				cairo_image_surface_get_height(surface),
				GIF_LOOP_NONE, quality);
	g_autoptr(GBytes) section = NULL;
	g_autoptr(GBytes) stream = NULL;
	const struct gif_head *head;

	gif_builder_add(builder, surface, 0);
	section = gif_builder_end(builder);
	head = gif_head(g_bytes_get_data(section, NULL));
	stream = g_bytes_new_from_bytes(section, head->stream,
					head->stream_size);
	chain_append_bytes(out, stream);
}
