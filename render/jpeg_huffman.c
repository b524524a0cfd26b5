#include "config.h"

#include "render/jpeg_huffman.h"

#include <stdlib.h>
#include <string.h>

static const struct jpeg_huffman standard_tables[2][2] = {
	[JPEG_DC][JPEG_LUMA] = {{0, 1, 5, 1, 1, 1, 1, 1, 1},
				{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
	[JPEG_DC][JPEG_CHROMA] = {{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},
				  {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
	[JPEG_AC][JPEG_LUMA] =
		{{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125},
		 {0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31,
		  0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32,
		  0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52,
		  0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16,
		  0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a,
		  0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45,
		  0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57,
		  0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
		  0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
		  0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94,
		  0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
		  0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6,
		  0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
		  0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8,
		  0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8,
		  0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
		  0xf9, 0xfa}},
	[JPEG_AC][JPEG_CHROMA] =
		{{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119},
		 {0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06,
		  0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81,
		  0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33,
		  0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34,
		  0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28,
		  0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44,
		  0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56,
		  0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
		  0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
		  0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92,
		  0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
		  0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4,
		  0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
		  0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6,
		  0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7,
		  0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
		  0xf9, 0xfa}},
};

const struct jpeg_huffman *jpeg_huffman_standard(enum jpeg_class class,
						 enum jpeg_plane plane)
{
	return &standard_tables[class][plane];
}

static guint n_symbols(enum jpeg_class class)
{
	return class == JPEG_DC ? JPEG_DC_SYMBOLS : JPEG_AC_SYMBOLS;
}

static gboolean is_symbol(guint symbol, enum jpeg_class class)
{
	guint category = symbol & 0x0f;

	if (class == JPEG_DC)
		return symbol < JPEG_DC_SYMBOLS;
	if (category == 0)
		return symbol == JPEG_AC_EOB || symbol == JPEG_AC_ZRL;
	return category <= 10;
}

/* One symbol more than a table can hold: the code of ones only, which T.81
 * forbids (C.2), goes to a leaf that stands for nothing. */
enum { LEAVES_MAX = JPEG_AC_SYMBOLS + 1 };

struct leaf {
	guint64 weight;
	guint8 symbol;
};

static int compare_leaves(const void *a, const void *b)
{
	const struct leaf *one = a, *other = b;

	if (one->weight != other->weight)
		return one->weight < other->weight ? -1 : 1;
	return (int)one->symbol - (int)other->symbol;
}

/* Lightest first; the leaf that stands for nothing is the first of all. */
static guint sorted_leaves(const guint32 counts[256], enum jpeg_class class,
			   struct leaf leaves[LEAVES_MAX])
{
	guint n = 1;

	leaves[0] = (struct leaf){0, 0};
	for (guint symbol = 0; symbol < 256; symbol++)
		if (is_symbol(symbol, class))
			leaves[n++] = (struct leaf){(guint64)counts[symbol] + 1,
						    (guint8)symbol};
	qsort(leaves, n, sizeof(leaves[0]), compare_leaves);
	return n;
}

/* One row of package-merge: the leaves, and the pairs of the row before it,
 * by weight. */
struct row {
	guint64 weights[2 * LEAVES_MAX];
	gboolean is_leaf[2 * LEAVES_MAX];
	guint n;
};

static void merge_row(const struct leaf *leaves, guint n_leaves,
		      const struct row *before, struct row *out)
{
	guint n_pairs = before ? before->n / 2 : 0;
	guint leaf = 0, pair = 0;

	out->n = n_leaves + n_pairs;
	for (guint i = 0; i < out->n; i++) {
		guint64 of_pair = 0;

		if (pair < n_pairs)
			of_pair = before->weights[2 * pair] +
				  before->weights[2 * pair + 1];
		out->is_leaf[i] =
			pair == n_pairs ||
			(leaf < n_leaves && leaves[leaf].weight <= of_pair);
		if (out->is_leaf[i]) {
			out->weights[i] = leaves[leaf++].weight;
		} else {
			out->weights[i] = of_pair;
			pair++;
		}
	}
}

/* Code lengths of the leaves, none over 16 bits: package-merge (Larmore and
 * Hirschberg, 1990). Annex K.2's way can give 17 bits and more and then bends
 * the lengths; this is the optimum under the limit. */
static void leaf_bits(const struct leaf *leaves, guint n_leaves,
		      guint8 bits[LEAVES_MAX])
{
	g_autofree struct row *rows = g_new(struct row, JPEG_CODE_BITS_MAX);
	guint chosen = 2 * n_leaves - 2;

	for (guint i = 0; i < JPEG_CODE_BITS_MAX; i++)
		merge_row(leaves, n_leaves, i ? &rows[i - 1] : NULL, &rows[i]);
	memset(bits, 0, LEAVES_MAX);
	for (guint i = JPEG_CODE_BITS_MAX; i-- > 0;) {
		guint n = 0;

		for (guint k = 0; k < chosen; k++)
			if (rows[i].is_leaf[k])
				bits[n++]++;
		chosen = 2 * (chosen - n);
	}
}

void jpeg_huffman_optimal(const guint32 counts[256], enum jpeg_class class,
			  struct jpeg_huffman *out)
{
	struct leaf leaves[LEAVES_MAX];
	guint8 bits[LEAVES_MAX];
	guint n = sorted_leaves(counts, class, leaves);

	leaf_bits(leaves, n, bits);
	memset(out, 0, sizeof(*out));
	/* The heaviest leaf has the shortest code; leaf 0 is left out, and so
	 * is the last code of the longest ones, which is all ones. */
	for (guint i = 1; i < n; i++) {
		out->n_codes[bits[i] - 1]++;
		out->symbols[n - 1 - i] = leaves[i].symbol;
	}
}

gboolean jpeg_huffman_codes(const struct jpeg_huffman *table,
			    enum jpeg_class class, struct jpeg_codes *out)
{
	guint code = 0, n = 0;

	memset(out, 0, sizeof(*out));
	for (guint bits = 1; bits <= JPEG_CODE_BITS_MAX; bits++) {
		guint n_codes = table->n_codes[bits - 1];

		if (n_codes > n_symbols(class) - n)
			return FALSE;
		for (; n_codes > 0; n_codes--, n++, code++) {
			guint8 symbol = table->symbols[n];

			if (!is_symbol(symbol, class) || out->bits[symbol])
				return FALSE;
			out->code[symbol] = (guint16)code;
			out->bits[symbol] = (guint8)bits;
		}
		/* All ones is left free at each length. */
		if (code >= 1U << bits)
			return FALSE;
		code <<= 1;
	}
	return n == n_symbols(class);
}
