#include "config.h"

#include "render/jpeg_entropy.h"

#include <stdlib.h>
#include <string.h>

/* Into functions for other processors, too. */
#define INLINE static inline __attribute__((always_inline))

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
		coder->ac[run][0] = coder->ac[run][127] = 0;
		coder->ac[run][128] = 0;
	}
	return TRUE;
}

/* The bits a number needs without its sign: T.81's category. */
INLINE guint category_of(int value)
{
	return 31 - (guint)__builtin_clz(2 * (guint)abs(value) + 1);
}

/* Walks through the blocks of MCUs: each one's component. */
struct walk {
	guint n_luma, block;
};

INLINE struct walk start_walk(const struct jpeg_scan *scan)
{
	return (struct walk){scan->blocks_per_mcu - 2, 0};
}

INLINE guint next_component(struct walk *walk)
{
	guint chroma =
		walk->block < walk->n_luma ? 0 : walk->block - walk->n_luma + 1;

	walk->block = chroma == 2 ? 0 : walk->block + 1;
	return chroma;
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
	struct walk walk = start_walk(scan);

	for (guint i = 0; i < n; i++) {
		guint component = next_component(&walk);
		guint plane = component ? JPEG_CHROMA : JPEG_LUMA;
		int next = blocks[i].coef[0];

		counts[JPEG_DC][plane][category_of(next - dc[component])]++;
		count_block(&blocks[i], counts[JPEG_AC][plane]);
		dc[component] = next;
	}
}

/* Adds bits to recent, which holds 64. */
INLINE void add(struct jpeg_bits *bits, guint64 value, guint n)
{
	bits->recent = bits->recent << n | value;
	bits->n += n;
}

/* Stores whole bytes, eight at a time, the last of them for the next call to
 * write over: no branch, so none mispredicted. bits is not empty. */
INLINE void flush(struct jpeg_bits *bits)
{
	guint64 whole = GUINT64_TO_BE(bits->recent << (64 - bits->n));

	memcpy(bits->at, &whole, sizeof(whole));
	bits->at += bits->n / 8;
	bits->n %= 8;
}

/* Adds up to 57 bits to a state that was flushed last. */
INLINE void put(struct jpeg_bits *bits, guint64 value, guint n)
{
	add(bits, value, n);
	flush(bits);
}

INLINE void add_word(struct jpeg_bits *bits, guint32 coded)
{
	add(bits, coded >> 5, coded & 31);
}

/* A symbol and the value bits of its category. */
INLINE void add_value(struct jpeg_bits *bits, guint32 symbol, int value,
		      guint category)
{
	guint32 low = (guint32)(value < 0 ? value - 1 : value) &
		      ((1U << category) - 1);

	add(bits, (guint64)(symbol >> 5) << category | low,
	    (symbol & 31) + category);
}

INLINE void put_dc(struct jpeg_bits *bits, const struct jpeg_coder *coder,
		   int difference)
{
	guint category = category_of(difference);

	add_value(bits, coder->dc_symbol[category], difference, category);
	flush(bits);
}

/* What has no word of its own: a run over 15, a large value. Takes and gives
 * the state itself, so that the caller's can stay in registers. */
static G_NO_INLINE struct jpeg_bits add_rare(struct jpeg_bits bits,
					     const struct jpeg_coder *coder,
					     guint run, int value)
{
	guint category = category_of(value);

	if (bits.n > 0)
		flush(&bits);
	for (; run > 15; run -= 16) {
		add_word(&bits, coder->ac_symbol[JPEG_AC_ZRL]);
		flush(&bits);
	}
	add_value(&bits, coder->ac_symbol[run << 4 | category], value,
		  category);
	return bits;
}

/* Takes the next coefficient out of left; last is where the one before was.
 * Adds up to 26 bits. */
INLINE void add_ac(struct jpeg_bits *bits, const struct jpeg_coder *coder,
		   const struct jpeg_block *block, guint64 *left, guint *last)
{
	guint k = (guint)__builtin_ctzll(*left);
	guint run = k - *last - 1;
	guint32 coded = 0;

	if (G_LIKELY(run <= 15))
		coded = coder->ac[run][(guint8)block->zigzag[k]];
	if (G_LIKELY(coded))
		add_word(bits, coded);
	else
		*bits = add_rare(*bits, coder, run, block->coef[place[k]]);
	*last = k;
	*left &= *left - 1;
}

