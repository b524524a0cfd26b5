#include "config.h"

#include "render/gif_writer.h"

#include <string.h>

#include "render/gif_file.h"
#include "render/gif_lzw.h"

/* A band costs some 200 bytes of codes that a longer one would save, and an
 * answer encodes the whole band when ink touches one row of it. With these two
 * a file grows by 4 to 8 % over one band, and bands of a busy picture are
 * some 12 rows high. */
#define BAND_BYTES    2000
#define BAND_MAX_ROWS 32

/* Free palette entries for captions below which a frame's palette is made
 * larger than the picture needs. */
#define SPARE_COLORS 40

struct gif_writer {
	struct gif_head head;
	GArray *frames;	   /* struct gif_frame; offsets count from data's start,
			      head is not set, codes from codes' start */
	GByteArray *data;  /* all that the offsets tell, but for the stream */
	GByteArray *codes; /* of all frames */
	struct gif_lzw *lzw;
};

struct gif_writer *gif_writer_new(guint width, guint height, guint loop_count)
{
	struct gif_writer *writer = g_new0(struct gif_writer, 1);

	writer->head.magic = GIF_SECTION_MAGIC;
	writer->head.width = width;
	writer->head.height = height;
	writer->head.loop_count = loop_count;
	writer->frames = g_array_new(FALSE, TRUE, sizeof(struct gif_frame));
	writer->data = g_byte_array_new();
	writer->codes = g_byte_array_new();
	writer->lzw = gif_lzw_new();
	return writer;
}

void gif_writer_free(struct gif_writer *writer)
{
	if (!writer)
		return;
	g_array_unref(writer->frames);
	g_byte_array_unref(writer->data);
	g_byte_array_unref(writer->codes);
	gif_lzw_free(writer->lzw);
	g_free(writer);
}

/* Adds to data and returns the offset, which is a multiple of 4. */
static guint32 put_data(struct gif_writer *writer, const void *bytes,
			gsize size)
{
	static const guint8 padding[4];
	guint offset = writer->data->len;

	g_byte_array_append(writer->data, bytes, (guint)size);
	g_byte_array_append(writer->data, padding, (guint)(-size & 3));
	return offset;
}

static void count_pixels(const guint8 *pixels, gsize n, guint32 *out_counts)
{
	memset(out_counts, 0, 256 * sizeof(*out_counts));
	for (gsize i = 0; i < n; i++)
		out_counts[pixels[i]]++;
}

/* 6 where all indices are small and 64 entries leave room, else 8. */
static guint choose_min_bits(const guint32 *counts, guint transparent)
{
	guint n_used = 0;

	if (transparent >= 64 && transparent != GIF_NOT_TRANSPARENT)
		return 8;
	for (guint i = 0; i < 256; i++) {
		if (counts[i] > 0 && i >= 64)
			return 8;
		n_used += counts[i] > 0;
	}
	return n_used + SPARE_COLORS <= 64 ? 6 : 8;
}

/* Encodes rows first to end - 1 as one band. */
static gsize put_band(struct gif_writer *writer, const struct gif_frame *frame,
		      const guint8 *pixels, guint first, guint end,
		      gboolean is_alone, guint8 *out)
{
	gsize width = writer->head.width;
	struct gif_lzw_band band = {
		.pixels = pixels + first * width,
		.n_pixels = (end - first) * width,
		.min_bits = frame->min_bits,
		.is_first = first == 0,
		.is_last = is_alone || end == frame->n_rows,
	};

	return gif_lzw_encode(writer->lzw, &band, out);
}

/* The row that the band that begins at first ends before: far enough for
 * BAND_BYTES, as far as four rows at a time can tell. */
