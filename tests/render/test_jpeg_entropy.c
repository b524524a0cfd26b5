#include "config.h"

#include "render/jpeg_entropy.h"

#include <string.h>

#include "render/jpeg_header.h"

static void stuffing_is_undone(void)
{
	for (int i = 0; i < 2000; i++) {
		gsize size = (gsize)g_test_rand_int_range(0, 60);
		g_autofree guint8 *plain = g_malloc(size + 1);
		g_autofree guint8 *stuffed = g_malloc(2 * size + 1);
		g_autofree guint8 *again = g_malloc(2 * size + JPEG_SLACK);
		gsize n_ff = 0, n;

		for (gsize k = 0; k < size; k++) {
			plain[k] = g_test_rand_int_range(0, 4) ? 0xff - k % 3
							       : 0xff;
			n_ff += plain[k] == 0xff;
		}
		n = jpeg_stuff(plain, size, stuffed);
		g_assert_cmpuint(n, ==, size + n_ff);
		for (gsize k = 0; k < n; k++)
			g_assert_true(stuffed[k] != 0xff ||
				      stuffed[k + 1] == 0);
		g_assert_cmpuint(jpeg_unstuff(stuffed, n, again), ==, size);
		g_assert_cmpmem(plain, size, again, size);
	}
}

static void the_last_byte_is_filled_with_ones(void)
{
	static const struct {
		guint64 recent;
		guint n, n_bytes;
		guint8 last;
	} cases[] = {
		{0, 0, 0, 0},
		{0, 1, 1, 0x7f},
		{5, 3, 1, 0xbf},
		{0x7e, 7, 1, 0xfd},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint8 bytes[JPEG_SLACK] = {0};
		struct jpeg_bits bits = {bytes, cases[i].recent, cases[i].n};

		jpeg_bits_align(&bits);
		g_assert_cmpuint((gsize)(bits.at - bytes), ==,
				 cases[i].n_bytes);
		g_assert_cmpuint(bytes[0], ==, cases[i].last);
		g_assert_cmpuint(bits.n, ==, 0);
	}
}

struct bench {
	struct jpeg_coder coders[2];
	struct jpeg_scan scan;
};

static struct bench *new_bench(guint blocks_per_mcu)
{
	struct bench *bench = g_new0(struct bench, 1);

	for (guint plane = 0; plane < 2; plane++)
		g_assert_true(
			jpeg_coder_init(&bench->coders[plane],
					jpeg_huffman_standard(JPEG_DC, plane),
					jpeg_huffman_standard(JPEG_AC, plane)));
	bench->scan = (struct jpeg_scan){bench->coders, blocks_per_mcu};
	return bench;
}

/* A block with AC values at some places of the zigzag order; values of 0 end
 * the list. */
struct value {
	guint k;
	gint16 value;
};

static void set_block(struct jpeg_block *block, gint16 coef[128],
		      const struct value *values)
{
	memset(block, 0, sizeof(*block));
	memset(coef, 0, 128 * sizeof(*coef));
	block->coef = coef;
	for (; values->value; values++) {
		guint i = jpeg_zigzag[values->k];

		coef[i / 8 * 16 + i % 8] = values->value;
		block->zigzag[values->k] =
			(gint8)CLAMP(values->value, -128, 127);
		block->nonzero |= G_GUINT64_CONSTANT(1) << values->k;
	}
}

