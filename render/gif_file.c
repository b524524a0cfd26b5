#include "config.h"

#include "render/gif_file.h"

#include <string.h>

#include "render/gif.h"

static guint8 *put_bytes(guint8 *at, const void *bytes, gsize size)
{
	memcpy(at, bytes, size);
	return at + size;
}

static guint8 *put_u16(guint8 *at, guint value)
{
	*at++ = (guint8)(value & 0xff);
	*at++ = (guint8)(value >> 8);
	return at;
}

gsize gif_file_put_head(const struct gif_file_head *head, guint8 *out)
{
	guint8 *at = put_bytes(out, "GIF89a", 6);

	at = put_u16(at, head->width);
	at = put_u16(at, head->height);
	/* A global palette, 8 bits a primary in the original. */
	*at++ = (guint8)(0x80 | 0x70 | (head->palette_bits - 1));
	*at++ = 0; /* background: no program heeds it */
	*at++ = 0; /* square pixels */
	at = put_bytes(at, head->palette, (gsize)3 << head->palette_bits);
	if (head->loop_count != GIF_LOOP_NONE) {
		at = put_bytes(at, "\x21\xff\x0bNETSCAPE2.0\x03\x01", 16);
		at = put_u16(at, head->loop_count);
		*at++ = 0;
	}
	return (gsize)(at - out);
}

guint gif_file_head_size(guint palette_bits, guint loop_count)
{
	return 13 + (3u << palette_bits) +
	       (loop_count != GIF_LOOP_NONE ? 19 : 0);
}

gsize gif_file_put_frame_head(const struct gif_frame_head *head, guint8 *out)
{
	gboolean is_transparent = head->transparent <= 255;
	guint8 *at = put_bytes(out, "\x21\xf9\x04", 3);

	*at++ = (guint8)(head->disposal << 2 | (is_transparent ? 1 : 0));
	at = put_u16(at, head->delay_cs);
	*at++ = is_transparent ? (guint8)head->transparent : 0;
	*at++ = 0;
	*at++ = 0x2c;
	at = put_u16(at, 0);
	at = put_u16(at, head->top);
	at = put_u16(at, head->width);
	at = put_u16(at, head->n_rows);
	*at++ = head->palette ? (guint8)(0x80 | (head->min_bits - 1)) : 0;
	if (head->palette)
		at = put_bytes(at, head->palette, (gsize)3 << head->min_bits);
	*at++ = (guint8)head->min_bits;
	return (gsize)(at - out);
}
