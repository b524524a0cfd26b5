/* jpeg_section.h - a template's encoded runs, as they lie in a pack.
 *
 * Little-endian, no padding but what is said:
 *   guint32 magic, guint32 stream_bytes;
 *   guint32 ends[n_runs]: the end of each run in the stream, its marker
 *   (RST0-RST7 in turn, EOI after the last) included;
 *   struct jpeg_mark marks[n_blocks];
 *   the stream: header and runs, a whole JPEG file of the blank template.
 * The header says the size of the picture, and with it every count.
 */
#pragma once

#include "render/jpeg_run.h"

enum {
	JPEG_SECTION_VERSION =
		1, /* in the magic; raised with each new layout */
	JPEG_MARKER_BYTES = 2,
	JPEG_RST0 = 0xd0,
	JPEG_EOI = 0xd9,
};

struct jpeg_section {
	struct jpeg_header header;
	struct jpeg_grid grid;
	const guint32 *ends;
	const struct jpeg_mark *marks;
	const guint8 *stream;
	gsize stream_bytes;
};

/* Finds the parts. FALSE: size and header do not fit each other. Nothing
 * behind the header is looked at. */
gboolean jpeg_section_open(struct jpeg_section *section, const guint8 *data,
			   gsize size);

/* FALSE: one of the four Huffman tables is none. */
gboolean jpeg_section_coders(const struct jpeg_section *section,
			     struct jpeg_coder out[2]);

/* Where run i begins in the stream; run n_runs would begin at its end. */
gsize jpeg_section_run_start(const struct jpeg_section *section, guint i);

/* The second byte of the marker after run i. */
guint8 jpeg_section_marker(const struct jpeg_grid *grid, guint i);

/* A new section of these parts. */
GBytes *jpeg_section_join(const struct jpeg_grid *grid, const guint32 *ends,
			  const struct jpeg_mark *marks,
			  const GByteArray *stream);
