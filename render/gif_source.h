/* gif_source.h - a GIF file's frames as they are, and in normal form.
 * gif_read.c fills it, gif_normal.c makes the section. Only the packer links
 * this.
 */
#pragma once

#include <glib.h>

#include "render/gif_section.h"

struct gif_source_frame {
	guint x, y, width,
		height; /* within the screen; both sides or none are 0 */
	enum gif_disposal disposal;
	guint transparent; /* an index, or GIF_NOT_TRANSPARENT */
	guint delay_cs;
	guint8 palette[GIF_PALETTE_BYTES];
	guint8 *pixels; /* height x width; freed with the source */
};

struct gif_source {
	guint width, height;
	guint loop_count;
	GArray *frames; /* struct gif_source_frame; at least one */
};

/* Makes the section that shows the same frames. Changes the frames' disposals
 * on the way. */
GBytes *gif_source_to_section(struct gif_source *source);
