#include "config.h"

#include "render/png_section.h"

#include <string.h>

#include "render/png.h"
#include "render/png_filter.h"
#include "render/png_stream.h"

static guint32 get_le32(const guint8 *in)
{
	guint32 bytes;

	memcpy(&bytes, in, 4);
	return GUINT32_FROM_LE(bytes);
}

static gboolean read_color(guint32 value, enum png_color *out)
{
	switch (value) {
	case PNG_COLOR_GREY:
	case PNG_COLOR_RGB:
	case PNG_COLOR_PALETTE:
	case PNG_COLOR_RGBA:
		*out = value;
		return TRUE;
	default:
		return FALSE;
	}
}

static gboolean read_tuning(guint32 filters, guint32 kind,
			    struct png_tuning *out)
{
	out->filters = filters;
	out->kind = kind;
	return filters >= 1 && filters <= PNG_FILTERS_ALL &&
	       kind <= PNG_DEFLATE_DRAWING;
}

/* Reads a file's entry at *data and moves past it. */
static gboolean read_file(const guint8 **data, gsize *size, int n_bands,
			  struct png_file *out)
{
	gsize table_size = 0;

	if (*size < PNG_FILE_HEADER_BYTES ||
	    !read_color(get_le32(*data), &out->color) ||
	    !read_tuning(get_le32(*data + 4), get_le32(*data + 8),
			 &out->tuning))
		return FALSE;
	out->size = get_le32(*data + 12);
	*data += PNG_FILE_HEADER_BYTES;
	*size -= PNG_FILE_HEADER_BYTES;
	if (n_bands > 1 && out->color != PNG_COLOR_PALETTE)
		table_size = (gsize)n_bands * PNG_BAND_BYTES;
	if (*size < table_size || *size - table_size < out->size)
		return FALSE;
	out->bands = table_size > 0 ? *data : NULL;
	out->data = *data + table_size;
	*data += table_size + out->size;
	*size -= table_size + out->size;
	return TRUE;
}

gboolean png_section_read(const guint8 *data, gsize size,
			  struct png_section *out)
{
	guint32 width, height, band_rows;
	enum png_color last;

	if (size < PNG_SECTION_HEADER_BYTES ||
	    get_le32(data) != PNG_SECTION_MAGIC ||
	    get_le32(data + 4) != PNG_SECTION_VERSION)
		return FALSE;
	width = get_le32(data + 8);
	height = get_le32(data + 12);
	band_rows = get_le32(data + 16);
	out->n_files = get_le32(data + 20);
	if (!png_size_is_sane(width, height) || band_rows < 1 ||
	    band_rows > height || out->n_files < 1 ||
	    out->n_files > PNG_SECTION_FILES)
		return FALSE;
	out->width_px = width;
	out->height_px = height;
	out->band_rows = band_rows;
	out->n_bands = (height + band_rows - 1) / band_rows;
	data += PNG_SECTION_HEADER_BYTES;
	size -= PNG_SECTION_HEADER_BYTES;
	for (guint i = 0; i < out->n_files; i++)
		if (!read_file(&data, &size, out->n_bands, &out->files[i]))
			return FALSE;
	last = out->files[out->n_files - 1].color;
	return size == 0 && (last == PNG_COLOR_RGB || last == PNG_COLOR_RGBA);
}

struct png_band png_file_band(const struct png_file *file, int i)
{
	const guint8 *entry = file->bands + (gsize)i * PNG_BAND_BYTES;
	struct png_band band = {
		.start = i == 0 ? PNG_HEAD_BYTES
				: get_le32(entry - PNG_BAND_BYTES),
		.end = get_le32(entry),
		.adler = get_le32(entry + 4),
	};

	return band;
}

int png_section_band_rows(const struct png_section *section, int i,
			  int *out_row)
{
	*out_row = i * section->band_rows;
	return MIN(section->band_rows, section->height_px - *out_row);
}

