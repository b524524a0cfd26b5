#include "config.h"

#include "render/png_tune.h"

#include "render/png_filter.h"

enum {
	/* On how many rows a tuning is tried. Sixteen chose wrong for smooth
	 * drawings, where it is matches between rows that count. */
	TRIED_ROWS = 32,
	/* Where a picture is to have one tuning: on half of all its rows. */
	TRIED_STEP = 2 * TRIED_ROWS,
};

enum { SUB_UP = PNG_FILTERS_SUB | PNG_FILTERS_UP };

static const struct png_tuning plain = {PNG_FILTERS_NONE, PNG_DEFLATE_FAST};
static const struct png_tuning photo = {SUB_UP, PNG_DEFLATE_FAST};
static const struct png_tuning paeth = {SUB_UP | PNG_FILTERS_PAETH,
					PNG_DEFLATE_FAST};
static const struct png_tuning noise = {SUB_UP | PNG_FILTERS_PAETH,
					PNG_DEFLATE_NEAR};
static const struct png_tuning drawing = {PNG_FILTERS_NONE,
					  PNG_DEFLATE_DRAWING};
static const struct png_tuning libpng = {PNG_FILTERS_ALL, PNG_DEFLATE_LIBPNG};

gsize png_tune_try(const struct png_source *source, int row, int n_rows,
		   const struct png_tuning *tuning, struct png_deflate *deflate)
{
	const gsize size =
		n_rows * png_scanline_bytes(source->width_px, source->color);
	g_autofree guint8 *raw = g_malloc(size);
	g_autofree guint8 *out = g_malloc(png_deflate_bound(size));

	(void)png_filter_rows(source, row, n_rows, tuning->filters, raw);
	png_deflate_set_kind(deflate, tuning->kind);
	return png_deflate_piece(deflate, raw, size, FALSE, out);
}

static gsize try_half(const struct png_source *source,
		      const struct png_tuning *tuning,
		      struct png_deflate *deflate)
{
	gsize size = 0;

	for (int row = 0; row < source->height_px; row += TRIED_STEP)
		size += png_tune_try(source, row,
				     MIN(TRIED_ROWS, source->height_px - row),
				     tuning, deflate);
	return size;
}

/* The slow compressor is only tried on what looks like a drawing: where not
 * filtering at all comes out well. */
struct png_tuning png_tune_encode(const struct png_source *source, int row,
				  int n_rows, struct png_deflate *deflate)
{
	const struct png_tuning *const filtered[] = {&photo, &paeth, &noise};
	const struct png_tuning *best = &plain;
	const int n = MIN(n_rows, TRIED_ROWS);
	const gsize plain_size = png_tune_try(source, row, n, &plain, deflate);
	gsize least = plain_size;

	for (guint i = 0; i < G_N_ELEMENTS(filtered); i++) {
		gsize size = png_tune_try(source, row, n, filtered[i], deflate);

		if (size >= least)
			continue;
		least = size;
		best = filtered[i];
	}
	if (plain_size <= least + least / 4 &&
	    png_tune_try(source, row, n, &drawing, deflate) < least)
		best = &drawing;
	return *best;
}

/* On rows that captions touch, Sub and Up alone came out as small as all five
 * filters (0.250 and 0.249 of the file, and smaller on drawings), for a third
 * of the work. */
struct png_tuning png_tune_splice(const struct png_source *source,
				  struct png_deflate *deflate)
{
	const gsize plain_size = try_half(source, &plain, deflate);
	const gsize photo_size = try_half(source, &photo, deflate);
	const gsize libpng_size = try_half(source, &libpng, deflate);
	const gsize size = MIN(plain_size, photo_size);

	if (size > libpng_size + libpng_size / 10 &&
	    try_half(source, &drawing, deflate) < size)
		return drawing;
	return plain_size < photo_size ? plain : photo;
}
