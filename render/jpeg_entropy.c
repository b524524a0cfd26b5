#include "config.h"

#include "render/jpeg_entropy.h"

#include <stdlib.h>
#include <string.h>

/* Where a coefficient stands in a block of a pair, by zigzag order. */
static const guint8 place[64] = {
	0,  1,	16, 32, 17,  2,	  3,   18,  33, 48,  64,  49,  34,
	19, 4,	5,  20, 35,  50,  65,  80,  96, 81,  66,  51,  36,
	21, 6,	7,  22, 37,  52,  67,  82,  97, 112, 113, 98,  83,
	68, 53, 38, 23, 39,  54,  69,  84,  99, 114, 115, 100, 85,
	70, 55, 71, 86, 101, 116, 117, 102, 87, 103, 118, 119,
};

static guint32 word(guint32 code, guint bits)
{
	return code << 5 | bits;
}

/* The values of a category are the bits 0…01…1 for the lowest to 1…1 for the
 * highest (F.1.2.1). */
static void set_values(guint32 row[256], guint32 code, guint bits,
		       guint category)
{
	guint half = 1U << (category - 1);

	for (guint i = 0; i < half; i++) {
		row[257 - 2 * half + i] =
			word(code << category | i, bits + category);
		row[half + i] =
			word(code << category | half | i, bits + category);
	}
}

static void set_symbols(guint32 symbols[256], const struct jpeg_codes *codes)
{
	for (guint i = 0; i < 256; i++)
		symbols[i] = word(codes->code[i], codes->bits[i]);
}

gboolean jpeg_coder_init(struct jpeg_coder *coder,
			 const struct jpeg_huffman *dc,
			 const struct jpeg_huffman *ac)
{
	struct jpeg_codes codes;

	if (!jpeg_huffman_codes(dc, JPEG_DC, &codes))
		return FALSE;
	set_symbols(coder->dc_symbol, &codes);
	if (!jpeg_huffman_codes(ac, JPEG_AC, &codes))
		return FALSE;
	set_symbols(coder->ac_symbol, &codes);
	for (guint run = 0; run < 16; run++) {
		for (guint category = 1; category <= 7; category++) {
			guint symbol = run << 4 | category;

			set_values(coder->ac[run], codes.code[symbol],
				   codes.bits[symbol], category);
		}
	}
	return TRUE;
}

/* The bits a number needs without its sign: T.81's category. */
static inline guint category_of(int value)
{
	guint size = (guint)abs(value);

	return size ? 32 - (guint)__builtin_clz(size) : 0;
}

static inline guint component_of(const struct jpeg_scan *scan, guint block)
{
	guint first_cb = scan->blocks_per_mcu - 2;

	return block < first_cb ? 0 : block - first_cb + 1;
}

static void count_block(const struct jpeg_block *block, guint32 counts[256])
{
	guint64 left = block->nonzero & ~(guint64)1;
	guint last = 0;

	while (left) {
		guint k = (guint)__builtin_ctzll(left);
		guint run = k - last - 1;

		counts[JPEG_AC_ZRL] += run / 16;
		counts[run % 16 << 4 | category_of(block->coef[place[k]])]++;
		last = k;
		left &= left - 1;
	}
	if (last < 63)
		counts[JPEG_AC_EOB]++;
}

void jpeg_entropy_count(const struct jpeg_scan *scan,
			const struct jpeg_block *blocks, guint n, int dc[3],
			guint32 counts[2][2][256])
{
	for (guint i = 0; i < n; i++) {
		guint component = component_of(scan, i % scan->blocks_per_mcu);
		guint plane = component ? JPEG_CHROMA : JPEG_LUMA;
		int next = blocks[i].coef[0];

		counts[JPEG_DC][plane][category_of(next - dc[component])]++;
		count_block(&blocks[i], counts[JPEG_AC][plane]);
		dc[component] = next;
	}
}

/* Adds up to 57 bits. Whole bytes are stored eight at a time, the last of them
 * for the next call to write over: no branch, so none mispredicted. */