static guint find_band_end(struct gif_writer *writer,
			   const struct gif_frame *frame, const guint8 *pixels,
			   guint first, guint8 *scratch)
{
	guint step = MAX(4, GIF_LZW_MIN_PIXELS / writer->head.width);
	gsize size = 0;
	guint end = first;

	while (frame->n_rows - end > step && end - first < BAND_MAX_ROWS &&
	       size < BAND_BYTES) {
		size += put_band(writer, frame, pixels, end, end + step, TRUE,
				 scratch);
		end += step;
	}
	return frame->n_rows - end > step ? end : frame->n_rows;
}

static void put_bands(struct gif_writer *writer, struct gif_frame *frame,
		      const guint8 *pixels)
{
	g_autoptr(GArray) bands =
		g_array_new(FALSE, TRUE, sizeof(struct gif_band));
	gsize n = (gsize)frame->n_rows * writer->head.width;
	g_autofree guint8 *scratch = g_malloc(gif_lzw_bound(n));
	struct gif_band band = {0, 0};

	frame->codes = writer->codes->len;
	while (band.row < frame->n_rows) {
		guint end =
			find_band_end(writer, frame, pixels, band.row, scratch);
		gsize size = put_band(writer, frame, pixels, band.row, end,
				      FALSE, scratch);

		g_array_append_val(bands, band);
		g_byte_array_append(writer->codes, scratch, (guint)size);
		band.row = end;
		band.offset += (guint32)size;
	}
	g_array_append_val(bands, band);
	frame->n_bands = bands->len - 1;
	frame->bands = put_data(writer, bands->data,
				bands->len * sizeof(struct gif_band));
}

/* Whether all of a row is transparent. */
static gboolean is_empty(const guint8 *row, gsize width, guint transparent)
{
	gsize x = 0;

	while (x < width && row[x] == transparent)
		x++;
	return x == width;
}

/* Leaves out the rows above and below what is drawn, but for one. Returns the
 * first pixel. */
static const guint8 *crop(const struct gif_index_frame *frame, gsize width,
			  struct gif_frame *to)
{
	const guint8 *first = frame->pixels;

	while (to->n_rows > 1 && is_empty(first + (to->n_rows - 1) * width,
					  width, frame->transparent))
		to->n_rows--;
	while (to->n_rows > 1 && is_empty(first, width, frame->transparent)) {
		to->top++;
		to->n_rows--;
		first += width;
	}
	return first;
}

void gif_writer_add(struct gif_writer *writer,
		    const struct gif_index_frame *frame)
{
	guint32 counts[256];
	struct gif_frame to = {
		.top = frame->top,
		.n_rows = frame->n_rows,
		.disposal = frame->disposal,
		.transparent = frame->transparent,
		.delay_cs = MIN(frame->delay_cs, 65535),
	};
	const guint8 *pixels = crop(frame, writer->head.width, &to);
	gsize n = (gsize)to.n_rows * writer->head.width;

	count_pixels(pixels, n, counts);
	to.min_bits = choose_min_bits(counts, frame->transparent);
	to.palette = put_data(writer, frame->palette, GIF_PALETTE_BYTES);
	to.counts = put_data(writer, counts, sizeof(counts));
	to.pixels = put_data(writer, pixels, n);
	put_bands(writer, &to, pixels);
	g_array_append_val(writer->frames, to);
}

static struct gif_frame *frame_at(struct gif_writer *writer, guint i)
{
	return &g_array_index(writer->frames, struct gif_frame, i);
}

static gboolean is_same_palette(const struct gif_writer *writer,
				const struct gif_frame *a,
				const struct gif_frame *b)
{
	const guint8 *data = writer->data->data;

	return memcmp(data + a->palette, data + b->palette,
		      GIF_PALETTE_BYTES) == 0;
}

/* The global palette is the one that most frames have; the others keep
 * theirs. */
