#include "config.h"

#include "render/jpeg_huffman.h"

#include <string.h>

static gboolean is_symbol(guint symbol, enum jpeg_class class)
{
	if (class == JPEG_DC)
		return symbol < JPEG_DC_SYMBOLS;
	if (symbol % 16 == 0)
		return symbol == JPEG_AC_EOB || symbol == JPEG_AC_ZRL;
	return symbol % 16 <= 10;
}

/* Each symbol of the class has a code, none begins another, and no code is all
 * ones. */
static void assert_complete(const struct jpeg_huffman *table,
			    enum jpeg_class class)
{
	struct jpeg_codes codes;
	guint64 used = 0;

	g_assert_true(jpeg_huffman_codes(table, class, &codes));
	for (guint symbol = 0; symbol < 256; symbol++) {
		guint bits = codes.bits[symbol];

		g_assert_cmpint(bits > 0, ==, is_symbol(symbol, class));
		if (bits == 0)
			continue;
		g_assert_cmpuint(bits, <=, JPEG_CODE_BITS_MAX);
		g_assert_cmpuint(codes.code[symbol], <, (1U << bits) - 1);
		used += G_GUINT64_CONSTANT(1) << (JPEG_CODE_BITS_MAX - bits);
	}
	g_assert_cmpuint(used, <, 1U << JPEG_CODE_BITS_MAX);
}

static void standard_tables_are_complete(void)
{
	for (guint i = 0; i < 4; i++)
		assert_complete(jpeg_huffman_standard(i / 2, i % 2), i / 2);
}

/* The bits that 12 DC symbols of these counts take. */
static guint64 cost(const guint32 counts[256])
{
	struct jpeg_huffman table;
	struct jpeg_codes codes;
	guint64 bits = 0;

	jpeg_huffman_optimal(counts, JPEG_DC, &table);
	assert_complete(&table, JPEG_DC);
	g_assert_true(jpeg_huffman_codes(&table, JPEG_DC, &codes));
	for (guint i = 0; i < JPEG_DC_SYMBOLS; i++)
		bits += (guint64)(counts[i] + 1) * codes.bits[i];
	return bits;
}

/* The costs are worked out by hand: 13 leaves, one of them worth nothing. */
static void optimal_tables_are_optimal(void)
{
	static const struct {
		guint32 counts[JPEG_DC_SYMBOLS];
		guint64 bits;
	} cases[] = {
		/* Thirteen leaves of a kind: 3 of three bits, 10 of four,
		   among them the one that is worth nothing. */
		{{0}, 3 * 3 + 9 * 4},
		/* One bit for the first; twelve leaves below the other: 4 of
		   four bits, 8 of five. */
		{{999}, 1000 + 4 * 4 + 7 * 5},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint32 counts[256] = {0};

		memcpy(counts, cases[i].counts, sizeof(cases[i].counts));
		g_assert_cmpuint(cost(counts), ==, cases[i].bits);
	}
}

/* Counts that double want a code of as many bits as there are symbols. */
static void codes_never_pass_16_bits(void)
{
	guint32 counts[256] = {0};
	struct jpeg_huffman table;
	struct jpeg_codes codes;
	guint n = 0;

	for (guint symbol = 0; symbol < 256; symbol++)
		if (is_symbol(symbol, JPEG_AC))
			counts[symbol] = 1U << n++ % 31;
	jpeg_huffman_optimal(counts, JPEG_AC, &table);
	assert_complete(&table, JPEG_AC);
	g_assert_cmpuint(table.n_codes[JPEG_CODE_BITS_MAX - 1], >, 0);

	memset(counts, 0xff, sizeof(counts));
	jpeg_huffman_optimal(counts, JPEG_AC, &table);
	assert_complete(&table, JPEG_AC);
	g_assert_true(jpeg_huffman_codes(&table, JPEG_AC, &codes));
}

static void random_tables_are_complete(void)
{
	for (int i = 0; i < 200; i++) {
		guint32 counts[256];
		struct jpeg_huffman table;

		for (int k = 0; k < 256; k++)
			counts[k] = (guint32)g_test_rand_int() >>
				    g_test_rand_int_range(0, 32);
		jpeg_huffman_optimal(counts, i % 2, &table);
		assert_complete(&table, i % 2);
	}
}

/* More frequent symbols never have longer codes. */
static void frequent_symbols_are_short(void)
{
	guint32 counts[256];
	struct jpeg_huffman table;
	struct jpeg_codes codes;

	for (guint i = 0; i < 256; i++)
		counts[i] = i * i;
	jpeg_huffman_optimal(counts, JPEG_DC, &table);
	g_assert_true(jpeg_huffman_codes(&table, JPEG_DC, &codes));
	for (guint i = 1; i < JPEG_DC_SYMBOLS; i++)
		g_assert_cmpuint(codes.bits[i], <=, codes.bits[i - 1]);
}

static void broken_tables_are_refused(void)
{
	static const struct {
		guint n_codes_at, n_codes, symbol_at, symbol;
	} cases[] = {
		{0, 3, 0, 0},	 /* three codes of one bit */
		{0, 2, 0, 0},	 /* all ones is used */
		{2, 4, 0, 0},	 /* a code too few */
		{2, 6, 0, 0},	 /* a code too many */
		{15, 200, 0, 0}, /* far too many */
		{2, 5, 0, 1},	 /* 1 twice */
		{2, 5, 11, 12},	 /* no DC symbol */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct jpeg_huffman table =
			*jpeg_huffman_standard(JPEG_DC, JPEG_LUMA);
		struct jpeg_codes codes;

		g_assert_cmpuint(table.n_codes[2], ==, 5);
		table.n_codes[cases[i].n_codes_at] = (guint8)cases[i].n_codes;
		table.symbols[cases[i].symbol_at] = (guint8)cases[i].symbol;
		g_test_message("case %zu", i);
		g_assert_false(jpeg_huffman_codes(&table, JPEG_DC, &codes));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jpeg_huffman/standard", standard_tables_are_complete);
	g_test_add_func("/jpeg_huffman/optimal", optimal_tables_are_optimal);
	g_test_add_func("/jpeg_huffman/limit", codes_never_pass_16_bits);
	g_test_add_func("/jpeg_huffman/random", random_tables_are_complete);
	g_test_add_func("/jpeg_huffman/order", frequent_symbols_are_short);
	g_test_add_func("/jpeg_huffman/broken", broken_tables_are_refused);
	return g_test_run();
}