static inline void put(struct jpeg_bits *bits, guint64 value, guint n)
{
	guint64 whole;

	bits->recent = bits->recent << n | value;
	bits->n += n;
	whole = GUINT64_TO_BE(bits->recent << (64 - bits->n));
	memcpy(bits->at, &whole, sizeof(whole));
	bits->at += bits->n / 8;
	bits->n %= 8;
}

static inline void put_word(struct jpeg_bits *bits, guint32 coded)
{
	put(bits, coded >> 5, coded & 31);
}

/* A symbol and the value bits of its category. */
static inline void put_value(struct jpeg_bits *bits, guint32 symbol, int value,
			     guint category)
{
	guint32 low = (guint32)(value < 0 ? value - 1 : value) &
		      ((1U << category) - 1);

	put(bits, (guint64)(symbol >> 5) << category | low,
	    (symbol & 31) + category);
}

static inline void put_dc(struct jpeg_bits *bits,
			  const struct jpeg_coder *coder, int difference)
{
	guint category = category_of(difference);

	put_value(bits, coder->dc_symbol[category], difference, category);
}

static inline void put_ac(struct jpeg_bits *bits,
			  const struct jpeg_coder *coder,
			  const struct jpeg_block *block)
{
	guint64 left = block->nonzero & ~(guint64)1;
	guint last = 0;

	while (left) {
		guint k = (guint)__builtin_ctzll(left);
		guint run = k - last - 1;
		int value = block->coef[place[k]];

		for (; G_UNLIKELY(run > 15); run -= 16)
			put_word(bits, coder->ac_symbol[JPEG_AC_ZRL]);
		if (G_LIKELY((guint)value + 127 <= 254)) {
			put_word(bits, coder->ac[run][(guint8)value]);
		} else {
			guint category = category_of(value);

			put_value(bits, coder->ac_symbol[run << 4 | category],
				  value, category);
		}
		last = k;
		left &= left - 1;
	}
	if (last < 63)
		put_word(bits, coder->ac_symbol[JPEG_AC_EOB]);
}

static inline void put_block(struct jpeg_bits *bits,
			     const struct jpeg_coder *coder,
			     const struct jpeg_block *block, int dc)
{
	put_dc(bits, coder, block->coef[0] - dc);
	put_ac(bits, coder, block);
}

void jpeg_entropy_code(const struct jpeg_scan *scan,
		       const struct jpeg_block *blocks, guint n, int dc[3],
		       struct jpeg_bits *bits, struct jpeg_mark *out_marks)
{
	struct jpeg_bits to = *bits;

	for (guint i = 0; i < n; i++) {
		guint component = component_of(scan, i % scan->blocks_per_mcu);
		const guint8 *start = to.at;
		guint start_n = to.n;

		put_block(&to, &scan->coders[component > 0], &blocks[i],
			  dc[component]);
		dc[component] = blocks[i].coef[0];
		if (out_marks)
			out_marks[i] = (struct jpeg_mark){
				(guint16)((to.at - start) * 8 + to.n - start_n),
				(gint16)dc[component]};
	}
	*bits = to;
}

/* The former run while it is walked through: a block begins at bit position,
 * and what lies before it back to copied is still to be copied. */
struct former {
	const guint8 *plain;
	gsize copied, position;
};

static guint64 peek(const guint8 *plain, gsize position)
{
	guint64 eight;

	memcpy(&eight, plain + position / 8, sizeof(eight));
	return GUINT64_FROM_BE(eight) << position % 8;
}

static inline void copy_up_to(struct former *former, gsize position,
			      struct jpeg_bits *bits)
{
	while (former->copied < position) {
		guint n = (guint)MIN(position - former->copied, 56);

		put(bits, peek(former->plain, former->copied) >> (64 - n), n);
		former->copied += n;
	}
}

static inline guint dc_bits(const struct jpeg_coder *coder, int difference)
{
	guint category = category_of(difference);

	return (coder->dc_symbol[category] & 31) + category;
}

