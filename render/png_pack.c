#include "config.h"

#include "render/png.h"

#include <stdlib.h>
#include <string.h>

#include "render/limits.h"
#include "render/png_filter.h"
#include "render/png_section.h"
#include "render/png_writer.h"

enum {
	/* Bands begin this low. Twice the height touches about an eighth more
	 * rows for the same caption, so it has to save TALLER_PERCENT of the
	 * file: photographs stay low, drawings end at 16 to 64 rows. */
	LEAST_BAND_ROWS = 8,
	TALLER_PERCENT = 4,
	/* Twice deflate's window: a taller band can't gain by matches. */
	TALL_BAND_BYTES = 64 * 1024,
	/* Past this, level 9 takes minutes. */
	LARGE_PIXELS = 4 * 1000 * 1000,
};

struct build {
	enum png_color color;
	guint filters;
	GByteArray *bands; /* the table; NULL: none */
	GByteArray *data;
};

static void build_free(struct build *build)
{
	if (!build)
		return;
	if (build->bands)
		g_byte_array_unref(build->bands);
	if (build->data)
		g_byte_array_unref(build->data);
	g_free(build);
}

typedef struct build build_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(build_auto, build_free)

struct packer {
	cairo_surface_t *surface;
	struct png_deflate *fast, *small;
};

static void append_le32(GByteArray *array, guint32 value)
{
	guint32 bytes = GUINT32_TO_LE(value);

	g_byte_array_append(array, (const guint8 *)&bytes, 4);
}

/* Fills raw with a band's scanlines in the filters that compress best. The fast
 * compressor is judge enough: with zlib's level 9 in its place files came out
 * 0.1 % smaller, after nine times as long. */
