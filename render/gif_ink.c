#include "config.h"

#include "render/gif_ink.h"

static const guint32 *layer_row(const struct gif_layer *layer, guint row)
{
	const guchar *pixels = cairo_image_surface_get_data(layer->ink);
	gsize stride = (gsize)cairo_image_surface_get_stride(layer->ink);

	return (const guint32 *)(const void *)(pixels + row * stride);
}

static void add_pixel(struct gif_ink *ink, guint row, guint x)
{
	struct gif_span *last, span = {row, x, 1, ink->n++};

	if (ink->spans->len > 0) {
		last = &g_array_index(ink->spans, struct gif_span,
				      ink->spans->len - 1);
		if (last->row == row && last->x + last->n == x) {
			last->n++;
			return;
		}
	}
	g_array_append_val(ink->spans, span);
}

/* Adds what any layer has of a row's pixels first to end - 1. */
static void scan_row(struct gif_ink *ink, const struct gif_layer *layers,
		     gsize n_layers, guint row, guint first, guint end)
{
	const guint32 *rows[GIF_MAX_LAYERS];

	for (gsize i = 0; i < n_layers; i++)
		rows[i] = layer_row(&layers[i], row);
	for (guint x = first; x < end; x++) {
		guint32 any = 0;

		for (gsize i = 0; i < n_layers; i++)
			any |= rows[i][x];
		if (any != 0)
			add_pixel(ink, row, x);
	}
}

/* The rectangles of a region come in bands of equal rows, from left to right:
 * those of one band are scanned together, row by row. */
static void scan_region(struct gif_ink *ink, const struct gif_layer *layers,
			gsize n_layers, const cairo_region_t *region)
{
	int n = cairo_region_num_rectangles(region), first, end;
	cairo_rectangle_int_t band, one;

	for (first = 0; first < n; first = end) {
		cairo_region_get_rectangle(region, first, &band);
		for (end = first + 1; end < n; end++) {
			cairo_region_get_rectangle(region, end, &one);
			if (one.y != band.y)
				break;
		}
		for (int y = band.y; y < band.y + band.height; y++) {
			for (int i = first; i < end; i++) {
				cairo_region_get_rectangle(region, i, &one);
				scan_row(ink, layers, n_layers, (guint)y,
					 (guint)one.x,
					 (guint)(one.x + one.width));
			}
		}
	}
}

static void index_rows(struct gif_ink *ink, guint height)
{
	guint span = 0;

	ink->row_spans = g_new(guint, height + 1);
	for (guint row = 0; row <= height; row++) {
		while (span < ink->spans->len &&
		       g_array_index(ink->spans, struct gif_span, span).row <
			       row)
			span++;
		ink->row_spans[row] = span;
	}
}

struct gif_ink *gif_ink_new(const struct gif_layer *layers, gsize n_layers,
			    guint width, guint height)
{
	struct gif_ink *ink = g_new0(struct gif_ink, 1);
	cairo_region_t *all = cairo_region_create();
	cairo_rectangle_int_t picture = {0, 0, (int)width, (int)height};

	g_assert(n_layers <= GIF_MAX_LAYERS);
	ink->spans = g_array_new(FALSE, FALSE, sizeof(struct gif_span));
	for (gsize i = 0; i < n_layers; i++) {
		cairo_surface_flush(layers[i].ink);
		(void)cairo_region_union(all, layers[i].damage);
	}
	(void)cairo_region_intersect_rectangle(all, &picture);
	scan_region(ink, layers, n_layers, all);
	cairo_region_destroy(all);
	index_rows(ink, height);
	ink->caption = g_new0(guint32, ink->n);
	return ink;
}

void gif_ink_free(struct gif_ink *ink)
{
	if (!ink)
		return;
	g_array_unref(ink->spans);
	g_free(ink->row_spans);
	g_free(ink->caption);
	g_free(ink);
}

static void add_layer(struct gif_ink *ink, const struct gif_layer *layer)
{
	for (guint i = 0; i < ink->spans->len; i++) {
		const struct gif_span *span =
			&g_array_index(ink->spans, struct gif_span, i);
		const guint32 *row = layer_row(layer, span->row) + span->x;
		guint32 *to = ink->caption + span->at;

		for (guint j = 0; j < span->n; j++)
			to[j] = gif_ink_blend(row[j], to[j]);
	}
}

gboolean gif_ink_show(struct gif_ink *ink, const struct gif_layer *layers,
		      gsize n_layers, guint frame)
{
	guint32 set = 0;

	for (gsize i = 0; i < n_layers; i++)
		if (layers[i].first <= frame && frame < layers[i].end)
			set |= 1u << i;
	if (set == ink->shown)
		return FALSE;
	ink->shown = set;
	for (guint i = 0; i < ink->n; i++)
		ink->caption[i] = 0;
	for (gsize i = 0; i < n_layers; i++)
		if (set >> i & 1)
			add_layer(ink, &layers[i]);
	return TRUE;
}
