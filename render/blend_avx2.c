#include "config.h"

#include "render/blend.h"

/* The kernels of blend.c with AVX2: eight pixels at once, in two registers of
 * four, each byte widened to 16 bits. */
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2	    __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))

AVX2 static gboolean is_empty(const struct blend_layer layers[BLEND_LAYERS],
			      guint n_rows)
{
	__m128i all = _mm_setzero_si128();

	for (guint i = 0; i < BLEND_LAYERS; i++) {
		const guint8 *mask = layers[i].mask;

		for (guint row = 0; row < n_rows; row++) {
			all = _mm_or_si128(
				all, _mm_loadu_si128((const __m128i *)mask));
			mask += layers[i].stride;
		}
	}
	return _mm_testz_si128(all, all);
}

/* Pixels 0, 1, 4, 5 in low and 2, 3, 6, 7 in high, as unpacking leaves them. */
struct eight {
	__m256i low, high;
};

AVX2_INLINE struct eight widen(__m256i pixels)
{
	const __m256i zero = _mm256_setzero_si256();

	return (struct eight){_mm256_unpacklo_epi8(pixels, zero),
			      _mm256_unpackhi_epi8(pixels, zero)};
}

/* The mask's bytes, each for the four parts of its pixel. */
AVX2_INLINE struct eight widen_mask(guint64 mask)
{
	const __m256i low = _mm256_setr_epi8(
		0, -1, 0, -1, 0, -1, 0, -1, 1, -1, 1, -1, 1, -1, 1, -1, 4, -1,
		4, -1, 4, -1, 4, -1, 5, -1, 5, -1, 5, -1, 5, -1);
	const __m256i high = _mm256_setr_epi8(
		2, -1, 2, -1, 2, -1, 2, -1, 3, -1, 3, -1, 3, -1, 3, -1, 6, -1,
		6, -1, 6, -1, 6, -1, 7, -1, 7, -1, 7, -1, 7, -1);
	__m256i all = _mm256_set1_epi64x((long long)mask);

	return (struct eight){_mm256_shuffle_epi8(all, low),
			      _mm256_shuffle_epi8(all, high)};
}

/* value × part ÷ 255, rounded. */
AVX2_INLINE __m256i multiply(__m256i value, __m256i part)
{
	__m256i product = _mm256_add_epi16(_mm256_mullo_epi16(value, part),
					   _mm256_set1_epi16(128));

	return _mm256_mulhi_epu16(product, _mm256_set1_epi16(257));
}

/* is_pure: each byte of color is 0 or 255, as of black and white. */
AVX2_INLINE __m256i over(__m256i color, __m256i mask, __m256i pixels,
			 gboolean is_pure)
{
	__m256i rest = _mm256_xor_si256(mask, _mm256_set1_epi16(255));
	__m256i part =
		is_pure ? _mm256_and_si256(color, mask) : multiply(color, mask);

	return _mm256_add_epi16(part, multiply(pixels, rest));
}

AVX2_INLINE void lay_over(struct eight *pixels, __m256i color, guint64 mask,
			  gboolean is_pure)
{
	struct eight wide = widen_mask(mask);

	color = _mm256_unpacklo_epi8(color, _mm256_setzero_si256());
	pixels->low = over(color, wide.low, pixels->low, is_pure);
	pixels->high = over(color, wide.high, pixels->high, is_pure);
}

AVX2_INLINE guint64 load_mask(const guint8 *mask)
{
	guint64 eight;

	memcpy(&eight, mask, sizeof(eight));
	return eight;
}

/* Where a layer covers all of the eight, nothing below it counts. */
AVX2_INLINE void blend_eight(guint8 *pixels, guint64 below, guint64 above,
			     const __m256i colors[BLEND_LAYERS],
			     gboolean is_pure)
{
	__m256i now;
	struct eight wide;

	if (!(below | above))
		return;
	if (above == G_MAXUINT64) {
		_mm256_storeu_si256((__m256i *)pixels, colors[1]);
		return;
	}
	now = below == G_MAXUINT64
		      ? colors[0]
		      : _mm256_loadu_si256((const __m256i *)pixels);
	wide = widen(now);
	if (below && below != G_MAXUINT64)
		lay_over(&wide, colors[0], below, is_pure);
	if (above)
		lay_over(&wide, colors[1], above, is_pure);
	_mm256_storeu_si256((__m256i *)pixels,
			    _mm256_packus_epi16(wide.low, wide.high));
}

AVX2_INLINE void blend_rows(guint8 *pixels, gsize stride,
			    const struct blend_layer layers[BLEND_LAYERS],
			    guint n_rows, gboolean is_pure)
{
	const __m256i colors[BLEND_LAYERS] = {
		_mm256_set1_epi32((int)layers[0].color),
		_mm256_set1_epi32((int)layers[1].color),
	};
	const guint8 *below = layers[0].mask, *above = layers[1].mask;

	for (guint row = 0; row < n_rows; row++) {
		blend_eight(pixels, load_mask(below), load_mask(above), colors,
			    is_pure);
		blend_eight(pixels + 32, load_mask(below + 8),
			    load_mask(above + 8), colors, is_pure);
		pixels += stride;
		below += layers[0].stride;
		above += layers[1].stride;
	}
}

static gboolean is_pure(guint32 color)
{
	for (; color; color >>= 8)
		if ((color & 255) % 255 != 0)
			return FALSE;
	return TRUE;
}

/* White with a black outline saves a third. */
AVX2 static void blend(guint8 *pixels, gsize stride,
		       const struct blend_layer layers[BLEND_LAYERS],
		       guint n_rows)
{
	if (is_pure(layers[0].color) && is_pure(layers[1].color))
		blend_rows(pixels, stride, layers, n_rows, TRUE);
	else
		blend_rows(pixels, stride, layers, n_rows, FALSE);
}

const struct blend_kernels blend_kernels_avx2 = {is_empty, blend};

#else
typedef int blend_avx2_is_empty;
#endif
