/* png_deflate.h - deflate in pieces that can be put side by side.
 *
 * A piece refers to nothing outside itself and ends on a byte: with an empty
 * stored block that is not final (what zlib calls a full flush), or, the last
 * one of a stream, with a final block (RFC 1951, 3.2.3 and 3.2.4). Pieces in a
 * row are one stream, whoever made each.
 */
#pragma once

#include <glib.h>

struct png_deflate;

/* A compressor for answers. */
struct png_deflate *png_deflate_new_fast(void);

/* A compressor for packs: zlib's level 1-9, the better of its strategies. */
struct png_deflate *png_deflate_new_small(int level);

void png_deflate_free(struct png_deflate *deflate);
typedef struct png_deflate png_deflate_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(png_deflate_auto, png_deflate_free)

/* The most bytes that a piece made of size bytes can take. */
gsize png_deflate_bound(gsize size);

/* Compresses size bytes (1 byte to 1 GiB) at data into out, which has
 * png_deflate_bound(size), and returns the piece's size. What comes out depends
 * on data and is_last alone, whatever was compressed before. */
gsize png_deflate_piece(struct png_deflate *deflate, const guint8 *data,
			gsize size, gboolean is_last, guint8 *out);
