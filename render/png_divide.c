#include "config.h"

#include "render/png_divide.h"

#include "render/png_filter.h"
#include "render/png_stream.h"
#include "render/png_tune.h"

enum {
	/* Bands begin this low. Twice the height touches about an eighth more
	 * rows for the same caption, so it has to save TALLER_PERCENT of the
	 * file: photographs stay low, drawings end at 16 or 32 rows. */
	LEAST_BAND_ROWS = 8,
	TALLER_PERCENT = 6,
	/* Twice deflate's window: a taller band can't gain by matches. */
	TALL_BAND_BYTES = 64 * 1024,
};

static const guint filter_sets[] = {
	PNG_FILTERS_NONE,
	PNG_FILTERS_SUB,
	PNG_FILTERS_UP,
	PNG_FILTERS_AVERAGE,
	PNG_FILTERS_PAETH,
	PNG_FILTERS_SUB | PNG_FILTERS_UP,
	PNG_FILTERS_SUB | PNG_FILTERS_UP | PNG_FILTERS_PAETH,
	PNG_FILTERS_ALL & ~PNG_FILTERS_NONE,
	PNG_FILTERS_ALL,
};

/* The filters that make a band smallest, and how small. The fast compressor
 * picks FINALISTS, zlib's level 4 the winner: that is the one that level 9
 * would pick, but for a thousandth of the file. igzip by itself errs by a fifth
 * on smooth drawings. */
static guint judge_band(const struct png_source *source, int row, int n_rows,
			struct png_deflate *deflate, gsize *out_size)
{
	enum { FINALISTS = 3 };
	gsize sizes[G_N_ELEMENTS(filter_sets)];
	guint chosen = 0;

	for (guint i = 0; i < G_N_ELEMENTS(filter_sets); i++) {
		struct png_tuning tuning = {filter_sets[i], PNG_DEFLATE_FAST};

		sizes[i] = png_tune_try(source, row, n_rows, &tuning, deflate);
	}
	*out_size = G_MAXSIZE;
	for (guint n = 0; n < FINALISTS; n++) {
		guint best = 0;
		struct png_tuning tuning;
		gsize size;

		for (guint i = 1; i < G_N_ELEMENTS(filter_sets); i++)
			if (sizes[i] < sizes[best])
				best = i;
		sizes[best] = G_MAXSIZE;
		tuning.filters = filter_sets[best];
		tuning.kind = PNG_DEFLATE_DRAWING;
		size = png_tune_try(source, row, n_rows, &tuning, deflate);
		if (size >= *out_size)
			continue;
		*out_size = size;
		chosen = tuning.filters;
	}
	return chosen;
}

void png_division_free(struct png_division *division)
{
	if (!division)
		return;
	g_array_unref(division->filters);
	g_free(division);
}

struct png_division *png_divide(const struct png_source *source, int band_rows,
				struct png_deflate *deflate)
{
	struct png_division *division = g_new0(struct png_division, 1);

	division->band_rows = band_rows;
	division->filters = g_array_new(FALSE, FALSE, sizeof(guint));
	for (int row = 0; row < source->height_px; row += band_rows) {
		int n_rows = MIN(band_rows, source->height_px - row);
		gsize size;
		guint filters = judge_band(source, row, n_rows, deflate, &size);

		division->size += size + PNG_CHUNK_BYTES;
		g_array_append_val(division->filters, filters);
	}
	return division;
}

struct png_division *png_divide_best(const struct png_source *source,
				     struct png_deflate *deflate)
{
	const int height = source->height_px;
	const gsize line = png_scanline_bytes(source->width_px, source->color);
	g_autoptr(png_division_auto) division =
		png_divide(source, MIN(LEAST_BAND_ROWS, height), deflate);

	while (division->band_rows < height &&
	       line * division->band_rows < TALL_BAND_BYTES) {
		int taller = MIN(2 * division->band_rows, height);
		g_autoptr(png_division_auto) other =
			png_divide(source, taller, deflate);

		if (other->size >
		    division->size - division->size * TALLER_PERCENT / 100)
			break;
		png_division_free(division);
		division = g_steal_pointer(&other);
	}
	return g_steal_pointer(&division);
}