/* Bits by the standard luma tables, by hand (T.81, tables K.3 and K.5). */
static void blocks_are_coded_as_by_hand(void)
{
	static const struct {
		struct value values[5];
		const char *bits;
	} cases[] = {
		/* DC 0; EOB */
		{{{0, 0}},
		 "00"
		 "1010"},
		/* DC 5 (category 3) and -5 */
		{{{0, 5}},
		 "100"
		 "101"
		 "1010"},
		{{{0, -5}},
		 "100"
		 "010"
		 "1010"},
		/* 0/1: 1; 1/2: -2 */
		{{{1, 1}, {3, -2}},
		 "00"
		 "00"
		 "1"
		 "11011"
		 "01"
		 "1010"},
		/* ZRL for 16 zeros, then 0/1: -1 */
		{{{17, -1}},
		 "00"
		 "11111111001"
		 "00"
		 "0"
		 "1010"},
		/* 62 zeros: 3 ZRL, 14/1; no EOB after the last coefficient */
		{{{63, 1}},
		 "00"
		 "11111111001"
		 "11111111001"
		 "11111111001"
		 "1111111111101011"
		 "1"},
		/* Values that a byte holds, just not, and by far not */
		{{{1, 126}, {2, 127}, {3, -128}, {4, 1023}},
		 "00"
		 "11111000"
		 "1111110"
		 "11111000"
		 "1111111"
		 "1111110110"
		 "01111111"
		 "1111111110000011"
		 "1111111111"
		 "1010"},
	};
	g_autofree struct bench *bench = new_bench(6);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct jpeg_block block;
		gint16 coef[128];
		guint8 plain[JPEG_BLOCK_BYTES_MAX + JPEG_SLACK];
		struct jpeg_bits bits = {plain, 0, 0};
		struct jpeg_mark mark;
		int dc[3] = {0, 0, 0};
		gsize n = strlen(cases[i].bits);

		set_block(&block, coef, cases[i].values);
		jpeg_entropy_code(&bench->scan, &block, 1, dc, &bits, &mark);
		g_test_message("case %zu", i);
		g_assert_cmpuint(mark.bits, ==, n);
		g_assert_cmpint(mark.dc, ==, coef[0]);
		g_assert_cmpint(dc[0], ==, coef[0]);
		jpeg_bits_align(&bits);
		g_assert_cmpuint((gsize)(bits.at - plain), ==, (n + 7) / 8);
		for (gsize k = 0; k < n; k++)
			g_assert_cmpint(plain[k / 8] >> (7 - k % 8) & 1, ==,
					cases[i].bits[k] - '0');
	}
}

/* What counting counts is what coding needs. */
static void counts_are_the_symbols(void)
{
	static const struct value values[] = {
		{0, 5}, {1, 1}, {40, -300}, {63, 2}, {0, 0}};
	g_autofree struct bench *bench = new_bench(3);
	guint32 counts[2][2][256] = {0};
	struct jpeg_block block;
	gint16 coef[128];
	int dc[3] = {4, 0, 0};

	set_block(&block, coef, values);
	jpeg_entropy_count(&bench->scan, &block, 1, dc, counts);
	g_assert_cmpint(dc[0], ==, 5);
	g_assert_cmpuint(counts[JPEG_DC][JPEG_LUMA][1], ==, 1);
	g_assert_cmpuint(counts[JPEG_AC][JPEG_LUMA][0x01], ==, 1);
	g_assert_cmpuint(counts[JPEG_AC][JPEG_LUMA][JPEG_AC_ZRL], ==, 3);
	g_assert_cmpuint(counts[JPEG_AC][JPEG_LUMA][0x69], ==, 1);
	g_assert_cmpuint(counts[JPEG_AC][JPEG_LUMA][0x62], ==, 1);
	g_assert_cmpuint(counts[JPEG_AC][JPEG_LUMA][JPEG_AC_EOB], ==, 0);
}

/* Marks of three blocks of 4:4:4 (by the standard tables, DC 0 takes 2 bits,
 * and a difference of 3 takes 5 of luma, 4 of chroma). */
static void marks_have_limits(void)
{
	static const struct {
		struct jpeg_mark marks[3];
		gsize size;
		gboolean is_good;
	} cases[] = {
		{{{6, 0}, {4, 0}, {4, 0}}, 2, TRUE},
		{{{6, 0}, {4, 0}, {4, 0}}, 1, FALSE},
		{{{6, 0}, {4, 0}, {4, 0}}, 3, FALSE},
		{{{5, 3}, {4, 3}, {4, 3}}, 2, TRUE},
		{{{4, 3}, {5, 3}, {5, 3}}, 2, FALSE},
		{{{22, 2047}, {22, -2047}, {22, 0}}, 9, TRUE},
		{{{22, 2048}, {22, 0}, {22, 0}}, 9, FALSE},
		{{{22, 0}, {22, -2048}, {22, 0}}, 9, FALSE},
		{{{2 + JPEG_AC_BITS_MAX, 0}, {2, 0}, {2, 0}}, 206, TRUE},
		{{{3 + JPEG_AC_BITS_MAX, 0}, {2, 0}, {2, 0}}, 206, FALSE},
	};
	g_autofree struct bench *bench = new_bench(3);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %zu", i);
		g_assert_cmpint(jpeg_entropy_check(&bench->scan, cases[i].marks,
						   3, cases[i].size),
				==, cases[i].is_good);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jpeg_entropy/stuff", stuffing_is_undone);
	g_test_add_func("/jpeg_entropy/align",
			the_last_byte_is_filled_with_ones);
	g_test_add_func("/jpeg_entropy/code", blocks_are_coded_as_by_hand);
	g_test_add_func("/jpeg_entropy/count", counts_are_the_symbols);
	g_test_add_func("/jpeg_entropy/marks", marks_have_limits);
	return g_test_run();
}