static void filter_band(struct packer *packer, const struct png_source *source,
			int row, int n_rows, guint8 *raw)
{
	static const guint candidates[] = {
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
	const gsize size =
		n_rows * png_scanline_bytes(source->width_px, source->color);
	g_autofree guint8 *out = g_malloc(png_deflate_bound(size));
	guint chosen = 0;
	gsize least = G_MAXSIZE;

	for (guint i = 0; i < G_N_ELEMENTS(candidates); i++) {
		gsize n_out;

		(void)png_filter_rows(source, row, n_rows, candidates[i], raw);
		n_out = png_deflate_piece(packer->fast, raw, size, FALSE, out);
		if (n_out >= least)
			continue;
		least = n_out;
		chosen = candidates[i];
	}
	(void)png_filter_rows(source, row, n_rows, chosen, raw);
}

static void build_bands(struct packer *packer, const struct png_source *source,
			int band_rows, struct build *build)
{
	const gsize line = png_scanline_bytes(source->width_px, source->color);
	g_autofree guint8 *raw = g_malloc(line * band_rows);
	guint8 head[PNG_HEAD_BYTES], end[PNG_END_BYTES];
	struct png_stream stream;

	build->bands = g_byte_array_new();
	png_head_write(head, source->width_px, source->height_px,
		       source->color);
	g_byte_array_append(build->data, head, sizeof(head));
	png_stream_init(&stream);
	for (int row = 0; row < source->height_px; row += band_rows) {
		int n_rows = MIN(band_rows, source->height_px - row);
		g_autofree guint8 *chunk = NULL;
		gsize size;

		filter_band(packer, source, row, n_rows, raw);
		chunk = png_stream_deflate(&stream, packer->small, raw,
					   n_rows * line, FALSE, &size);
		g_byte_array_append(build->data, chunk, size);
		append_le32(build->bands, build->data->len);
		append_le32(build->bands, png_adler(raw, n_rows * line));
	}
	png_stream_end(&stream, end);
	g_byte_array_append(build->data, end, sizeof(end));
}

static void build_plain(struct packer *packer, const struct png_source *source,
			struct build *build)
{
	g_autoptr(chain_auto) chain = chain_new();
	g_autofree guint8 *flat = NULL;
	struct png_writer writer;
	gsize size;

	png_writer_init(&writer, packer->small);
	png_writer_head(&writer, source);
	(void)png_writer_rows(&writer, source, build->filters, 0,
			      source->height_px, TRUE);
	png_writer_commit(&writer, chain);
	png_writer_fini(&writer);
	flat = chain_flatten(chain, &size);
	g_byte_array_append(build->data, flat, size);
}

/* Without bands where they would be the picture's height. */
static struct build *build_new(struct packer *packer, enum png_color color,
			       const struct png_palette *palette, int band_rows)
{
	struct build *build = g_new0(struct build, 1);
	struct png_source source;

	png_source_init(&source, packer->surface, color, palette);
	build->color = color;
	build->filters = png_writer_choose_filters(packer->fast, &source);
	build->data = g_byte_array_new();
	if (band_rows < source.height_px)
		build_bands(packer, &source, band_rows, build);
	else
		build_plain(packer, &source, build);
	return build;
}

/* Settles how high bands are. */
static struct build *build_direct(struct packer *packer, int *out_band_rows)
{
	const enum png_color color = png_surface_color(packer->surface);
	const int height = cairo_image_surface_get_height(packer->surface);
	const gsize line = png_scanline_bytes(
		cairo_image_surface_get_width(packer->surface), color);
	int rows = MIN(LEAST_BAND_ROWS, height);
	g_autoptr(build_auto) build = build_new(packer, color, NULL, rows);

	while (rows < height && line * rows < TALL_BAND_BYTES) {
		int taller = MIN(2 * rows, height);
		g_autoptr(build_auto) other =
			build_new(packer, color, NULL, taller);
		const guint64 wanted = (guint64)build->data->len *
				       (100 - TALLER_PERCENT) / 100;

		if (other->data->len > wanted)
			break;
		build_free(build);
		build = g_steal_pointer(&other);
		rows = taller;
	}
	*out_band_rows = rows;
	return g_steal_pointer(&build);
}

static GBytes *assemble(struct packer *packer, int band_rows,
			const struct build *const *builds, guint n_builds)
{
	GByteArray *section = g_byte_array_new();

	append_le32(section, PNG_SECTION_MAGIC);
	append_le32(section, PNG_SECTION_VERSION);
	append_le32(section, cairo_image_surface_get_width(packer->surface));
	append_le32(section, cairo_image_surface_get_height(packer->surface));
	append_le32(section, band_rows);
	append_le32(section, n_builds);
	for (guint i = 0; i < n_builds; i++) {
		const struct build *build = builds[i];

		append_le32(section, build->color);
		append_le32(section, build->filters);
		append_le32(section, build->data->len);
		if (build->bands)
			g_byte_array_append(section, build->bands->data,
					    build->bands->len);
		g_byte_array_append(section, build->data->data,
				    build->data->len);
	}
	return g_byte_array_free_to_bytes(section);
}

/* The picture in a colour type of one byte a pixel, where there is one that
 * holds it. */
static struct build *build_narrow(struct packer *packer, int band_rows)
{
	g_autofree struct png_palette *palette = NULL;

	if (png_surface_is_grey(packer->surface))
		return build_new(packer, PNG_COLOR_GREY, NULL, band_rows);
	palette = g_new(struct png_palette, 1);
	if (png_palette_init(palette, packer->surface))
		return build_new(packer, PNG_COLOR_PALETTE, palette, G_MAXINT);
	return NULL;
}

static gboolean is_large(cairo_surface_t *surface)
{
	return cairo_image_surface_get_width(surface) >
	       LARGE_PIXELS / cairo_image_surface_get_height(surface);
}

GBytes *png_section_new(cairo_surface_t *surface, GError **error)
{
	g_autoptr(png_deflate_auto) fast = NULL, small = NULL;
	g_autoptr(build_auto) direct = NULL, narrow = NULL;
	struct packer packer = {.surface = surface};
	const struct build *builds[2];
	guint n_builds = 0;
	int band_rows;

	if (!png_surface_check(surface, error))
		return NULL;
	fast = png_deflate_new_fast();
	small = png_deflate_new_small(is_large(surface) ? 6 : 9);
	packer.fast = fast;
	packer.small = small;
	direct = build_direct(&packer, &band_rows);
	narrow = build_narrow(&packer, band_rows);
	if (narrow && narrow->data->len < direct->data->len)
		builds[n_builds++] = narrow;
	builds[n_builds++] = direct;
	return assemble(&packer, band_rows, builds, n_builds);
}
