#include "config.h"

#include "render/jpeg_block.h"

#include <stdlib.h>
#include <string.h>

#include "render/jpeg_header.h"

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "pixels are read as the bytes B, G, R, X: Cairo's on little-endian only"
#endif

/* ⌊(x + half) ÷ step⌋ for x + half < 2¹⁵: with s = ⌈log2 step⌉ − 1 and
 * r = ⌊2^(16+s) ÷ step⌋ + 1, which is under 2¹⁶, it is ((x + half) × r) >> 16
 * >> s exactly; the second shift is a multiplication by 2^(16−s) since no
 * vector unit shifts 16-bit lanes by different amounts. Coefficients are 8
 * times too large here, hence the step of 8 and more. */
static void set_divisor(struct jpeg_divisors *divisors, guint i, guint quant)
{
	guint step = 8 * quant;
	guint s = g_bit_storage(step - 1) - 1;

	divisors->half[i] = (guint16)(step / 2);
	divisors->reciprocal[i] = (guint16)((1U << (16 + s)) / step + 1);
	divisors->scale[i] = (guint16)(1U << (16 - s));
}

void jpeg_divisors_init(struct jpeg_divisors *divisors, const guint8 quant[64])
{
	for (guint k = 0; k < 64; k++)
		set_divisor(divisors, jpeg_zigzag[k], quant[k]);
}

static gboolean plain_differ(const guint8 *a, gsize a_stride, const guint8 *b,
			     gsize b_stride, guint32 mask)
{
	const guint64 wide_mask = (guint64)mask << 32 | mask;

	for (int row = 0; row < 8; row++) {
		guint64 x[4], y[4];

		memcpy(x, a + row * a_stride, sizeof(x));
		memcpy(y, b + row * b_stride, sizeof(y));
		if (((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) |
		     (x[3] ^ y[3])) &
		    wide_mask)
			return TRUE;
	}
	return FALSE;
}

/* The weights of JFIF (ITU-R BT.601) in 16-bit fractions. */
static void convert(const guint8 *pixel, gint16 *y, gint16 *cb, gint16 *cr)
{
	int b = pixel[0], g = pixel[1], r = pixel[2];

	*y = (gint16)(((19595 * r + 38470 * g + 7471 * b + 32768) >> 16) - 128);
	*cb = (gint16)((-11059 * r - 21709 * g + 32768 * b + 32767) >> 16);
	*cr = (gint16)((32768 * r - 27439 * g - 5329 * b + 32767) >> 16);
}

static void plain_samples(const guint8 *left, const guint8 *right, gsize stride,
			  struct jpeg_pair *out_y, struct jpeg_pair *out_cb,
			  struct jpeg_pair *out_cr)
{
	for (int row = 0; row < 8; row++) {
		for (int column = 0; column < 8; column++) {
			gsize at = row * stride + column * 4;

			convert(left + at, &out_y->v[row][0][column],
				&out_cb->v[row][0][column],
				&out_cr->v[row][0][column]);
			convert(right + at, &out_y->v[row][1][column],
				&out_cb->v[row][1][column],
				&out_cr->v[row][1][column]);
		}
	}
}

/* libjpeg rounds down in even columns and up in odd ones, so that a flat
 * half does not drift. */
static void plain_halve(const struct jpeg_pair *upper,
			const struct jpeg_pair *lower, guint side,
			struct jpeg_pair *out)
{
	for (int row = 0; row < 8; row++) {
		const struct jpeg_pair *from = row < 4 ? upper : lower;
		const gint16 *even = from->v[2 * row % 8][0];
		const gint16 *odd = from->v[2 * row % 8 + 1][0];

		for (int column = 0; column < 8; column++) {
			int sum = even[2 * column] + even[2 * column + 1] +
				  odd[2 * column] + odd[2 * column + 1];

			out->v[row][side][column] =
				(gint16)((sum + 1 + column % 2) >> 2);
		}
	}
}

/* One dimension of the transform of Loeffler, Ligtenberg and Moschytz (1989),
 * over 8 values step apart, with 13-bit constants, as libjpeg has it. Rows come
 * first and keep 2 bits more than a sample has; columns drop them. */
enum { CONST_BITS = 13, PASS_BITS = 2 };

