#include "config.h"

#include "render/jpeg_block.h"

#include <string.h>

#include "render/jpeg_header.h"

/* The plain kernels are held against libjpeg by test_jpeg.c; the others have to
 * equal the plain ones, on extremes above all. */

enum { STRIDE = 16 * 4 + 20 };

static guint8 random_channel(int kind)
{
	switch (kind) {
	case 0:
		return (guint8)g_test_rand_int();
	case 1:
		return g_test_rand_bit() ? 255 : 0;
	default:
		return (guint8)(128 + g_test_rand_int_range(-2, 3));
	}
}

/* Each single bit that differs is seen, and none outside of mask or field. */
static void each_bit_is_compared(gconstpointer data)
{
	const struct jpeg_kernels *kernels = data;
	guint8 a[8 * STRIDE] = {0}, b[8 * STRIDE] = {0};

	for (guint i = 0; i < 8 * STRIDE * 8; i++) {
		guint at = i / 8;
		gboolean is_inside = at % STRIDE < 8 * 4;
		gboolean is_color = at % STRIDE % 4 < 3;

		a[at] ^= 1 << i % 8;
		g_assert_cmpint(
			kernels->differ(a, STRIDE, b, STRIDE, 0x00ffffff), ==,
			is_inside && is_color);
		g_assert_cmpint(
			kernels->differ(a, STRIDE, b, STRIDE, 0xffffffff), ==,
			is_inside);
		a[at] ^= 1 << i % 8;
	}
}

static void samples_are_equal(gconstpointer data)
{
	const struct jpeg_kernels *kernels = data;

	for (int i = 0; i < 3000; i++) {
		guint8 pixels[8 * STRIDE];
		struct jpeg_pair a[3], b[3];

		for (gsize k = 0; k < sizeof(pixels); k++)
			pixels[k] = random_channel(i % 3);
		jpeg_kernels_plain()->samples(pixels, pixels + 36, STRIDE,
					      &a[0], &a[1], &a[2]);
		kernels->samples(pixels, pixels + 36, STRIDE, &b[0], &b[1],
				 &b[2]);
		g_assert_cmpmem(a, sizeof(a), b, sizeof(b));
	}
}

static void fill_pair(struct jpeg_pair *pair, int kind)
{
	for (int i = 0; i < 128; i++)
		pair->v[i / 16][i / 8 % 2][i % 8] =
			(gint16)(random_channel(kind) - 128);
}

static void halves_are_equal(gconstpointer data)
{
	const struct jpeg_kernels *kernels = data;

	for (int i = 0; i < 3000; i++) {
		struct jpeg_pair in[2], a, b;

		fill_pair(&in[0], i % 3);
		fill_pair(&in[1], i % 3);
		for (guint side = 0; side < 2; side++) {
			jpeg_kernels_plain()->halve(&in[0], &in[1], side, &a);
			kernels->halve(&in[0], &in[1], side, &b);
		}
		g_assert_cmpmem(&a, sizeof(a), &b, sizeof(b));
	}
}

/* The basis function that a coefficient stands for, as loud as it can be. */
static void fill_basis(struct jpeg_pair *pair, int coefficient)
{
	for (int i = 0; i < 128; i++) {
		int row = i / 16, column = i % 8;
		gboolean is_up =
			(row * (coefficient / 8) + column * (coefficient % 8)) /
				4 % 2 ==
			0;

		pair->v[row][i / 8 % 2][column] = is_up ? 127 : -128;
	}
}

static void assert_equal_transforms(const struct jpeg_kernels *kernels,
				    const struct jpeg_pair *pair, int quality)
{
	struct jpeg_header header;
	struct jpeg_divisors divisors;
	struct jpeg_pair a = *pair, b = *pair;
	struct jpeg_block blocks[4];

	jpeg_header_set_quality(&header, quality);
	jpeg_divisors_init(&divisors, header.quant[quality % 2]);
	jpeg_kernels_plain()->transform(&a, &divisors, &blocks[0], &blocks[1]);
	kernels->transform(&b, &divisors, &blocks[2], &blocks[3]);
	g_assert_cmpmem(&a, sizeof(a), &b, sizeof(b));
	for (int i = 0; i < 2; i++) {
		g_assert_cmpmem(blocks[i].zigzag, 64, blocks[2 + i].zigzag, 64);
		g_assert_cmphex(blocks[i].nonzero, ==, blocks[2 + i].nonzero);
		g_assert_true(blocks[2 + i].coef == b.v[0][i]);
	}
}

static void transforms_are_equal(gconstpointer data)
{
	struct jpeg_pair pair;

	for (int i = 0; i < 6000; i++) {
		fill_pair(&pair, i % 3);
		assert_equal_transforms(data, &pair, 1 + i % 100);
	}
	for (int i = 0; i < 6400; i++) {
		fill_basis(&pair, i % 64);
		assert_equal_transforms(data, &pair, 1 + i / 64);
	}
}

/* All sizes a coefficient can have, by all steps. */
static void division_rounds_half_up(void)
{
	for (int step = 1; step <= 255; step++) {
		struct jpeg_divisors divisors;
		guint8 quant[64];

		memset(quant, step, sizeof(quant));
		jpeg_divisors_init(&divisors, quant);
		for (guint32 size = 0; size <= 8 * 1024 + 512; size++) {
			guint32 x = size + divisors.half[5];

			x = x * divisors.reciprocal[5] >> 16;
			x = x * divisors.scale[5] >> 16;
			g_assert_cmpuint(x, ==, (size + 4 * step) / (8 * step));
		}
	}
}

/* A flat field has a DC and nothing else. */
static void flat_blocks_have_dc_only(void)
{
	struct jpeg_header header;
	struct jpeg_divisors divisors;
	struct jpeg_pair pair;
	struct jpeg_block left, right;

	jpeg_header_set_quality(&header, 100);
	jpeg_divisors_init(&divisors, header.quant[0]);
	for (int i = 0; i < 128; i++)
		pair.v[i / 16][i / 8 % 2][i % 8] = i / 8 % 2 ? -128 : 100;
	jpeg_kernels_plain()->transform(&pair, &divisors, &left, &right);
	g_assert_cmpint(left.coef[0], ==, 800);
	g_assert_cmpint(right.coef[0], ==, -1024);
	g_assert_cmpint(left.zigzag[0], ==, 127);
	g_assert_cmpint(right.zigzag[0], ==, -128);
	g_assert_cmphex(left.nonzero, ==, 1);
	g_assert_cmphex(right.nonzero, ==, 1);
}

int main(int argc, char **argv)
{
	const struct jpeg_kernels *best = jpeg_kernels_best();

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jpeg_block/divide", division_rounds_half_up);
	g_test_add_func("/jpeg_block/flat", flat_blocks_have_dc_only);
	g_test_add_data_func("/jpeg_block/differ", best, each_bit_is_compared);
	g_test_add_data_func("/jpeg_block/differ/plain", jpeg_kernels_plain(),
			     each_bit_is_compared);
	g_test_add_data_func("/jpeg_block/samples", best, samples_are_equal);
	g_test_add_data_func("/jpeg_block/halve", best, halves_are_equal);
	g_test_add_data_func("/jpeg_block/transform", best,
			     transforms_are_equal);
	return g_test_run();
}
