/* png_filter.h - rows of samples into the scanlines that PNG compresses.
 *
 * A scanline is a filter byte and a row of filtered samples (PNG, third
 * edition, 7.2 and 9). Each row takes, of the filters that the caller allows,
 * the one with the least sum of absolute differences (12.7).
 */
#pragma once

#include <glib.h>

#include "render/png_samples.h"

/* Sets of filters: bit n is PNG's filter type n (9.2). */
enum png_filters {
	PNG_FILTERS_NONE = 1 << 0,
	PNG_FILTERS_SUB = 1 << 1,
	PNG_FILTERS_UP = 1 << 2,
	PNG_FILTERS_AVERAGE = 1 << 3,
	PNG_FILTERS_PAETH = 1 << 4,
	PNG_FILTERS_ALL = 31,
};

/* The bytes of one scanline, the filter's included. */
gsize png_scanline_bytes(int width_px, enum png_color color);

/* Writes n_rows scanlines from row on, n_rows × png_scanline_bytes(). The first
 * is filtered without looking up (None or Sub, whatever filters says), so that
 * the scanlines depend on nothing above them. FALSE as png_source_row(). */
gboolean png_filter_rows(const struct png_source *source, int row, int n_rows,
			 guint filters, guint8 *out);
