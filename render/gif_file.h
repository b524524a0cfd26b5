/* gif_file.h - the records of a GIF89a file around the codes. */
#pragma once

#include <glib.h>

#define GIF_FILE_HEAD_MAX  (13 + 768 + 19)
#define GIF_FRAME_HEAD_MAX (8 + 10 + 768 + 1)
#define GIF_FILE_TRAILER   0x3b

struct gif_file_head {
	guint width, height;   /* at most 65535 */
	guint loop_count;      /* as in gif.h */
	guint palette_bits;    /* 1-8 */
	const guint8 *palette; /* 3 << palette_bits bytes */
};

/* Signature, screen descriptor, global palette and loop count. Returns how many
 * bytes of out it took: at most GIF_FILE_HEAD_MAX. */
gsize gif_file_put_head(const struct gif_file_head *head, guint8 *out);

/* How many bytes that is. */
guint gif_file_head_size(guint palette_bits, guint loop_count);

struct gif_frame_head {
	guint width, top, n_rows; /* at most 65535; left is 0 */
	guint disposal;		  /* 0-3 */
	guint transparent;	  /* above 255: none */
	guint delay_cs;		  /* at most 65535 */
	guint min_bits;		  /* the minimum code size */
	const guint8 *palette; /* 3 << min_bits bytes; NULL: the global one */
};

/* Graphic control, image descriptor, palette and code size: what stands before
 * a frame's codes. At most GIF_FRAME_HEAD_MAX bytes. */
gsize gif_file_put_frame_head(const struct gif_frame_head *head, guint8 *out);
