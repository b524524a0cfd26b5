#include "config.h"

#include "render/png_writer.h"

#include <string.h>

#include "render/png_filter.h"

/* What is filtered before it is compressed: small enough to stay in a cache,
 * and the bound on what a worker needs for it; large enough that breaking the
 * stream there costs nothing to speak of. */
enum { PIECE_RAW_BYTES = 256 * 1024 };

struct piece {
	guint8 *owned; /* NULL: borrowed */
	const guint8 *data;
	gsize size;
};

static void piece_clear(void *piece)
{
	g_free(((struct piece *)piece)->owned);
}

void png_writer_init(struct png_writer *writer, struct png_deflate *deflate)
{
	writer->deflate = deflate;
	png_stream_init(&writer->stream);
	writer->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	g_array_set_clear_func(writer->pieces, piece_clear);
}

void png_writer_fini(struct png_writer *writer)
{
	g_array_unref(writer->pieces);
}

void png_writer_borrow(struct png_writer *writer, const guint8 *data,
		       gsize size)
{
	struct piece piece = {NULL, data, size};

	g_array_append_val(writer->pieces, piece);
}

static void writer_own(struct png_writer *writer, guint8 *data, gsize size)
{
	struct piece piece = {data, data, size};

	g_array_append_val(writer->pieces, piece);
}

/* PLTE, and tRNS for the colours up to the last that is not opaque (PNG, 11.2.2
 * and 11.3.1.1). */
static gsize palette_write(const struct png_palette *palette, guint8 *out)
{
	guint8 alphas[G_N_ELEMENTS(palette->colors)];
	guint n_alphas = 0;
	gsize size;

	for (guint i = 0; i < palette->n_colors; i++) {
		guint8 rgba[4];

		png_unpremultiply(palette->colors[i], rgba);
		memcpy(out + 8 + 3 * i, rgba, 3);
		alphas[i] = rgba[3];
		if (rgba[3] < 255)
			n_alphas = i + 1;
	}
	size = png_chunk_seal(out, "PLTE", 3 * palette->n_colors);
	if (n_alphas == 0)
		return size;
	memcpy(out + size + 8, alphas, n_alphas);
	return size + png_chunk_seal(out + size, "tRNS", n_alphas);
}

void png_writer_head(struct png_writer *writer, const struct png_source *source)
{
	const gboolean has_palette = source->color == PNG_COLOR_PALETTE;
	gsize size = PNG_HEAD_BYTES;
	guint8 *head;

	if (has_palette)
		size += 2 * PNG_CHUNK_BYTES + 4 * source->palette->n_colors;
	head = g_malloc(size);
	png_head_write(head, source->width_px, source->height_px,
		       source->color);
	size = PNG_HEAD_BYTES;
	if (has_palette)
		size += palette_write(source->palette, head + size);
	writer_own(writer, head, size);
}

gboolean png_writer_rows(struct png_writer *writer,
			 const struct png_source *source, guint filters,
			 int row, int n_rows, gboolean is_last)
{
	const gsize line = png_scanline_bytes(source->width_px, source->color);
	const int most = MAX(1, PIECE_RAW_BYTES / line);
	g_autofree guint8 *raw = g_malloc(line * MIN(most, n_rows));

	while (n_rows > 0) {
		int n = MIN(most, n_rows);
		guint8 *chunk;
		gsize size;

		if (!png_filter_rows(source, row, n, filters, raw))
			return FALSE;
		row += n;
		n_rows -= n;
		chunk = png_stream_deflate(&writer->stream, writer->deflate,
					   raw, n * line,
					   is_last && n_rows == 0, &size);
		writer_own(writer, chunk, size);
	}
	if (is_last) {
		guint8 *iend = g_malloc(PNG_IEND_BYTES);

		png_iend_write(iend);
		writer_own(writer, iend, PNG_IEND_BYTES);
	}
	return TRUE;
}

void png_writer_end(struct png_writer *writer)
{
	guint8 *end = g_malloc(PNG_END_BYTES);

	png_stream_end(&writer->stream, end);
	writer_own(writer, end, PNG_END_BYTES);
}

void png_writer_commit(struct png_writer *writer, struct chain *out)
{
	for (guint i = 0; i < writer->pieces->len; i++) {
		struct piece *piece =
			&g_array_index(writer->pieces, struct piece, i);

		if (piece->owned)
			chain_append_owned(out, g_steal_pointer(&piece->owned),
					   piece->size);
		else
			chain_append_borrowed(out, piece->data, piece->size);
	}
}
