#include "config.h"

#include "render/png.h"

#include <string.h>

#include "render/png_filter.h"
#include "render/png_section.h"
#include "render/png_writer.h"

struct splice {
	const struct png_section *section;
	const guint8 *touched; /* a byte a band */
	struct png_writer writer;
};

/* The first band after i that is not as touched as it is. */
static int run_end(const struct splice *splice, int i)
{
	const guint8 is_touched = splice->touched[i];

	while (i < splice->section->n_bands && splice->touched[i] == is_touched)
		i++;
	return i;
}

static void splice_old(struct splice *splice, const struct png_file *file,
		       int i, int end)
{
	const gsize line =
		png_scanline_bytes(splice->section->width_px, file->color);
	const gsize start = png_file_band(file, i).start;
	gsize stop = start;

	for (; i < end; i++) {
		struct png_band band = png_file_band(file, i);
		int row, n_rows = png_section_band_rows(splice->section, i,
							&row);

		png_stream_skip(&splice->writer.stream, band.adler,
				n_rows * line);
		stop = band.end;
	}
	png_writer_borrow(&splice->writer, file->data + start, stop - start);
}

static gboolean splice_new(struct splice *splice, const struct png_file *file,
			   const struct png_source *source, int i, int end)
{
	const struct png_section *section = splice->section;
	const int row = i * section->band_rows;
	const int stop = MIN(end * section->band_rows, section->height_px);

	return png_writer_rows(&splice->writer, source, file->tuning.filters,
			       row, stop - row, end == section->n_bands);
}

/* FALSE: painted has a pixel that the file's colour type can't hold. */
static gboolean splice_bands(struct splice *splice, const struct png_file *file,
			     const struct png_source *source)
{
	const int n_bands = splice->section->n_bands;

	for (int i = 0, end; i < n_bands; i = end) {
		end = run_end(splice, i);
		if (!splice->touched[i])
			splice_old(splice, file, i, end);
		else if (!splice_new(splice, file, source, i, end))
			return FALSE;
	}
	if (!splice->touched[n_bands - 1])
		png_writer_end(&splice->writer);
	return TRUE;
}

static gboolean splice_file(struct splice *splice, const struct png_file *file,
			    cairo_surface_t *painted, struct chain *out)
{
	g_autoptr(png_deflate_auto) deflate =
		png_deflate_new(file->tuning.kind);
	struct png_source source;
	gboolean is_held;

	png_source_init(&source, painted, file->color, NULL);
	png_writer_init(&splice->writer, deflate);
	png_writer_borrow(&splice->writer, file->data, PNG_HEAD_BYTES);
	is_held = splice_bands(splice, file, &source);
	if (is_held)
		png_writer_commit(&splice->writer, out);
	png_writer_fini(&splice->writer);
	return is_held;
}

/* The last file holds anything, so that this ends. */
static void splice_files(const struct png_section *section,
			 const guint8 *touched, cairo_surface_t *painted,
			 struct chain *out)
{
	struct splice splice = {.section = section, .touched = touched};
	gboolean is_done = FALSE;

	for (guint i = 0; i < section->n_files && !is_done; i++) {
		const struct png_file *file = &section->files[i];

		if (file->color == PNG_COLOR_PALETTE)
			continue;
		is_done = splice_file(&splice, file, painted, out);
	}
}

static gboolean surface_fits(cairo_surface_t *surface,
			     const struct png_section *section)
{
	enum png_color color = section->files[section->n_files - 1].color;
	cairo_format_t format = color == PNG_COLOR_RGBA ? CAIRO_FORMAT_ARGB32
							: CAIRO_FORMAT_RGB24;

	return cairo_surface_get_type(surface) == CAIRO_SURFACE_TYPE_IMAGE &&
	       cairo_image_surface_get_format(surface) == format &&
	       cairo_image_surface_get_width(surface) == section->width_px &&
	       cairo_image_surface_get_height(surface) == section->height_px;
}

gboolean png_splice(const guint8 *data, gsize size, cairo_surface_t *painted,
		    const cairo_region_t *damage, struct chain *out,
		    GError **error)
{
	g_autofree guint8 *touched = NULL;
	struct png_section section;
	int n_touched;

	if (!png_section_read(data, size, &section)) {
		g_set_error_literal(error, PNG_ENCODE_ERROR,
				    PNG_ENCODE_ERROR_SECTION,
				    "not a PNG section");
		return FALSE;
	}
	if (!surface_fits(painted, &section)) {
		g_set_error(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_ENCODE,
			    "the picture painted is not %d × %d pixels of the "
			    "template's format",
			    section.width_px, section.height_px);
		return FALSE;
	}
	touched = png_section_touched(&section, damage, &n_touched);
	if (n_touched == 0)
		chain_append_borrowed(out, section.files[0].data,
				      section.files[0].size);
	else
		splice_files(&section, touched, painted, out);
	return TRUE;
}
