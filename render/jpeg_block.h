/* jpeg_block.h - pixels to quantized DCT coefficients, two blocks at a time.
 *
 * Each result equals libjpeg's to the bit: its RGB to YCbCr conversion, its
 * 2:1 box filter, its JDCT_ISLOW transform and its rounding division, so that
 * what we code anew can stand between runs that were coded before, and so that
 * a full encode by libjpeg can check it all. libjpeg itself offers none of
 * these steps alone, and its whole road is set up for whole pictures.
 */
#pragma once

#include <glib.h>

/* Two 8 × 8 blocks, left and right, row by row: samples less 128, then
 * coefficients. */
struct jpeg_pair {
	gint16 v[8][2][8];
} __attribute__((aligned(64)));

/* A block that is done. */
struct jpeg_block {
	/* In zigzag order, cut to the bytes -128 to 127. */
	gint8 zigzag[64] __attribute__((aligned(16)));
	guint64 nonzero;    /* a bit for each that is not 0, DC's lowest */
	const gint16 *coef; /* in its pair: whole, in rows of 16 */
};

/* Division by a quantization table's steps, as multiplications. */
struct jpeg_divisors {
	guint16 half[64];
	guint16 reciprocal[64];
	guint16 scale[64];
} __attribute__((aligned(64)));

/* quant: 64 steps of at least 1, in zigzag order. */
void jpeg_divisors_init(struct jpeg_divisors *divisors, const guint8 quant[64]);

struct jpeg_kernels {
	/* Whether two 8 × 8 fields of 32-bit pixels differ in a bit of mask. */
	gboolean (*differ)(const guint8 *a, gsize a_stride, const guint8 *b,
			   gsize b_stride, guint32 mask);

	/* Converts two 8 × 8 fields of Cairo's RGB24 pixels, one at left and
	 * one at right, stride bytes between their rows. */
	void (*samples)(const guint8 *left, const guint8 *right, gsize stride,
			struct jpeg_pair *out_y, struct jpeg_pair *out_cb,
			struct jpeg_pair *out_cr);

	/* Averages a 16 × 16 field, given as its upper and lower half, down to
	 * 8 × 8 in out's left (side 0) or right (side 1) block. */
	void (*halve)(const struct jpeg_pair *upper,
		      const struct jpeg_pair *lower, guint side,
		      struct jpeg_pair *out);

	/* Transforms and quantizes both blocks. Their coefficients stay in
	 * pair. */
	void (*transform)(struct jpeg_pair *pair,
			  const struct jpeg_divisors *divisors,
			  struct jpeg_block *out_left,
			  struct jpeg_block *out_right);
};

/* Plain C, and the fastest that this processor can run. */
const struct jpeg_kernels *jpeg_kernels_plain(void);
const struct jpeg_kernels *jpeg_kernels_best(void);

#if defined(__x86_64__)
extern const struct jpeg_kernels jpeg_kernels_avx2;
#endif
