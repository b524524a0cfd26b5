#include "config.h"

#include "render/jpeg_section.h"

#include <string.h>

#include "render/jpeg.h"

enum {
	MAGIC = 0x30304a43 + (JPEG_SECTION_VERSION << 24), /* "CJ01" */
	PREFIX_BYTES = 8,
};

gsize jpeg_section_run_start(const struct jpeg_section *section, guint i)
{
	return i ? section->ends[i - 1] : JPEG_HEADER_BYTES;
}

guint8 jpeg_section_marker(const struct jpeg_grid *grid, guint i)
{
	if (i + 1 == grid->n_runs)
		return JPEG_EOI;
	return JPEG_RST0 + i % 8;
}

gboolean jpeg_section_open(struct jpeg_section *section, const guint8 *data,
			   gsize size)
{
	guint32 prefix[2];
	gsize tables;

	if (size < PREFIX_BYTES + JPEG_HEADER_BYTES ||
	    (guintptr)data % sizeof(guint32) != 0)
		return FALSE;
	memcpy(prefix, data, PREFIX_BYTES);
	section->stream_bytes = prefix[1];
	if (prefix[0] != MAGIC || section->stream_bytes < JPEG_HEADER_BYTES ||
	    section->stream_bytes > size - PREFIX_BYTES)
		return FALSE;
	section->stream = data + (size - section->stream_bytes);
	if (!jpeg_header_read(section->stream, &section->header) ||
	    section->header.restart_mcus != JPEG_RUN_MCUS)
		return FALSE;
	jpeg_grid_init(&section->grid, section->header.width_px,
		       section->header.height_px, section->header.is_444);
	section->ends = (const guint32 *)(data + PREFIX_BYTES);
	section->marks = (const struct jpeg_mark *)(section->ends +
						    section->grid.n_runs);
	tables = section->grid.n_runs * sizeof(guint32) +
		 jpeg_grid_blocks(&section->grid) * sizeof(struct jpeg_mark);
	return size - PREFIX_BYTES - section->stream_bytes == tables;
}

gboolean jpeg_section_coders(const struct jpeg_section *section,
			     struct jpeg_coder out[2])
{
	const struct jpeg_header *header = &section->header;

	for (guint plane = 0; plane < 2; plane++)
		if (!jpeg_coder_init(&out[plane],
				     &header->huffman[JPEG_DC][plane],
				     &header->huffman[JPEG_AC][plane]))
			return FALSE;
	return TRUE;
}

GBytes *jpeg_section_join(const struct jpeg_grid *grid, const guint32 *ends,
			  const struct jpeg_mark *marks,
			  const GByteArray *stream)
{
	const guint32 prefix[2] = {MAGIC, stream->len};
	gsize ends_bytes = grid->n_runs * sizeof(*ends);
	gsize marks_bytes = jpeg_grid_blocks(grid) * sizeof(*marks);
	gsize size = PREFIX_BYTES + ends_bytes + marks_bytes + stream->len;
	guint8 *data = g_malloc(size), *at = data;

	at = mempcpy(at, prefix, PREFIX_BYTES);
	at = mempcpy(at, ends, ends_bytes);
	at = mempcpy(at, marks, marks_bytes);
	memcpy(at, stream->data, stream->len);
	return g_bytes_new_take(data, size);
}

/* Counts a run's bytes as they were before stuffing. FALSE: a marker inside. */
static gboolean plain_size(const guint8 *run, gsize size, gsize *out)
{
	const guint8 *end = run + size;
	gsize n_stuffed = 0;

	for (const guint8 *at = run; at < end; at += 2) {
		at = memchr(at, 0xff, (gsize)(end - at));
		if (!at)
			break;
		if (end - at < 2 || at[1] != 0)
			return FALSE;
		n_stuffed++;
	}
	*out = size - n_stuffed;
	return TRUE;
}

static gboolean check_run(const struct jpeg_section *section, guint i,
			  const struct jpeg_scan *scan,
			  const struct jpeg_mark *marks)
{
	gsize start = jpeg_section_run_start(section, i);
	gsize end = section->ends[i];
	guint n = jpeg_grid_run(&section->grid, i) * scan->blocks_per_mcu;
	gsize size, plain;

	if (end < start || end > section->stream_bytes ||
	    end - start < JPEG_MARKER_BYTES)
		return FALSE;
	size = end - start - JPEG_MARKER_BYTES;
	return section->stream[end - 2] == 0xff &&
	       section->stream[end - 1] ==
		       jpeg_section_marker(&section->grid, i) &&
	       plain_size(section->stream + start, size, &plain) &&
	       jpeg_entropy_check(scan, marks, n, plain);
}

static gboolean check_runs(const struct jpeg_section *section)
{
	g_autofree struct jpeg_coder *coders = g_new(struct jpeg_coder, 2);
	struct jpeg_scan scan = {coders, section->grid.blocks_per_mcu};
	gsize blocks_per_run = JPEG_RUN_MCUS * scan.blocks_per_mcu;

	if (!jpeg_section_coders(section, coders))
		return FALSE;
	for (guint i = 0; i < section->grid.n_runs; i++)
		if (!check_run(section, i, &scan,
			       section->marks + i * blocks_per_run))
			return FALSE;
	return section->ends[section->grid.n_runs - 1] == section->stream_bytes;
}

gboolean jpeg_section_check(const guint8 *data, gsize size, int width_px,
			    int height_px, GError **error)
{
	struct jpeg_section section;

	if (jpeg_section_open(&section, data, size) &&
	    (int)section.header.width_px == width_px &&
	    (int)section.header.height_px == height_px && check_runs(&section))
		return TRUE;
	g_set_error(error, JPEG_ERROR, JPEG_ERROR_SECTION,
		    "not the JPEG section of a picture of %d × %d", width_px,
		    height_px);
	return FALSE;
}
