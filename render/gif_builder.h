/* gif_builder.h - pictures of any kind into a GIF section. */
#pragma once

#include <cairo.h>
#include <glib.h>

/* Makes a section (gif.h) from surfaces of one size and format (RGB24 or
 * ARGB32, within limits.h), quantised: up to 240 colours a frame at quality
 * 100, fewer below; the rest of the palette is left for captions. Pixels that
 * stay the same, or below quality 100 nearly so, are not drawn again. */
struct gif_builder *gif_builder_new(int width_px, int height_px,
				    guint loop_count, int quality);
void gif_builder_free(struct gif_builder *builder);
typedef struct gif_builder gif_builder_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_builder_auto, gif_builder_free)
void gif_builder_add(struct gif_builder *builder, cairo_surface_t *frame,
		     guint delay_ms);
/* The section; needs at least one frame, and empties the builder. */
GBytes *gif_builder_end(struct gif_builder *builder);
