/* png_section.h - the layout of a PNG section.
 *
 * All numbers are 32 bits, little-endian:
 *
 *     magic "PNGB", format version, width, height, rows a band, files (1-2)
 *     for each file:
 *         colour type, filters and compressor for what is made anew, size of
 *             the PNG file
 *         for each band, where the file has bands:
 *             where its chunk ends in the file, Adler-32 of its scanlines
 *         a PNG file: the blank template
 *
 * The files are the same picture in different colour types, smallest first; the
 * last is RGB or RGBA and can hold anything. One with a palette has no bands
 * (a caption's blended edges would not fit), nor has any file of a picture
 * that is one band.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/png_samples.h"
#include "render/png_tune.h"

enum {
	PNG_SECTION_MAGIC = 0x42474e50,
	PNG_SECTION_VERSION = 2,
	PNG_SECTION_FILES = 2,
	PNG_SECTION_HEADER_BYTES = 6 * 4,
	PNG_FILE_HEADER_BYTES = 4 * 4,
	PNG_BAND_BYTES = 2 * 4,
};

struct png_file {
	enum png_color color;
	struct png_tuning tuning;
	const guint8 *bands; /* NULL: none */
	const guint8 *data;
	gsize size;
};

struct png_section {
	int width_px, height_px;
	int band_rows, n_bands;
	guint n_files;
	struct png_file files[PNG_SECTION_FILES];
};

/* Reads the directory; everything in out lies within data. FALSE: it does not
 * add up. */
gboolean png_section_read(const guint8 *data, gsize size,
			  struct png_section *out);

/* Where in the file band i's chunk begins, where it ends, its Adler-32. Only
 * png_section_check() knows whether they are right. */
struct png_band {
	guint32 start, end, adler;
};
struct png_band png_file_band(const struct png_file *file, int i);

/* The rows of band i: *out_row, and the result. */
int png_section_band_rows(const struct png_section *section, int i,
			  int *out_row);

/* For each band whether damage touches it. The caller frees it. */
guint8 *png_section_touched(const struct png_section *section,
			    const cairo_region_t *damage, int *out_n_touched);