static void choose_palette(struct gif_writer *writer)
{
	guint n = writer->frames->len, most = 0;
	const struct gif_frame *best = frame_at(writer, 0);

	for (guint i = 0; i < n; i++) {
		guint n_same = 0;

		for (guint j = i; j < n; j++)
			n_same += is_same_palette(writer, frame_at(writer, i),
						  frame_at(writer, j));
		if (n_same > most) {
			most = n_same;
			best = frame_at(writer, i);
		}
	}
	writer->head.palette = best->palette;
	writer->head.palette_bits = 6;
	for (guint i = 0; i < n; i++) {
		struct gif_frame *frame = frame_at(writer, i);

		frame->has_palette = !is_same_palette(writer, frame, best);
		if (!frame->has_palette && frame->min_bits == 8)
			writer->head.palette_bits = 8;
	}
}

static void put_file_head(struct gif_writer *writer, GByteArray *stream)
{
	guint8 bytes[GIF_FILE_HEAD_MAX];
	struct gif_file_head head = {
		.width = writer->head.width,
		.height = writer->head.height,
		.loop_count = writer->head.loop_count,
		.palette_bits = writer->head.palette_bits,
		.palette = writer->data->data + writer->head.palette,
	};

	g_byte_array_append(stream, bytes,
			    (guint)gif_file_put_head(&head, bytes));
}

/* The frame's head and codes; its places in the stream are noted. */
static void put_frame(struct gif_writer *writer, struct gif_frame *frame,
		      GByteArray *stream)
{
	const struct gif_band *end =
		(const void *)(writer->data->data + frame->bands +
			       frame->n_bands * sizeof(*end));
	guint8 bytes[GIF_FRAME_HEAD_MAX];
	struct gif_frame_head head = {
		.width = writer->head.width,
		.top = frame->top,
		.n_rows = frame->n_rows,
		.disposal = frame->disposal,
		.transparent = frame->transparent,
		.delay_cs = frame->delay_cs,
		.min_bits = frame->min_bits,
		.palette = frame->has_palette
				   ? writer->data->data + frame->palette
				   : NULL,
	};

	frame->head = stream->len;
	g_byte_array_append(stream, bytes,
			    (guint)gif_file_put_frame_head(&head, bytes));
	g_byte_array_append(stream, writer->codes->data + frame->codes,
			    end->offset);
	frame->codes = stream->len - end->offset;
}

static GByteArray *make_stream(struct gif_writer *writer)
{
	GByteArray *stream = g_byte_array_new();
	guint8 trailer = GIF_FILE_TRAILER;

	put_file_head(writer, stream);
	for (guint i = 0; i < writer->frames->len; i++)
		put_frame(writer, frame_at(writer, i), stream);
	g_byte_array_append(stream, &trailer, 1);
	return stream;
}

GBytes *gif_writer_end(struct gif_writer *writer, gboolean is_opaque)
{
	g_autoptr(GByteArray) stream = NULL;
	GByteArray *section = g_byte_array_new();
	guint n = writer->frames->len;
	guint base =
		(guint)(sizeof(struct gif_head) + n * sizeof(struct gif_frame));

	g_assert(n > 0);
	if (n == 1)
		frame_at(writer, 0)->disposal = GIF_DISPOSAL_KEEP;
	choose_palette(writer);
	stream = make_stream(writer);
	for (guint i = 0; i < n; i++) {
		struct gif_frame *frame = frame_at(writer, i);

		frame->palette += base;
		frame->counts += base;
		frame->pixels += base;
		frame->bands += base;
	}
	writer->head.n_frames = n;
	writer->head.is_opaque = is_opaque != FALSE;
	writer->head.palette += base;
	writer->head.stream = base + writer->data->len;
	writer->head.stream_size = stream->len;
	g_byte_array_append(section, (const guint8 *)&writer->head,
			    sizeof(writer->head));
	g_byte_array_append(section, (const guint8 *)writer->frames->data,
			    (guint)(n * sizeof(struct gif_frame)));
	g_byte_array_append(section, writer->data->data, writer->data->len);
	g_byte_array_append(section, stream->data, stream->len);
	g_array_set_size(writer->frames, 0);
	g_byte_array_set_size(writer->data, 0);
	g_byte_array_set_size(writer->codes, 0);
	return g_byte_array_free_to_bytes(section);
}
