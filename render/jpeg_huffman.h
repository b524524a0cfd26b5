/* jpeg_huffman.h - Huffman tables: the standard ones, and optimal ones.
 *
 * ITU-T T.81: how a table is written (B.2.4.2), its codes (annex C), the
 * typical tables (annex K.3). A table of ours always has a code for every
 * symbol that baseline coding can need, whatever picture it was made for.
 */
#pragma once

#include <glib.h>

enum {
	JPEG_DC_SYMBOLS = 12,  /* categories 0-11 */
	JPEG_AC_SYMBOLS = 162, /* 16 runs × categories 1-10, EOB and ZRL */
	JPEG_AC_EOB = 0x00,
	JPEG_AC_ZRL = 0xf0,
	JPEG_CODE_BITS_MAX = 16,
};

enum jpeg_class { JPEG_DC, JPEG_AC };
enum jpeg_plane { JPEG_LUMA, JPEG_CHROMA };

/* As in a DHT segment. */
struct jpeg_huffman {
	guint8 n_codes[JPEG_CODE_BITS_MAX]; /* of 1, 2, … 16 bits */
	guint8 symbols[JPEG_AC_SYMBOLS];    /* shortest code first */
};

/* By symbol; a symbol without a code has 0 bits. */
struct jpeg_codes {
	guint16 code[256];
	guint8 bits[256];
};

/* The typical tables of annex K.3, for pictures that are coded once. */
const struct jpeg_huffman *jpeg_huffman_standard(enum jpeg_class class,
						 enum jpeg_plane plane);

/* The table that codes symbols of these counts in the fewest bits. Each symbol
 * of its class gets a code, as if it had been counted once more. */
void jpeg_huffman_optimal(const guint32 counts[256], enum jpeg_class class,
			  struct jpeg_huffman *out);

/* FALSE, out undefined: no prefix code, or its symbols are not exactly those of
 * its class. */
gboolean jpeg_huffman_codes(const struct jpeg_huffman *table,
			    enum jpeg_class class, struct jpeg_codes *out);
