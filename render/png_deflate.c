#include "config.h"

#include "render/png_deflate.h"

#include <isa-l/igzip_lib.h>
#include <sys/mman.h>
#include <zlib.h>

struct png_deflate {
	enum png_deflate_kind kind;
	struct isal_zstream stream;
	/* More room for tokens makes nothing smaller: a block's codes then
	 * fit it less well. */
	guint8 level_buffer[ISAL_DEF_LVL1_SMALL];
};

/* What igzip 2.30 finds at its levels 1 and 2 depends on where its stream lies:
 * at one address in some ten thousand it misses a match, by all bits of the
 * address but the last 16. So that an answer has the same bytes in each worker
 * and after each restart, the stream lies at one place, as long as that is
 * free: one where neither programs nor sanitizers put anything. */
#define PLACE GSIZE_TO_POINTER((gsize)(G_GUINT64_CONSTANT(1) << 45))

static struct png_deflate *map_place(void)
{
	void *memory =
		mmap(PLACE, sizeof(struct png_deflate), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (memory == MAP_FAILED)
		memory = mmap(NULL, sizeof(struct png_deflate),
			      PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		g_error("no memory for deflate"); /* as GLib does */
	return memory;
}

/* The place between two uses: to map it anew took as long as to compress a
 * caption. It holds nothing that a piece depends on. */
static struct png_deflate *parked;

struct png_deflate *png_deflate_new(enum png_deflate_kind kind)
{
	struct png_deflate *deflate =
		__atomic_exchange_n(&parked, NULL, __ATOMIC_ACQ_REL);

	if (!deflate)
		deflate = map_place();
	deflate->kind = kind;
	return deflate;
}

void png_deflate_set_kind(struct png_deflate *deflate,
			  enum png_deflate_kind kind)
{
	deflate->kind = kind;
}

void png_deflate_free(struct png_deflate *deflate)
{
	if (deflate == PLACE)
		__atomic_store_n(&parked, deflate, __ATOMIC_RELEASE);
	else if (deflate)
		(void)munmap(deflate, sizeof(*deflate));
}

/* The worst that either library does is to store: five bytes a block. The rest
 * is for a block's header and the flush. */
gsize png_deflate_bound(gsize size)
{
	return size + size / 1024 + 1024;
}

static gsize deflate_igzip(struct png_deflate *deflate, guint window_bits,
			   const guint8 *data, gsize size, gboolean is_last,
			   guint8 *out)
{
	struct isal_zstream *stream = &deflate->stream;
	int result;

	isal_deflate_init(stream);
	stream->level = 1;
	stream->hist_bits = window_bits;
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

static gsize deflate_zlib(int level, int strategy, const guint8 *data,
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

gsize png_deflate_piece(struct png_deflate *deflate, const guint8 *data,
			gsize size, gboolean is_last, guint8 *out)
{
	switch (deflate->kind) {
	case PNG_DEFLATE_FAST:
		return deflate_igzip(deflate, 15, data, size, is_last, out);
	case PNG_DEFLATE_NEAR:
		return deflate_igzip(deflate, 4, data, size, is_last, out);
	case PNG_DEFLATE_DRAWING:
		return deflate_zlib(4, Z_DEFAULT_STRATEGY, data, size, is_last,
				    out);
	case PNG_DEFLATE_SMALLEST_DRAWING:
		return deflate_zlib(9, Z_DEFAULT_STRATEGY, data, size, is_last,
				    out);
	case PNG_DEFLATE_SMALLEST_NOISE:
		return deflate_zlib(9, Z_FILTERED, data, size, is_last, out);
	case PNG_DEFLATE_LIBPNG:
		return deflate_zlib(6, Z_FILTERED, data, size, is_last, out);
	}
	g_assert_not_reached();
}
