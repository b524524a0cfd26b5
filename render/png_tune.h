/* png_tune.h - which filters and which compressor suit a picture.
 *
 * What it takes to stay near libpng's sizes differs more from picture to
 * picture than a fast compressor can settle by itself: in smooth noise it
 * wastes bits on far matches, in smooth drawings it misses the long ones, twice
 * libpng's size. So this tries, on some rows.
 */
#pragma once

#include <glib.h>

#include "render/png_deflate.h"
#include "render/png_samples.h"

struct png_tuning {
	guint filters; /* see png_filter.h */
	enum png_deflate_kind kind;
};

/* What n_rows rows from row on come to; deflate's kind is changed. */
gsize png_tune_try(const struct png_source *source, int row, int n_rows,
		   const struct png_tuning *tuning,
		   struct png_deflate *deflate);

/* For n_rows rows from row on, which are encoded once: found on the first few of
 * them with deflate, whose kind is changed. */
struct png_tuning png_tune_encode(const struct png_source *source, int row,
				  int n_rows, struct png_deflate *deflate);

/* For the rows that captions will touch: the fast compressor, unless it would
 * make files that pass libpng's size by more than a tenth. */
struct png_tuning png_tune_splice(const struct png_source *source,
				  struct png_deflate *deflate);
