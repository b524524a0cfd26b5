/* png_divide.h - how a picture is best cut into bands and compressed.
 *
 * Low bands keep what a caption touches small; high ones compress better.
 */
#pragma once

#include <glib.h>

#include "render/png_deflate.h"
#include "render/png_samples.h"

struct png_division {
	int band_rows;
	GArray *filters; /* guint, one a band */
	gsize size;	 /* an estimate */
};

void png_division_free(struct png_division *division);
typedef struct png_division png_division_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(png_division_auto, png_division_free)

/* Divides into bands of so many rows (the last may have fewer). deflate is
 * worked with. */
struct png_division *png_divide(const struct png_source *source, int band_rows,
				struct png_deflate *deflate);

/* Settles how high bands are, too. */
struct png_division *png_divide_best(const struct png_source *source,
				     struct png_deflate *deflate);
