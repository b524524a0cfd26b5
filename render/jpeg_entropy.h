/* jpeg_entropy.h - blocks to bits (ITU-T T.81, F.1.2), without restarts.
 *
 * Bits are gathered plain; the 0 byte after each 0xff (B.1.1.5) comes last,
 * over a whole run, so that no step before it has to look at bytes.
 */
#pragma once

#include "render/jpeg_block.h"
#include "render/jpeg_huffman.h"

enum {
	/* A DC difference has at most 16 + 11 bits, an AC value 16 + 10. */
	JPEG_DC_BITS_MAX = 27,
	JPEG_AC_BITS_MAX = 63 * 26,
	JPEG_BLOCK_BITS_MAX = JPEG_DC_BITS_MAX + JPEG_AC_BITS_MAX,
	JPEG_BLOCK_BYTES_MAX = (JPEG_BLOCK_BITS_MAX + 7) / 8,
	/* How far past its end a plain buffer is read and written. */
	JPEG_SLACK = 8,
};

/* A writer. The bytes from its start to at are whole; n bits more are kept in
 * recent, the last one lowest. */
struct jpeg_bits {
	guint8 *at;
	guint64 recent;
	guint n;
};

/* One plane's codes: bits << 5 | how many. */
struct jpeg_coder {
	/* By run and value, with the value's bits behind the code; 0 where a
	 * byte may stand for a larger value, and for a value of 0. */
	guint32 ac[16][256];
	guint32 ac_symbol[256]; /* the code alone */
	guint32 dc_symbol[256];
};

/* FALSE, coder undefined: one of the tables is none. */
gboolean jpeg_coder_init(struct jpeg_coder *coder,
			 const struct jpeg_huffman *dc,
			 const struct jpeg_huffman *ac);

/* What is kept of each block that was coded. */
struct jpeg_mark {
	guint16 bits; /* its length */
	gint16 dc;
};

/* How blocks follow each other: all of luma's, one of Cb, one of Cr. */
struct jpeg_scan {
	const struct jpeg_coder *coders; /* by plane */
	guint blocks_per_mcu;		 /* 6 or 3 */
};

/* Adds to the counts of each class and plane what coding n blocks with
 * dc as the last DC of each component would use; updates dc. */
void jpeg_entropy_count(const struct jpeg_scan *scan,
			const struct jpeg_block *blocks, guint n, int dc[3],
			guint32 counts[2][2][256]);

/* Codes n blocks; bits has room for n × JPEG_BLOCK_BYTES_MAX + JPEG_SLACK.
 * Each one's mark goes to out_marks unless that is NULL. */
void jpeg_entropy_code(const struct jpeg_scan *scan,
		       const struct jpeg_block *blocks, guint n, int dc[3],
		       struct jpeg_bits *bits, struct jpeg_mark *out_marks);

/* Codes a run of n blocks of which some are as they were: those bits are taken
 * from old, the run's former bits, with their marks. */
void jpeg_entropy_recode(const struct jpeg_scan *scan,
			 const struct jpeg_block *blocks, guint n,
			 const guint8 *old, const struct jpeg_mark *marks,
			 struct jpeg_bits *bits);

/* Whether n marks describe a run of exactly size plain bytes. */
gboolean jpeg_entropy_check(const struct jpeg_scan *scan,
			    const struct jpeg_mark *marks, guint n, gsize size);

/* Fills the last byte up with ones (F.1.2.3). */
void jpeg_bits_align(struct jpeg_bits *bits);

/* Copies size plain bytes to out, which has room for twice as many, with a 0
 * after each 0xff; returns how many that made. */
gsize jpeg_stuff(const guint8 *plain, gsize size, guint8 *out);

/* The reverse; out has room for size and JPEG_SLACK. Each 0xff is followed by
 * another byte, which is left out. */
gsize jpeg_unstuff(const guint8 *stuffed, gsize size, guint8 *out);
