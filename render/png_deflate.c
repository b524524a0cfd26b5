#include "config.h"

#include "render/png_deflate.h"

#include <string.h>

#include <isa-l/igzip_lib.h>
#include <zlib.h>

struct png_deflate {
	int level; /* zlib's; 0: igzip */
	struct isal_zstream stream;
	/* More room for tokens makes nothing smaller: a block's codes then
	 * fit it less well. */
	guint8 level_buffer[ISAL_DEF_LVL1_SMALL];
};

struct png_deflate *png_deflate_new_fast(void)
{
	struct png_deflate *deflate = g_new(struct png_deflate, 1);

	deflate->level = 0;
	return deflate;
}

struct png_deflate *png_deflate_new_small(int level)
{
	struct png_deflate *deflate = g_new(struct png_deflate, 1);

	g_assert(level >= 1 && level <= 9);
	deflate->level = level;
	return deflate;
}

void png_deflate_free(struct png_deflate *deflate)
{
	g_free(deflate);
}

/* The worst that either library does is to store: five bytes a block. The rest
 * is for a block's header and the flush. */
gsize png_deflate_bound(gsize size)
{
	return size + size / 1024 + 1024;
}

static gsize deflate_fast(struct png_deflate *deflate, const guint8 *data,
			  gsize size, gboolean is_last, guint8 *out)
{
	struct isal_zstream *stream = &deflate->stream;
	int result;

	isal_deflate_init(stream);
	stream->level = 1;
	stream->level_buf = deflate->level_buffer;
	stream->level_buf_size = sizeof(deflate->level_buffer);
	stream->next_in = (guint8 *)data;
	stream->avail_in = size;
	stream->next_out = out;
	stream->avail_out = png_deflate_bound(size);
	stream->flush = is_last ? NO_FLUSH : FULL_FLUSH;
	stream->end_of_stream = is_last;
	result = isal_deflate(stream);
	g_assert(result == COMP_OK && stream->avail_in == 0 &&
		 stream->avail_out > 0);
	return stream->total_out;
}

static gsize deflate_small(int level, int strategy, const guint8 *data,
			   gsize size, gboolean is_last, guint8 *out)
{
	z_stream stream = {0};
	int result;

	result = deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS,
			      MAX_MEM_LEVEL, strategy);
	g_assert(result == Z_OK); /* GLib would not survive it either */
	stream.next_in = (guint8 *)data;
	stream.avail_in = size;
	stream.next_out = out;
	stream.avail_out = png_deflate_bound(size);
	result = deflate(&stream, is_last ? Z_FINISH : Z_FULL_FLUSH);
	(void)deflateEnd(&stream);
	g_assert(result == (is_last ? Z_STREAM_END : Z_OK) &&
		 stream.avail_in == 0 && stream.avail_out > 0);
	return stream.total_out;
}

/* Z_FILTERED drops short matches: right for noise, wrong for drawings. */
static gsize deflate_smaller(int level, const guint8 *data, gsize size,
			     gboolean is_last, guint8 *out)
{
	g_autofree guint8 *other = g_malloc(png_deflate_bound(size));
	gsize n_out = deflate_small(level, Z_DEFAULT_STRATEGY, data, size,
				    is_last, out);
	gsize n_other =
		deflate_small(level, Z_FILTERED, data, size, is_last, other);

	if (n_out <= n_other)
		return n_out;
	memcpy(out, other, n_other);
	return n_other;
}

gsize png_deflate_piece(struct png_deflate *deflate, const guint8 *data,
			gsize size, gboolean is_last, guint8 *out)
{
	if (deflate->level > 0)
		return deflate_smaller(deflate->level, data, size, is_last,
				       out);
	return deflate_fast(deflate, data, size, is_last, out);
}
