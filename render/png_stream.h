/* png_stream.h - a PNG file's chunks, and the one zlib stream across its IDATs.
 *
 * PNG, third edition, 5 and 10; RFC 1950. A stream's chunks are each made anew
 * or taken as they are; it keeps the Adler-32 over all of them (the sums of two
 * parts give that of the whole, see zlib's adler32_combine) and knows when the
 * zlib header is due.
 */
#pragma once

#include <glib.h>

#include "render/png_deflate.h"
#include "render/png_samples.h"

enum {
	PNG_HEAD_BYTES = 8 + 25,     /* signature and IHDR */
	PNG_CHUNK_BYTES = 12,	     /* length, type and CRC */
	PNG_END_BYTES = 12 + 6 + 12, /* the last IDAT and IEND */
	PNG_IEND_BYTES = 12,
};

/* Seals a chunk around size bytes of data that stand at chunk + 8: writes
 * length and type before and the CRC behind. Returns the chunk's size. */
gsize png_chunk_seal(guint8 *chunk, const char *type, gsize size);

/* Reads the chunk at data, of which size bytes are left: FALSE unless it is
 * whole and its CRC is right. */
gboolean png_chunk_read(const guint8 *data, gsize size, const char **out_type,
			gsize *out_data_size);

/* PNG_HEAD_BYTES at out. */
void png_head_write(guint8 *out, int width_px, int height_px,
		    enum png_color color);

/* PNG_IEND_BYTES at out. */
void png_iend_write(guint8 *out);

guint32 png_adler(const guint8 *data, gsize size);

struct png_stream {
	guint32 adler;
	gboolean is_begun;
};

void png_stream_init(struct png_stream *stream);

/* Passes over a chunk made before, from raw_size bytes with that Adler-32. */
void png_stream_skip(struct png_stream *stream, guint32 adler, gsize raw_size);

/* Makes the next IDAT from raw_size bytes of scanlines. is_last: nothing
 * follows, the Adler-32 goes in too. The caller frees it. */
guint8 *png_stream_deflate(struct png_stream *stream,
			   struct png_deflate *deflate, const guint8 *raw,
			   gsize raw_size, gboolean is_last, gsize *out_size);

/* PNG_END_BYTES at out: closes a stream whose last chunk was not is_last. */
void png_stream_end(const struct png_stream *stream, guint8 *out);
