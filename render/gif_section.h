/* gif_section.h - how a section lies in memory; for gif_*.c only.
 *
 * A struct gif_head, n_frames times struct gif_frame, then what their offsets
 * tell, in any order. Offsets count from the section's start, those "in the
 * stream" from the stream's. Integers are in the machine's own byte order: a
 * section from another kind of machine fails on its magic, and its pack is made
 * anew.
 */
#pragma once

#include <glib.h>

#include "render/gif.h"

#define GIF_SECTION_MAGIC   0x31464947u /* "GIF1"; another layout, another */
#define GIF_PALETTE_BYTES   (256 * 3)
#define GIF_NOT_TRANSPARENT 256u

enum gif_disposal {
	GIF_DISPOSAL_KEEP = 1,
	GIF_DISPOSAL_CLEAR = 2,
	GIF_DISPOSAL_RESTORE = 3,
};

struct gif_head {
	guint32 magic;
	guint32 width, height, n_frames;
	guint32 loop_count; /* GIF_LOOP_NONE or below 65536 */
	guint32 is_opaque;
	/* Entries of 3 bytes, for the frames without a palette of their own. */
	guint32 palette;
	guint32 palette_bits;
	/* The blank template: a whole file. */
	guint32 stream, stream_size;
};

struct gif_frame {
	guint32 top, n_rows; /* rows top to top + n_rows - 1 are drawn */
	guint32 disposal;    /* enum gif_disposal */
	guint32 transparent; /* an index, or GIF_NOT_TRANSPARENT: then n_rows is
				 the picture's height */
	guint32 delay_cs;    /* below 65536 */
	guint32 min_bits;    /* 6 or 8: every index is below 1 << min_bits */
	guint32 has_palette; /* of its own, in the stream */
	guint32 palette;     /* GIF_PALETTE_BYTES, the frame's either way */
	guint32 counts;	     /* 256 guint32: how many pixels have this index */
	guint32 pixels;	     /* n_rows x width indices */
	guint32 head;	     /* in the stream: all before the first band */
	guint32 codes;	     /* in the stream: the bands, one after the other */
	guint32 n_bands;     /* at least 1 */
	guint32 bands;	     /* n_bands + 1 struct gif_band */
};

/* Where a band begins; the one past the last is where the bands end. */
struct gif_band {
	guint32 row;	/* counted from the frame's top */
	guint32 offset; /* counted from the frame's codes */
};

static inline const struct gif_head *gif_head(const guint8 *data)
{
	return (const struct gif_head *)(const void *)data;
}

static inline const struct gif_frame *gif_frame(const guint8 *data, guint i)
{
	return (const struct gif_frame
			*)(const void *)(data + sizeof(struct gif_head)) +
	       i;
}

static inline const struct gif_band *gif_bands(const guint8 *data,
					       const struct gif_frame *frame)
{
	return (const struct gif_band *)(const void *)(data + frame->bands);
}

static inline const guint32 *gif_counts(const guint8 *data,
					const struct gif_frame *frame)
{
	return (const guint32 *)(const void *)(data + frame->counts);
}