/* A file without bands: chunks that are whole, from IHDR to IEND. */
static gboolean check_chunks(const struct png_file *file)
{
	gsize at = 8;
	const char *type;
	gsize size;

	do {
		if (!png_chunk_read(file->data + at, file->size - at, &type,
				    &size))
			return FALSE;
		at += PNG_CHUNK_BYTES + size;
	} while (memcmp(type, "IEND", 4) != 0);
	return at == file->size;
}

/* A file with bands: each entry names exactly one IDAT, and the Adler-32s of
 * all of them make the one at the file's end. */
static gboolean check_bands(const struct png_section *section,
			    const struct png_file *file)
{
	const gsize line = png_scanline_bytes(section->width_px, file->color);
	guint8 end[PNG_END_BYTES];
	struct png_stream stream;
	guint32 at = PNG_HEAD_BYTES;

	png_stream_init(&stream);
	for (int i = 0; i < section->n_bands; i++) {
		struct png_band band = png_file_band(file, i);
		int row, n_rows = png_section_band_rows(section, i, &row);
		const char *type;
		gsize size;

		if (band.end < at || band.end > file->size ||
		    !png_chunk_read(file->data + at, band.end - at, &type,
				    &size) ||
		    memcmp(type, "IDAT", 4) != 0 ||
		    PNG_CHUNK_BYTES + size != band.end - at)
			return FALSE;
		png_stream_skip(&stream, band.adler, n_rows * line);
		at = band.end;
	}
	png_stream_end(&stream, end);
	return file->size - at == sizeof(end) &&
	       memcmp(file->data + at, end, sizeof(end)) == 0;
}

static gboolean check_file(const struct png_section *section,
			   const struct png_file *file)
{
	guint8 head[PNG_HEAD_BYTES];

	png_head_write(head, section->width_px, section->height_px,
		       file->color);
	if (file->size < sizeof(head) ||
	    memcmp(file->data, head, sizeof(head)) != 0)
		return FALSE;
	return file->bands ? check_bands(section, file) : check_chunks(file);
}

gboolean png_section_check(const guint8 *data, gsize size, int width_px,
			   int height_px, GError **error)
{
	struct png_section section;
	gboolean is_good = png_section_read(data, size, &section) &&
			   section.width_px == width_px &&
			   section.height_px == height_px;

	for (guint i = 0; is_good && i < section.n_files; i++)
		is_good = check_file(&section, &section.files[i]);
	if (!is_good)
		g_set_error(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_SECTION,
			    "not a PNG section for %d × %d pixels", width_px,
			    height_px);
	return is_good;
}

guint8 *png_section_touched(const struct png_section *section,
			    const cairo_region_t *damage, int *out_n_touched)
{
	guint8 *touched = g_malloc0(section->n_bands);
	const int n_rectangles = cairo_region_num_rectangles(damage);

	*out_n_touched = 0;
	for (int i = 0; i < n_rectangles; i++) {
		cairo_rectangle_int_t r;
		int top, bottom;

		cairo_region_get_rectangle(damage, i, &r);
		top = MAX(r.y, 0);
		bottom = MIN(r.y + r.height, section->height_px);
		if (top >= bottom)
			continue;
		for (int band = top / section->band_rows;
		     band * section->band_rows < bottom; band++) {
			*out_n_touched += !touched[band];
			touched[band] = 1;
		}
	}
	return touched;
}

cairo_region_t *png_section_reads(const guint8 *data, gsize size,
				  const cairo_region_t *damage)
{
	cairo_region_t *reads = cairo_region_create();
	g_autofree guint8 *touched = NULL;
	struct png_section section;
	int n_touched;

	if (!png_section_read(data, size, &section))
		return reads;
	touched = png_section_touched(&section, damage, &n_touched);
	for (int i = 0; i < section.n_bands; i++) {
		cairo_rectangle_int_t band = {.width = section.width_px};

		if (!touched[i])
			continue;
		band.height = png_section_band_rows(&section, i, &band.y);
		(void)cairo_region_union_rectangle(reads, &band);
	}
	return reads;
}
