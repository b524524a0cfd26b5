#include "config.h"

#include "render/png_stream.h"

#include <string.h>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

/* Deflate with a window of 32 KiB, no dictionary (RFC 1950, 2.2). The level is
 * only for information; a file has pieces of several. */
static const guint8 zlib_header[2] = {0x78, 0x01};

static void put_be32(guint8 *out, guint32 value)
{
	guint32 bytes = GUINT32_TO_BE(value);

	memcpy(out, &bytes, 4);
}

static guint32 get_be32(const guint8 *in)
{
	guint32 bytes;

	memcpy(&bytes, in, 4);
	return GUINT32_FROM_BE(bytes);
}

gsize png_chunk_seal(guint8 *chunk, const char *type, gsize size)
{
	put_be32(chunk, size);
	memcpy(chunk + 4, type, 4);
	put_be32(chunk + 8 + size, crc32_gzip_refl(0, chunk + 4, 4 + size));
	return PNG_CHUNK_BYTES + size;
}

gboolean png_chunk_read(const guint8 *data, gsize size, const char **out_type,
			gsize *out_data_size)
{
	gsize data_size;

	if (size < PNG_CHUNK_BYTES)
		return FALSE;
	data_size = get_be32(data);
	if (data_size > size - PNG_CHUNK_BYTES)
		return FALSE;
	if (get_be32(data + 8 + data_size) !=
	    crc32_gzip_refl(0, data + 4, 4 + data_size))
		return FALSE;
	*out_type = (const char *)data + 4;
	*out_data_size = data_size;
	return TRUE;
}

void png_head_write(guint8 *out, int width_px, int height_px,
		    enum png_color color)
{
	guint8 *ihdr = out + 8 + 8;

	memcpy(out, "\x89PNG\r\n\x1a\n", 8);
	put_be32(ihdr, width_px);
	put_be32(ihdr + 4, height_px);
	ihdr[8] = 8; /* bits a sample */
	ihdr[9] = color;
	/* deflate, adaptive filters, not interlaced */
	memset(ihdr + 10, 0, 3);
	(void)png_chunk_seal(out + 8, "IHDR", 13);
}

void png_iend_write(guint8 *out)
{
	(void)png_chunk_seal(out, "IEND", 0);
}

guint32 png_adler(const guint8 *data, gsize size)
{
	return isal_adler32(1, data, size);
}

void png_stream_init(struct png_stream *stream)
{
	stream->adler = 1;
	stream->is_begun = FALSE;
}

void png_stream_skip(struct png_stream *stream, guint32 adler, gsize raw_size)
{
	stream->adler = adler32_combine(stream->adler, adler, raw_size);
	stream->is_begun = TRUE;
}

guint8 *png_stream_deflate(struct png_stream *stream,
			   struct png_deflate *deflate, const guint8 *raw,
			   gsize raw_size, gboolean is_last, gsize *out_size)
{
	guint8 *chunk = g_malloc(PNG_CHUNK_BYTES + sizeof(zlib_header) +
				 png_deflate_bound(raw_size) + 4);
	guint8 *at = chunk + 8;

	if (!stream->is_begun) {
		memcpy(at, zlib_header, sizeof(zlib_header));
		at += sizeof(zlib_header);
	}
	at += png_deflate_piece(deflate, raw, raw_size, is_last, at);
	png_stream_skip(stream, png_adler(raw, raw_size), raw_size);
	if (is_last) {
		put_be32(at, stream->adler);
		at += 4;
	}
	*out_size = png_chunk_seal(chunk, "IDAT", at - (chunk + 8));
	return g_realloc(chunk, *out_size);
}

/* A final block of the fixed code that holds nothing is two bytes. */
void png_stream_end(const struct png_stream *stream, guint8 *out)
{
	static const guint8 empty_block[2] = {0x03, 0x00};

	memcpy(out + 8, empty_block, sizeof(empty_block));
	put_be32(out + 8 + sizeof(empty_block), stream->adler);
	out += png_chunk_seal(out, "IDAT", sizeof(empty_block) + 4);
	png_iend_write(out);
}