/* A block stays as it was but for its DC where the one before it changed. */
struct dc_pair {
	int was, is;
};

static inline void recode_block(const struct jpeg_coder *coder,
				const struct jpeg_block *block,
				const struct jpeg_mark *mark,
				struct dc_pair *dc, struct former *former,
				struct jpeg_bits *bits)
{
	gsize next = former->position + mark->bits;

	if (block->coef) {
		copy_up_to(former, former->position, bits);
		put_block(bits, coder, block, dc->is);
		former->copied = next;
		dc->is = block->coef[0];
	} else {
		if (dc->is != dc->was) {
			copy_up_to(former, former->position, bits);
			put_dc(bits, coder, mark->dc - dc->is);
			former->copied = former->position +
					 dc_bits(coder, mark->dc - dc->was);
		}
		dc->is = mark->dc;
	}
	dc->was = mark->dc;
	former->position = next;
}

void jpeg_entropy_recode(const struct jpeg_scan *scan,
			 const struct jpeg_block *blocks, guint n,
			 const guint8 *old, const struct jpeg_mark *marks,
			 struct jpeg_bits *bits)
{
	struct former former = {old, 0, 0};
	struct dc_pair dc[3] = {{0, 0}, {0, 0}, {0, 0}};
	struct jpeg_bits to = *bits;

	for (guint i = 0; i < n; i++) {
		guint component = component_of(scan, i % scan->blocks_per_mcu);

		recode_block(&scan->coders[component > 0], &blocks[i],
			     &marks[i], &dc[component], &former, &to);
	}
	copy_up_to(&former, former.position, &to);
	*bits = to;
}

gboolean jpeg_entropy_check(const struct jpeg_scan *scan,
			    const struct jpeg_mark *marks, guint n, gsize size)
{
	int dc[3] = {0, 0, 0};
	gsize total = 0;

	for (guint i = 0; i < n; i++) {
		guint component = component_of(scan, i % scan->blocks_per_mcu);
		const struct jpeg_coder *coder = &scan->coders[component > 0];
		int difference = marks[i].dc - dc[component];

		if (ABS(difference) > 2047 ||
		    marks[i].bits < dc_bits(coder, difference) ||
		    marks[i].bits > JPEG_BLOCK_BITS_MAX)
			return FALSE;
		dc[component] = marks[i].dc;
		total += marks[i].bits;
	}
	return (total + 7) / 8 == size;
}

void jpeg_bits_align(struct jpeg_bits *bits)
{
	if (bits->n > 0)
		put(bits, 0xff >> bits->n, 8 - bits->n);
}

static gboolean has_ff(guint64 eight)
{
	guint64 inverse = ~eight;

	/* The lowest zero byte borrows into its high bit. */
	return ((inverse - 0x0101010101010101) & eight & 0x8080808080808080) !=
	       0;
}

gsize jpeg_stuff(const guint8 *plain, gsize size, guint8 *out)
{
	guint8 *to = out;
	gsize i = 0;

	while (i < size) {
		guint64 eight;

		if (size - i >= sizeof(eight)) {
			memcpy(&eight, plain + i, sizeof(eight));
			if (!has_ff(eight)) {
				memcpy(to, &eight, sizeof(eight));
				to += sizeof(eight);
				i += sizeof(eight);
				continue;
			}
		}
		*to++ = plain[i];
		if (plain[i++] == 0xff)
			*to++ = 0;
	}
	return (gsize)(to - out);
}

gsize jpeg_unstuff(const guint8 *stuffed, gsize size, guint8 *out)
{
	const guint8 *end = stuffed + size;
	guint8 *to = out;

	while (stuffed < end) {
		const guint8 *ff =
			memchr(stuffed, 0xff, (gsize)(end - stuffed));
		gsize n = (gsize)((ff ? ff + 1 : end) - stuffed);

		memcpy(to, stuffed, n);
		to += n;
		stuffed += n + (ff != NULL);
	}
	return (gsize)(to - out);
}
