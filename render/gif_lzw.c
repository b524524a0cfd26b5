#include "config.h"

#include "render/gif_lzw.h"

#include <string.h>

#define MAX_CODES  4096
#define SLOT_BITS  13
#define N_SLOTS	   (1 << SLOT_BITS) /* half full at most */
#define EMPTY_SLOT G_MAXUINT32
#define TAIL	   GIF_LZW_MIN_PIXELS
#define MAX_RUN	   255

/* A slot holds prefix << 20 | pixel << 12 | code. No code that stands in a slot
 * is 4095 with prefix 4095, so no slot in use looks empty. */
struct gif_lzw {
	guint32 slots[N_SLOTS];
	guint8 *raw; /* codes before they are cut into sub-blocks */
	gsize raw_size;

	guint8 *at; /* in raw */
	guint64 bits;
	guint n_bits;

	guint min_bits, width;
	guint next_code; /* the one that the decoder's table gets next */

	/* The codes for runs of one pixel value, by value and length, up to
	 * the longest that the table has. */
	guint16 runs[256][MAX_RUN + 1];
	guint8 longest[256];
};

struct gif_lzw *gif_lzw_new(void)
{
	struct gif_lzw *lzw = g_new0(struct gif_lzw, 1);

	for (guint i = 0; i < 256; i++)
		lzw->runs[i][1] = (guint16)i;
	return lzw;
}

void gif_lzw_free(struct gif_lzw *lzw)
{
	if (!lzw)
		return;
	g_free(lzw->raw);
	g_free(lzw);
}

/* 12 bits a pixel, a clear code now and then, both ends, and what put() stores
 * beyond. */
static gsize raw_bound(gsize n_pixels)
{
	return n_pixels + n_pixels / 2 + n_pixels / 1024 + 64;
}

gsize gif_lzw_bound(gsize n_pixels)
{
	gsize raw = raw_bound(n_pixels);

	return raw + raw / 255 + 2;
}

/* Eight bytes are stored each time and as many kept as are full: no branch for
 * the processor to guess wrong. */
static inline void put(struct gif_lzw *lzw, guint code)
{
	guint64 word;

	lzw->bits |= (guint64)code << lzw->n_bits;
	lzw->n_bits += lzw->width;
	word = GUINT64_TO_LE(lzw->bits);
	memcpy(lzw->at, &word, sizeof(word));
	lzw->at += lzw->n_bits / 8;
	lzw->bits >>= lzw->n_bits & ~7u;
	lzw->n_bits %= 8;
}

static void forget(struct gif_lzw *lzw)
{
	memset(lzw->slots, 0xff, sizeof(lzw->slots));
	memset(lzw->longest, 1, sizeof(lzw->longest));
	lzw->width = lzw->min_bits + 1;
	lzw->next_code = (1u << lzw->min_bits) + 2;
}

static void put_clear(struct gif_lzw *lzw)
{
	put(lzw, 1u << lzw->min_bits);
	forget(lzw);
}

static gboolean is_clear(const struct gif_lzw *lzw)
{
	return lzw->next_code == (1u << lzw->min_bits) + 2;
}

/* Puts a phrase's code; the decoder's table grows by one with it, and is
 * emptied when it is full. */
static inline void put_phrase(struct gif_lzw *lzw, guint code)
{
	put(lzw, code);
	if (lzw->next_code == 1u << lzw->width)
		lzw->width++;
	lzw->next_code++;
	if (lzw->next_code == MAX_CODES)
		put_clear(lzw);
}

static inline guint32 *find_slot(struct gif_lzw *lzw, guint prefix, guint pixel)
{
	guint32 key = prefix << 8 | pixel;
	guint at = (prefix * 2 + pixel * 7989) & (N_SLOTS - 1);

	while (lzw->slots[at] != EMPTY_SLOT && lzw->slots[at] >> 12 != key)
		at = (at + 1) & (N_SLOTS - 1);
	return &lzw->slots[at];
}

static void add_phrase(struct gif_lzw *lzw, guint32 *slot, guint prefix,
		       guint pixel)
{
	guint length = lzw->longest[pixel];

	*slot = prefix << 20 | pixel << 12 | lzw->next_code;
	if (lzw->runs[pixel][length] == prefix && length < MAX_RUN) {
		lzw->runs[pixel][length + 1] = (guint16)lzw->next_code;
		lzw->longest[pixel]++;
	}
}

