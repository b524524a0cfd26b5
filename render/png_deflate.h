/* png_deflate.h - deflate in pieces that can be put side by side.
 *
 * A piece refers to nothing outside itself and ends on a byte: with an empty
 * stored block that is not final (what zlib calls a full flush), or, the last
 * one of a stream, with a final block (RFC 1951, 3.2.3 and 3.2.4). Pieces in a
 * row are one stream, whoever made each.
 */
#pragma once

#include <glib.h>

enum png_deflate_kind {
	/* For answers: ISA-L's igzip. */
	PNG_DEFLATE_FAST,
	/* The same, looking for matches no further back than 16 bytes: in the
	 * noise of smooth photographs far ones cost more than they save, and
	 * files came out up to a tenth smaller. */
	PNG_DEFLATE_NEAR,
	/* For smooth drawings: zlib's level 4. Those igzip makes twice as
	 * large, in a fifth of the time. */
	PNG_DEFLATE_DRAWING,
	/* For packs: zlib's level 9, for drawings and for noise (where short
	 * matches don't pay); and what libpng does, level 6. */
	PNG_DEFLATE_SMALLEST_DRAWING,
	PNG_DEFLATE_SMALLEST_NOISE,
	PNG_DEFLATE_LIBPNG,
};

struct png_deflate;
struct png_deflate *png_deflate_new(enum png_deflate_kind kind);
void png_deflate_set_kind(struct png_deflate *deflate,
			  enum png_deflate_kind kind);
void png_deflate_free(struct png_deflate *deflate);
typedef struct png_deflate png_deflate_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(png_deflate_auto, png_deflate_free)

/* The most bytes that a piece made of size bytes can take. */
gsize png_deflate_bound(gsize size);

/* Compresses size bytes (1 byte to 1 GiB) at data into out, which has
 * png_deflate_bound(size), and returns the piece's size. What comes out depends
 * on kind, data and is_last alone, whatever was compressed before (and on the
 * processor: igzip searches differently where it has wider vectors). */
gsize png_deflate_piece(struct png_deflate *deflate, const guint8 *data,
			gsize size, gboolean is_last, guint8 *out);
