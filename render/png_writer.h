/* png_writer.h - a PNG file being put together from old and new pieces.
 *
 * Nothing reaches the chain before png_writer_commit(), so an attempt that
 * fails leaves no trace.
 */
#pragma once

#include "render/chain.h"
#include "render/png_deflate.h"
#include "render/png_samples.h"
#include "render/png_stream.h"

struct png_writer {
	struct png_deflate *deflate; /* the caller's */
	struct png_stream stream;
	GArray *pieces;
};

/* deflate must outlive the writer. */
void png_writer_init(struct png_writer *writer, struct png_deflate *deflate);
void png_writer_fini(struct png_writer *writer);

/* Bytes that are there already and outlive the chain. If they are IDATs, the
 * caller tells the stream. */
void png_writer_borrow(struct png_writer *writer, const guint8 *data,
		       gsize size);

/* Signature and IHDR, with a palette PLTE and tRNS too. */
void png_writer_head(struct png_writer *writer,
		     const struct png_source *source);

/* Filters and compresses n_rows rows from row on. With them the picture ends
 * where is_last. FALSE: a pixel that source's colour type can't hold. */
gboolean png_writer_rows(struct png_writer *writer,
			 const struct png_source *source, guint filters,
			 int row, int n_rows, gboolean is_last);

/* The end of a picture whose last rows were borrowed. */
void png_writer_end(struct png_writer *writer);

/* Moves the pieces to the chain. */
void png_writer_commit(struct png_writer *writer, struct chain *out);