static inline guint64 eight_of(guint pixel)
{
	return pixel * G_GUINT64_CONSTANT(0x0101010101010101);
}

/* How many of the n pixels equal the first one, counted as far as max. */
static gsize run_length(const guint8 *pixels, gsize n, gsize max)
{
	guint64 same = eight_of(pixels[0]);
	gsize length = 1;
	guint64 eight;

	n = MIN(n, max);
	while (length + sizeof(eight) <= n) {
		memcpy(&eight, pixels + length, sizeof(eight));
		if (eight != same)
			break;
		length += sizeof(eight);
	}
	while (length < n && pixels[length] == pixels[0])
		length++;
	return length;
}

/* Begins a phrase: what it takes of pixels is written to out_code. Flat areas
 * and those left transparent are long runs, and then the code of the longest
 * run that the table has is found at once, not pixel by pixel: this made
 * animations twice as fast. */
static inline gsize begin_phrase(const struct gif_lzw *lzw,
				 const guint8 *pixels, gsize n, guint *out_code)
{
	guint64 eight = 0;
	gsize length;

	*out_code = pixels[0];
	if (n < sizeof(eight))
		return 1;
	memcpy(&eight, pixels, sizeof(eight));
	if (eight != eight_of(pixels[0]))
		return 1;
	length = run_length(pixels, n, lzw->longest[pixels[0]]);
	*out_code = lzw->runs[pixels[0]][length];
	return length;
}

/* All pixels, the last phrase closed. */
static void put_pixels(struct gif_lzw *lzw, const guint8 *pixels, gsize n)
{
	guint prefix;
	gsize i;

	if (n == 0)
		return;
	i = begin_phrase(lzw, pixels, n, &prefix);
	while (i < n) {
		guint32 *slot = find_slot(lzw, prefix, pixels[i]);

		if (*slot != EMPTY_SLOT) {
			prefix = *slot & (MAX_CODES - 1);
			i++;
			continue;
		}
		add_phrase(lzw, slot, prefix, pixels[i]);
		put_phrase(lzw, prefix);
		i += begin_phrase(lzw, pixels + i, n - i, &prefix);
	}
	put_phrase(lzw, prefix);
}

/* Ends a band on a whole byte with an empty table. After a clear all codes have
 * the same odd width, so each one more moves the end by an odd number of
 * bits, and at most seven more are needed: clear codes, and never two in a row,
 * for there are decoders (Java's ImageIO) that take the second for a pixel. */
static void put_tail(struct gif_lzw *lzw, const guint8 *pixels)
{
	guint n_clears = 1;

	if (!is_clear(lzw))
		put_clear(lzw);
	while ((lzw->n_bits + (TAIL + n_clears) * lzw->width) % 8 != 0)
		n_clears++;
	for (guint i = 0; i < TAIL; i++) {
		put_phrase(lzw, pixels[i]);
		if (i + 1 < n_clears)
			put_clear(lzw);
	}
	put_clear(lzw);
}

static gsize put_raw(struct gif_lzw *lzw, const struct gif_lzw_band *band)
{
	gsize n = band->n_pixels - (band->is_last ? 0 : TAIL);

	lzw->at = lzw->raw;
	lzw->bits = 0;
	lzw->n_bits = 0;
	lzw->min_bits = band->min_bits;
	forget(lzw);
	if (band->is_first)
		put_clear(lzw);
	put_pixels(lzw, band->pixels, n);
	if (band->is_last)
		put(lzw, (1u << lzw->min_bits) + 1);
	else
		put_tail(lzw, band->pixels + n);
	if (lzw->n_bits > 0)
		lzw->at++; /* put() stored the rest already */
	return (gsize)(lzw->at - lzw->raw);
}

gsize gif_lzw_encode(struct gif_lzw *lzw, const struct gif_lzw_band *band,
		     guint8 *out)
{
	guint8 *at = out;
	gsize size;

	g_assert(band->n_pixels >= (band->is_last ? 1 : TAIL));
	if (lzw->raw_size < raw_bound(band->n_pixels)) {
		lzw->raw_size = raw_bound(band->n_pixels);
		lzw->raw = g_realloc(lzw->raw, lzw->raw_size);
	}
	size = put_raw(lzw, band);
	for (gsize done = 0; done < size;) {
		gsize n = MIN(size - done, 255);

		*at++ = (guint8)n;
		memcpy(at, lzw->raw + done, n);
		at += n;
		done += n;
	}
	if (band->is_last)
		*at++ = 0;
	return (gsize)(at - out);
}
