#include "config.h"

#include "render/jpeg_block.h"

/* The kernels of jpeg_block.c with AVX2. A register holds one row of both
 * blocks, the left one in its low lane, so nearly everything is 128-bit code
 * twice; what crosses lanes is said. Loops over arrays of registers say that
 * they are to be unrolled, or gcc at -O2 keeps the arrays in memory. */
#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2	    __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))

AVX2 static gboolean differ(const guint8 *a, gsize a_stride, const guint8 *b,
			    gsize b_stride, guint32 mask)
{
	const __m256i wide_mask = _mm256_set1_epi32((int)mask);

	/* Half a field at a time: what changed shows up early. */
	for (int half = 0; half < 2; half++) {
		__m256i difference = _mm256_setzero_si256();

#pragma GCC unroll 8
		for (int row = 0; row < 4; row++) {
			__m256i x = _mm256_loadu_si256((const __m256i *)a);
			__m256i y = _mm256_loadu_si256((const __m256i *)b);

			difference = _mm256_or_si256(difference,
						     _mm256_xor_si256(x, y));
			a += a_stride;
			b += b_stride;
		}
		if (!_mm256_testz_si256(difference, wide_mask))
			return TRUE;
	}
	return FALSE;
}

/* Four pixels of the left field, and four of the right one. */
AVX2_INLINE __m256i load_pixels(const guint8 *left, const guint8 *right)
{
	__m128i low = _mm_loadu_si128((const __m128i *)left);
	__m128i high = _mm_loadu_si128((const __m128i *)right);

	return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* 16-bit pairs of eight pixels: (blue, red) and (green, green). Green's weight
 * in luma does not fit 16 bits signed, half of it twice does. */
struct pixels {
	__m256i blue_red, green_green;
};

AVX2_INLINE struct pixels split_pixels(__m256i pixels)
{
	const __m256i green = _mm256_setr_epi8(
		1, -1, 1, -1, 5, -1, 5, -1, 9, -1, 9, -1, 13, -1, 13, -1, 1, -1,
		1, -1, 5, -1, 5, -1, 9, -1, 9, -1, 13, -1, 13, -1);

	return (struct pixels){
		_mm256_and_si256(pixels, _mm256_set1_epi32(0x00ff00ff)),
		_mm256_shuffle_epi8(pixels, green),
	};
}

AVX2_INLINE __m256i weigh(struct pixels pixels, int blue, int red, int green)
{
	__m256i blue_red =
		_mm256_set1_epi32((int)((guint32)red << 16 | (guint16)blue));
	__m256i green_green =
		_mm256_set1_epi32((int)((guint32)(green - green / 2) << 16 |
					(guint16)(green / 2)));

	return _mm256_add_epi32(
		_mm256_madd_epi16(pixels.blue_red, blue_red),
		_mm256_madd_epi16(pixels.green_green, green_green));
}

AVX2_INLINE __m256i to_y(struct pixels pixels)
{
	__m256i offset = _mm256_set1_epi32(32768 - (128 << 16));

	return _mm256_add_epi32(weigh(pixels, 7471, 19595, 38470), offset);
}

/* Half of a colour's weight is 2¹⁵, one more than fits, so chroma is weighed
 * negated: -2¹⁵ fits. */
AVX2_INLINE __m256i negate(__m256i weighed)
{
	return _mm256_sub_epi32(_mm256_set1_epi32(32767), weighed);
}

AVX2_INLINE __m256i to_cb(struct pixels pixels)
{
	return negate(weigh(pixels, -32768, 11059, 21709));
}

AVX2_INLINE __m256i to_cr(struct pixels pixels)
{
	return negate(weigh(pixels, 5329, -32768, 27439));
}

AVX2_INLINE __m256i join(__m256i first, __m256i second)
{
	return _mm256_packs_epi32(_mm256_srai_epi32(first, 16),
				  _mm256_srai_epi32(second, 16));
}

AVX2 static void samples(const guint8 *left, const guint8 *right, gsize stride,
			 struct jpeg_pair *out_y, struct jpeg_pair *out_cb,
			 struct jpeg_pair *out_cr)
{
	for (int row = 0; row < 8; row++) {
		struct pixels a = split_pixels(load_pixels(left, right));
		struct pixels b =
			split_pixels(load_pixels(left + 16, right + 16));

		_mm256_store_si256((__m256i *)out_y->v[row],
				   join(to_y(a), to_y(b)));
		_mm256_store_si256((__m256i *)out_cb->v[row],
				   join(to_cb(a), to_cb(b)));
		_mm256_store_si256((__m256i *)out_cr->v[row],
				   join(to_cr(a), to_cr(b)));
		left += stride;
		right += stride;
	}
}

/* Sums of 2 × 2 samples from rows 2 × row and 2 × row + 1, 32 bits each. */
AVX2_INLINE __m256i sum_fours(const struct jpeg_pair *from, int row)
{
	__m256i even = _mm256_load_si256((const __m256i *)from->v[2 * row]);
	__m256i odd = _mm256_load_si256((const __m256i *)from->v[2 * row + 1]);

	return _mm256_madd_epi16(_mm256_add_epi16(even, odd),
				 _mm256_set1_epi16(1));
}

AVX2 static void halve(const struct jpeg_pair *upper,
		       const struct jpeg_pair *lower, guint side,
		       struct jpeg_pair *out)
{
	const __m256i rounding = _mm256_set1_epi32(2 << 16 | 1);

	for (int row = 0; row < 8; row += 2) {
		const struct jpeg_pair *from = row < 4 ? upper : lower;
		__m256i sums = _mm256_packs_epi32(sum_fours(from, row % 4),
						  sum_fours(from, row % 4 + 1));

		sums = _mm256_srai_epi16(_mm256_add_epi16(sums, rounding), 2);
		/* Packing went by lanes; a row's quarters are 0 and 2. */
		sums = _mm256_permute4x64_epi64(sums, _MM_SHUFFLE(3, 1, 2, 0));
		_mm_store_si128((__m128i *)out->v[row][side],
				_mm256_castsi256_si128(sums));
		_mm_store_si128((__m128i *)out->v[row + 1][side],
				_mm256_extracti128_si256(sums, 1));
	}
}

AVX2_INLINE void transpose(__m256i r[8])
{
	__m256i a[8], b[8];

#pragma GCC unroll 8
	for (int i = 0; i < 4; i++) {
		a[2 * i] = _mm256_unpacklo_epi16(r[2 * i], r[2 * i + 1]);
		a[2 * i + 1] = _mm256_unpackhi_epi16(r[2 * i], r[2 * i + 1]);
	}
#pragma GCC unroll 8
	for (int i = 0; i < 8; i += 4) {
		b[i] = _mm256_unpacklo_epi32(a[i], a[i + 2]);
		b[i + 1] = _mm256_unpackhi_epi32(a[i], a[i + 2]);
		b[i + 2] = _mm256_unpacklo_epi32(a[i + 1], a[i + 3]);
		b[i + 3] = _mm256_unpackhi_epi32(a[i + 1], a[i + 3]);
	}
#pragma GCC unroll 8
	for (int i = 0; i < 4; i++) {
		r[2 * i] = _mm256_unpacklo_epi64(b[i], b[i + 4]);
		r[2 * i + 1] = _mm256_unpackhi_epi64(b[i], b[i + 4]);
	}
}

/* Products of 16-bit values that are summed in 32 bits: x × a + y × b. */
struct wide {
	__m256i low, high;
};

AVX2_INLINE struct wide interleave(__m256i x, __m256i y)
{
	return (struct wide){_mm256_unpacklo_epi16(x, y),
			     _mm256_unpackhi_epi16(x, y)};
}

AVX2_INLINE struct wide multiply(struct wide xy, int a, int b)
{
	__m256i weights =
		_mm256_set1_epi32((int)((guint32)b << 16 | (guint16)a));

	return (struct wide){_mm256_madd_epi16(xy.low, weights),
			     _mm256_madd_epi16(xy.high, weights)};
}

AVX2_INLINE struct wide add(struct wide a, struct wide b)
{
	return (struct wide){_mm256_add_epi32(a.low, b.low),
			     _mm256_add_epi32(a.high, b.high)};
}

AVX2_INLINE struct wide add_rounding(struct wide a, int bits)
{
	__m256i half = _mm256_set1_epi32(1 << (bits - 1));

	return add(a, (struct wide){half, half});
}

AVX2_INLINE __m256i narrow(struct wide a, int bits)
{
	return _mm256_packs_epi32(_mm256_srai_epi32(a.low, bits),
				  _mm256_srai_epi32(a.high, bits));
}

AVX2_INLINE void even_part(const __m256i sums[4], __m256i out[8],
			   gboolean is_row)
{
	const int bits = is_row ? 11 : 15;
	__m256i outer = _mm256_add_epi16(sums[0], sums[3]);
	__m256i inner = _mm256_add_epi16(sums[1], sums[2]);
	struct wide differences =
		interleave(_mm256_sub_epi16(sums[0], sums[3]),
			   _mm256_sub_epi16(sums[1], sums[2]));

	out[0] = _mm256_add_epi16(outer, inner);
	out[4] = _mm256_sub_epi16(outer, inner);
	if (is_row) {
		out[0] = _mm256_slli_epi16(out[0], 2);
		out[4] = _mm256_slli_epi16(out[4], 2);
	} else {
		__m256i half = _mm256_set1_epi16(2);

		out[0] = _mm256_srai_epi16(_mm256_add_epi16(out[0], half), 2);
		out[4] = _mm256_srai_epi16(_mm256_add_epi16(out[4], half), 2);
	}
	out[2] = narrow(
		add_rounding(multiply(differences, 4433 + 6270, 4433), bits),
		bits);
	out[6] = narrow(
		add_rounding(multiply(differences, 4433, 4433 - 15137), bits),
		bits);
}

/* plain odd_part() with its sums of products multiplied out, so that each
 * product has two values of 16 bits. */
AVX2_INLINE void odd_part(const __m256i differences[4], __m256i out[8],
			  gboolean is_row)
{
	const int bits = is_row ? 11 : 15;
	__m256i a = differences[3], b = differences[2];
	__m256i c = differences[1], e = differences[0];
	struct wide z =
		interleave(_mm256_add_epi16(a, c), _mm256_add_epi16(b, e));
	struct wide z3 = add_rounding(multiply(z, 9633 - 16069, 9633), bits);
	struct wide z4 = add_rounding(multiply(z, 9633, 9633 - 3196), bits);
	struct wide ae = interleave(a, e), bc = interleave(b, c);

	out[7] = narrow(add(multiply(ae, 2446 - 7373, -7373), z3), bits);
	out[5] = narrow(add(multiply(bc, 16819 - 20995, -20995), z4), bits);
	out[3] = narrow(add(multiply(bc, -20995, 25172 - 20995), z3), bits);
	out[1] = narrow(add(multiply(ae, -7373, 12299 - 7373), z4), bits);
}

AVX2_INLINE void transform_lines(__m256i r[8], gboolean is_row)
{
	__m256i sums[4], differences[4];

#pragma GCC unroll 8
	for (int i = 0; i < 4; i++) {
		sums[i] = _mm256_add_epi16(r[i], r[7 - i]);
		differences[i] = _mm256_sub_epi16(r[i], r[7 - i]);
	}
	even_part(sums, r, is_row);
	odd_part(differences, r, is_row);
}

AVX2_INLINE __m256i load_steps(const guint16 *steps)
{
	return _mm256_broadcastsi128_si256(
		_mm_load_si128((const __m128i *)steps));
}

AVX2_INLINE __m256i quantize(__m256i x, const struct jpeg_divisors *divisors,
			     int row)
{
	__m256i size = _mm256_add_epi16(_mm256_abs_epi16(x),
					load_steps(divisors->half + 8 * row));

	size = _mm256_mulhi_epu16(size,
				  load_steps(divisors->reciprocal + 8 * row));
	size = _mm256_mulhi_epu16(size, load_steps(divisors->scale + 8 * row));
	return _mm256_sign_epi16(size, x);
}

/* Which 16 bytes of two rows a sixteenth of the zigzag order takes; -1: from
 * other rows. Generated from jpeg_zigzag: entry [sixteenth][rows / 2]. */
#define NO -1
static const gint8 zigzag_bytes[4][4][16] __attribute__((aligned(16))) = {
	{{0, 1, 8, NO, 9, 2, 3, 10, NO, NO, NO, NO, NO, 11, 4, 5},
	 {NO, NO, NO, 0, NO, NO, NO, NO, 1, 8, NO, 9, 2, NO, NO, NO},
	 {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 0, NO, NO, NO, NO, NO},
	 {NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{{12, NO, NO, NO, NO, NO, NO, NO, NO, NO, 13, 6, 7, 14, NO, NO},
	 {NO, 3, 10, NO, NO, NO, NO, NO, 11, 4, NO, NO, NO, NO, 5, 12},
	 {NO, NO, NO, 1, 8, NO, 9, 2, NO, NO, NO, NO, NO, NO, NO, NO},
	 {NO, NO, NO, NO, NO, 0, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{{NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 15, NO, NO, NO, NO, NO},
	 {NO, NO, NO, NO, NO, NO, NO, NO, 13, 6, NO, 7, 14, NO, NO, NO},
	 {3, 10, NO, NO, NO, NO, 11, 4, NO, NO, NO, NO, NO, 5, 12, NO},
	 {NO, NO, 1, 8, 9, 2, NO, NO, NO, NO, NO, NO, NO, NO, NO, 3}},
	{{NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO},
	 {NO, NO, NO, NO, NO, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO},
	 {NO, NO, NO, 13, 6, NO, 7, 14, NO, NO, NO, NO, 15, NO, NO, NO},
	 {10, 11, 4, NO, NO, NO, NO, NO, 5, 12, 13, 6, NO, 7, 14, 15}},
};
#undef NO

AVX2_INLINE __m256i pick(__m256i rows, int sixteenth, int two_rows)
{
	return _mm256_shuffle_epi8(
		rows,
		_mm256_broadcastsi128_si256(_mm_load_si128(
			(const __m128i *)zigzag_bytes[sixteenth][two_rows])));
}

AVX2_INLINE void pick_zigzag(const __m256i r[8], __m256i zigzag[4])
{
	__m256i in[4];

#pragma GCC unroll 8
	for (int i = 0; i < 4; i++)
		in[i] = _mm256_packs_epi16(r[2 * i], r[2 * i + 1]);
	zigzag[0] = _mm256_or_si256(
		_mm256_or_si256(pick(in[0], 0, 0), pick(in[1], 0, 1)),
		pick(in[2], 0, 2));
	zigzag[1] = _mm256_or_si256(
		_mm256_or_si256(pick(in[0], 1, 0), pick(in[1], 1, 1)),
		_mm256_or_si256(pick(in[2], 1, 2), pick(in[3], 1, 3)));
	zigzag[2] = _mm256_or_si256(
		_mm256_or_si256(pick(in[0], 2, 0), pick(in[1], 2, 1)),
		_mm256_or_si256(pick(in[2], 2, 2), pick(in[3], 2, 3)));
	zigzag[3] = _mm256_or_si256(
		pick(in[1], 3, 1),
		_mm256_or_si256(pick(in[2], 3, 2), pick(in[3], 3, 3)));
}

/* A bit for each byte that is not 0: 16 of the left block, 16 of the right. */
AVX2_INLINE guint32 nonzero_bytes(__m256i bytes)
{
	return ~(guint32)_mm256_movemask_epi8(
		_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()));
}

/* The saturated bytes are 0 only where the coefficients are. */
AVX2_INLINE void finish_blocks(const __m256i r[8], struct jpeg_block *left,
			       struct jpeg_block *right)
{
	__m256i zigzag[4];
	guint32 bits[4];

	pick_zigzag(r, zigzag);
#pragma GCC unroll 8
	for (int i = 0; i < 4; i++) {
		bits[i] = nonzero_bytes(zigzag[i]);
		_mm_store_si128((__m128i *)left->zigzag + i,
				_mm256_castsi256_si128(zigzag[i]));
		_mm_store_si128((__m128i *)right->zigzag + i,
				_mm256_extracti128_si256(zigzag[i], 1));
	}
	left->nonzero = (bits[0] & 0xffff) | bits[1] << 16 |
			(guint64)((bits[2] & 0xffff) | bits[3] << 16) << 32;
	right->nonzero = bits[0] >> 16 | (bits[1] & 0xffff0000) |
			 (guint64)(bits[2] >> 16 | (bits[3] & 0xffff0000))
				 << 32;
}

AVX2 static void transform(struct jpeg_pair *pair,
			   const struct jpeg_divisors *divisors,
			   struct jpeg_block *out_left,
			   struct jpeg_block *out_right)
{
	__m256i r[8];

#pragma GCC unroll 8
	for (int row = 0; row < 8; row++)
		r[row] = _mm256_load_si256((const __m256i *)pair->v[row]);
	transpose(r);
	transform_lines(r, TRUE);
	transpose(r);
	transform_lines(r, FALSE);
#pragma GCC unroll 8
	for (int row = 0; row < 8; row++) {
		r[row] = quantize(r[row], divisors, row);
		_mm256_store_si256((__m256i *)pair->v[row], r[row]);
	}
	finish_blocks(r, out_left, out_right);
	out_left->coef = pair->v[0][0];
	out_right->coef = pair->v[0][1];
}

const struct jpeg_kernels jpeg_kernels_avx2 = {differ, samples, halve,
					       transform};

#else
typedef int jpeg_block_avx2_is_empty;
#endif
