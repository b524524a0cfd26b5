/* jpeg_header.h - what stands before a baseline scan: SOI to SOS.
 *
 * JFIF 1.02, YCbCr; ITU-T T.81, B.2. Every header has the same segments of the
 * same lengths, in libjpeg's order, so its size is a constant and reading one
 * of ours back needs no parser.
 */
#pragma once

#include "render/jpeg_huffman.h"

/* SOI, APP0, 2 × DQT, SOF0, DHT (DC, AC) × 2, DRI, SOS. Without restarts the
 * DRI segment is left out. */
enum {
	JPEG_HEADER_BYTES = 2 + 18 + 2 * 69 + 19 + 2 * (33 + 183) + 6 + 14,
	JPEG_SIDE_MAX = 65500, /* libjpeg's limit; T.81's is 65535 */
};

struct jpeg_header {
	guint width_px, height_px;	   /* 1 to JPEG_SIDE_MAX */
	gboolean is_444;		   /* else 4:2:0 */
	guint restart_mcus;		   /* 0: no restart markers */
	guint8 quant[2][64];		   /* by plane, in zigzag order */
	struct jpeg_huffman huffman[2][2]; /* by class, plane */
};

/* Natural index (8 × row + column) of each coefficient in zigzag order. */
extern const guint8 jpeg_zigzag[64];

/* The quantization tables of annex K.1, scaled as libjpeg scales them for a
 * quality of 1-100 (all at most 255). */
void jpeg_header_set_quality(struct jpeg_header *header, int quality);

/* Writes the header at out; returns its size, JPEG_HEADER_BYTES at most. */
gsize jpeg_header_write(const struct jpeg_header *header,
			guint8 out[JPEG_HEADER_BYTES]);

/* Reads back what jpeg_header_write() wrote for a header with restart_mcus.
 * FALSE, out undefined: it did not write that. The Huffman tables may still be
 * no codes: jpeg_huffman_codes() tells. */
gboolean jpeg_header_read(const guint8 bytes[JPEG_HEADER_BYTES],
			  struct jpeg_header *out);