INLINE void put_ac(struct jpeg_bits *bits, const struct jpeg_coder *coder,
		   const struct jpeg_block *block)
{
	guint64 left = block->nonzero & ~(guint64)1;
	guint last = 0;

	while (left) {
		add_ac(bits, coder, block, &left, &last);
		if (left)
			add_ac(bits, coder, block, &left, &last);
		flush(bits);
	}
	if (last < 63) {
		add_word(bits, coder->ac_symbol[JPEG_AC_EOB]);
		flush(bits);
	}
}

INLINE void put_block(struct jpeg_bits *bits, const struct jpeg_coder *coder,
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
	struct walk walk = start_walk(scan);

	for (guint i = 0; i < n; i++) {
		guint component = next_component(&walk);
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

INLINE void copy_up_to(struct former *former, gsize position,
		       struct jpeg_bits *bits)
{
	while (former->copied < position) {
		guint n = (guint)MIN(position - former->copied, 56);

		put(bits, peek(former->plain, former->copied) >> (64 - n), n);
		former->copied += n;
	}
}

INLINE guint dc_bits(const struct jpeg_coder *coder, int difference)
{
	guint category = category_of(difference);

	return (coder->dc_symbol[category] & 31) + category;
}

/* A block stays as it was but for its DC where the one before it changed. */
struct dc_pair {
	int was, is;
};

INLINE void recode_block(const struct jpeg_coder *coder,
			 const struct jpeg_block *block,
			 const struct jpeg_mark *mark, struct dc_pair *dc,
			 struct former *former, struct jpeg_bits *bits)
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

INLINE void recode(const struct jpeg_scan *scan,
		   const struct jpeg_block *blocks, guint n, const guint8 *old,
		   const struct jpeg_mark *marks, struct jpeg_bits *bits)
{
	struct former former = {old, 0, 0};
	struct dc_pair dc[3] = {{0, 0}, {0, 0}, {0, 0}};
	struct jpeg_bits to = *bits;
	struct walk walk = start_walk(scan);

	for (guint i = 0; i < n; i++) {
		guint component = next_component(&walk);

		recode_block(&scan->coders[component > 0], &blocks[i],
			     &marks[i], &dc[component], &former, &to);
	}
	copy_up_to(&former, former.position, &to);
	*bits = to;
}

#if defined(__x86_64__)
/* Here nearly every step is a shift by a variable, which costs three times as
 * much where it has to go through one register and its flags. */
__attribute__((target("bmi,bmi2"))) static void
recode_bmi2(const struct jpeg_scan *scan, const struct jpeg_block *blocks,
	    guint n, const guint8 *old, const struct jpeg_mark *marks,
	    struct jpeg_bits *bits)
{
	recode(scan, blocks, n, old, marks, bits);
}
#endif

void jpeg_entropy_recode(const struct jpeg_scan *scan,
			 const struct jpeg_block *blocks, guint n,
			 const guint8 *old, const struct jpeg_mark *marks,
			 struct jpeg_bits *bits)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("bmi2")) {
		recode_bmi2(scan, blocks, n, old, marks, bits);
		return;
	}
#endif
	recode(scan, blocks, n, old, marks, bits);
}

gboolean jpeg_entropy_check(const struct jpeg_scan *scan,
			    const struct jpeg_mark *marks, guint n, gsize size)
{
	int dc[3] = {0, 0, 0};
	struct walk walk = start_walk(scan);
	gsize total = 0;

	for (guint i = 0; i < n; i++) {
		guint component = next_component(&walk);
		int difference = marks[i].dc - dc[component];
		guint of_dc;

		if (ABS(difference) > 2047)
			return FALSE;
		of_dc = dc_bits(&scan->coders[component > 0], difference);
		if (marks[i].bits < of_dc ||
		    marks[i].bits - of_dc > JPEG_AC_BITS_MAX)
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

/* The high bit of the first 0xff among eight bytes; those above it may be set
 * too. 0: there is none. */
INLINE guint64 find_ff(guint64 eight)
{
	guint64 inverse = ~eight;

	return (inverse - 0x0101010101010101) & eight & 0x8080808080808080;
}

/* Eight bytes at a time, of which those up to the first 0xff count. */
gsize jpeg_stuff(const guint8 *plain, gsize size, guint8 *out)
{
	const guint8 *end = plain + size;
	guint8 *to = out;

	while (end - plain >= 8) {
		guint64 eight, ff;
		guint n;

		memcpy(&eight, plain, sizeof(eight));
		memcpy(to, &eight, sizeof(eight));
		ff = find_ff(GUINT64_FROM_LE(eight));
		n = ff ? (guint)__builtin_ctzll(ff) / 8 + 1 : 8;
		plain += n;
		to += n;
		if (ff)
			*to++ = 0;
	}
	while (plain < end) {
		*to++ = *plain;
		if (*plain++ == 0xff)
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