static int descale(int x, int n)
{
	return (x + (1 << (n - 1))) >> n;
}

static void even_part(const int sums[4], gint16 *d, int step, gboolean is_row)
{
	int bits = is_row ? CONST_BITS - PASS_BITS : CONST_BITS + PASS_BITS;
	int outer = sums[0] + sums[3], inner = sums[1] + sums[2];
	int outer_difference = sums[0] - sums[3];
	int inner_difference = sums[1] - sums[2];
	int z = (outer_difference + inner_difference) * 4433;

	if (is_row) {
		d[0] = (gint16)((outer + inner) * (1 << PASS_BITS));
		d[4 * step] = (gint16)((outer - inner) * (1 << PASS_BITS));
	} else {
		d[0] = (gint16)descale(outer + inner, PASS_BITS);
		d[4 * step] = (gint16)descale(outer - inner, PASS_BITS);
	}
	d[2 * step] = (gint16)descale(z + outer_difference * 6270, bits);
	d[6 * step] = (gint16)descale(z - inner_difference * 15137, bits);
}

/* differences[i] is what the i-th value has over its mirror image. */
static void odd_part(const int differences[4], gint16 *d, int step,
		     gboolean is_row)
{
	int bits = is_row ? CONST_BITS - PASS_BITS : CONST_BITS + PASS_BITS;
	int a = differences[3], b = differences[2];
	int c = differences[1], e = differences[0];
	int z1 = (a + e) * -7373, z2 = (b + c) * -20995;
	int z5 = (a + b + c + e) * 9633;
	int z3 = (a + c) * -16069 + z5, z4 = (b + e) * -3196 + z5;

	d[7 * step] = (gint16)descale(a * 2446 + z1 + z3, bits);
	d[5 * step] = (gint16)descale(b * 16819 + z2 + z4, bits);
	d[3 * step] = (gint16)descale(c * 25172 + z2 + z3, bits);
	d[1 * step] = (gint16)descale(e * 12299 + z1 + z4, bits);
}

static void transform_line(gint16 *d, int step, gboolean is_row)
{
	int sums[4], differences[4];

	for (int i = 0; i < 4; i++) {
		sums[i] = d[i * step] + d[(7 - i) * step];
		differences[i] = d[i * step] - d[(7 - i) * step];
	}
	even_part(sums, d, step, is_row);
	odd_part(differences, d, step, is_row);
}

static gint16 divide(gint16 x, const struct jpeg_divisors *divisors, int i)
{
	guint32 size = (guint32)abs(x) + divisors->half[i];

	size = size * divisors->reciprocal[i] >> 16;
	size = size * divisors->scale[i] >> 16;
	return (gint16)(x < 0 ? -(int)size : (int)size);
}

static void quantize(struct jpeg_pair *pair, guint side,
		     const struct jpeg_divisors *divisors,
		     struct jpeg_block *out)
{
	out->coef = pair->v[0][side];
	out->nonzero = 0;
	for (int k = 0; k < 64; k++) {
		int i = jpeg_zigzag[k];
		gint16 *x = &pair->v[i / 8][side][i % 8];

		*x = divide(*x, divisors, i);
		out->zigzag[k] = (gint8)CLAMP(*x, -128, 127);
		out->nonzero |= (guint64)(*x != 0) << k;
	}
}

static void plain_transform(struct jpeg_pair *pair,
			    const struct jpeg_divisors *divisors,
			    struct jpeg_block *out_left,
			    struct jpeg_block *out_right)
{
	for (guint side = 0; side < 2; side++) {
		for (int row = 0; row < 8; row++)
			transform_line(pair->v[row][side], 1, TRUE);
		for (int column = 0; column < 8; column++)
			transform_line(&pair->v[0][side][column], 16, FALSE);
	}
	quantize(pair, 0, divisors, out_left);
	quantize(pair, 1, divisors, out_right);
}

static const struct jpeg_kernels plain_kernels = {
	plain_differ,
	plain_samples,
	plain_halve,
	plain_transform,
};

const struct jpeg_kernels *jpeg_kernels_plain(void)
{
	return &plain_kernels;
}

const struct jpeg_kernels *jpeg_kernels_best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return &jpeg_kernels_avx2;
#endif
	return &plain_kernels;
}
