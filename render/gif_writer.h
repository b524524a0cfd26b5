/* gif_writer.h - frames of indices into a section. */
#pragma once

#include <glib.h>

#include "render/gif_section.h"

struct gif_index_frame {
	guint top, n_rows; /* at least 1 row */
	enum gif_disposal disposal;
	guint transparent; /* GIF_NOT_TRANSPARENT: then all rows are drawn */
	guint delay_cs;	   /* cut to 65535 */
	guint8 palette[GIF_PALETTE_BYTES];
	const guint8 *pixels; /* n_rows x width */
};

struct gif_writer *gif_writer_new(guint width, guint height, guint loop_count);
void gif_writer_free(struct gif_writer *writer);
typedef struct gif_writer gif_writer_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_writer_auto, gif_writer_free)

/* Adds a frame; it is only read. All disposals are GIF_DISPOSAL_CLEAR or none
 * is; a single frame is kept whatever it says. */
void gif_writer_add(struct gif_writer *writer,
		    const struct gif_index_frame *frame);

/* The section; needs at least one frame, and empties the writer. */
GBytes *gif_writer_end(struct gif_writer *writer, gboolean is_opaque);
