#include "config.h"

#include "render/png.h"

#include "render/png_divide.h"
#include "render/png_filter.h"
#include "render/png_section.h"
#include "render/png_tune.h"
#include "render/png_writer.h"

/* In a section that is made in haste: how high bands are, and how many of them
 * are tuned together, as in png_encode.c. */
enum { FAST_BAND_ROWS = 16, TUNED_BANDS = 4 };

/* The compressors that are tried on each band. */
struct effort {
	enum png_deflate_kind kinds[2];
	guint n_kinds;
};

struct build {
	enum png_color color;
	struct png_tuning tuning; /* for rows made anew */
	GByteArray *bands;	  /* the table; NULL: none */
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

static void append_le32(GByteArray *array, guint32 value)
{
	guint32 bytes = GUINT32_TO_LE(value);

	g_byte_array_append(array, (const guint8 *)&bytes, 4);
}

/* The compressors worth trying on a picture. A template is to be ready within a
 * second: past a million pixels level 9 would not be. */
static struct effort best_effort(const struct png_source *source)
{
	enum { LARGE_PIXELS = 1000 * 1000 };
	const gboolean is_large =
		source->width_px > LARGE_PIXELS / source->height_px;
	const struct effort large = {{PNG_DEFLATE_DRAWING, PNG_DEFLATE_LIBPNG},
				     2};
	const struct effort small = {
		{PNG_DEFLATE_SMALLEST_DRAWING, PNG_DEFLATE_SMALLEST_NOISE}, 2};

	return is_large ? large : small;
}

/* Appends the next IDAT, as small as it gets. */
static void append_band(const guint8 *raw, gsize raw_size,
			const struct effort *effort,
			struct png_deflate *deflate, struct png_stream *stream,
			GByteArray *out)
{
	g_autofree guint8 *best = NULL;
	struct png_stream after = *stream;
	gsize least = G_MAXSIZE;

	for (guint i = 0; i < effort->n_kinds; i++) {
		g_autofree guint8 *chunk = NULL;
		gsize size;

		after = *stream;
		png_deflate_set_kind(deflate, effort->kinds[i]);
		chunk = png_stream_deflate(&after, deflate, raw, raw_size,
					   FALSE, &size);
		if (size >= least)
			continue;
		least = size;
		g_free(best);
		best = g_steal_pointer(&chunk);
	}
	*stream = after;
	g_byte_array_append(out, best, least);
}

static void build_bands(const struct png_source *source,
			const struct png_division *division,
			const struct effort *efforts, guint step,
			struct png_deflate *deflate, struct build *build)
{
	const gsize line = png_scanline_bytes(source->width_px, source->color);
	g_autofree guint8 *raw = g_malloc(line * division->band_rows);
	guint8 head[PNG_HEAD_BYTES], end[PNG_END_BYTES];
	struct png_stream stream;

	build->bands = g_byte_array_new();
	png_head_write(head, source->width_px, source->height_px,
		       source->color);
	g_byte_array_append(build->data, head, sizeof(head));
	png_stream_init(&stream);
	for (guint i = 0; i < division->filters->len; i++) {
		int row = i * division->band_rows;
		int n_rows = MIN(division->band_rows, source->height_px - row);

		(void)png_filter_rows(
			source, row, n_rows,
			g_array_index(division->filters, guint, i), raw);
		append_band(raw, n_rows * line, &efforts[i * step], deflate,
			    &stream, build->data);
		append_le32(build->bands, build->data->len);
		append_le32(build->bands, png_adler(raw, n_rows * line));
	}
	png_stream_end(&stream, end);
	g_byte_array_append(build->data, end, sizeof(end));
}

static GBytes *write_plain(const struct png_source *source, guint filters,
			   struct png_deflate *deflate)
{
	g_autoptr(chain_auto) chain = chain_new();
	struct png_writer writer;
	gsize size;
	void *flat;

	png_writer_init(&writer, deflate);
	png_writer_head(&writer, source);
	(void)png_writer_rows(&writer, source, filters, 0, source->height_px,
			      TRUE); /* the colour type was made for it */
	png_writer_commit(&writer, chain);
	png_writer_fini(&writer);
	flat = chain_flatten(chain, &size);
	return g_bytes_new_take(flat, size);
}

static void build_plain(const struct png_source *source, guint filters,
			const struct effort *effort,
			struct png_deflate *deflate, struct build *build)
{
	for (guint i = 0; i < effort->n_kinds; i++) {
		g_autoptr(GBytes) file = NULL;
		gsize size;
		const void *data;

		png_deflate_set_kind(deflate, effort->kinds[i]);
		file = write_plain(source, filters, deflate);
		data = g_bytes_get_data(file, &size);
		if (i > 0 && size >= build->data->len)
			continue;
		g_byte_array_set_size(build->data, 0);
		g_byte_array_append(build->data, data, size);
	}
}

/* A file divided so: without bands where there would be but one. Each band has
 * an effort of its own (step 1), or all have the first (step 0). */
static struct build *build_new(const struct png_source *source,
			       const struct png_division *division,
			       const struct effort *efforts, guint step,
			       const struct png_tuning *tuning,
			       struct png_deflate *deflate)
{
	struct build *build = g_new0(struct build, 1);

	build->color = source->color;
	build->tuning = *tuning;
	build->data = g_byte_array_new();
	if (division->filters->len > 1)
		build_bands(source, division, efforts, step, deflate, build);
	else
		build_plain(source, g_array_index(division->filters, guint, 0),
			    efforts, deflate, build);
	return build;
}

static struct build *build_small(const struct png_source *source,
				 const struct png_division *division,
				 struct png_deflate *deflate)
{
	const struct effort effort = best_effort(source);
	const struct png_tuning tuning = png_tune_splice(source, deflate);

	return build_new(source, division, &effort, 0, &tuning, deflate);
}

/* For each band, found on a few of its rows: png_tune_splice() would take five
 * times as long as all the rest. */
static struct png_tuning *tune_bands(const struct png_source *source,
				     int band_rows, struct png_deflate *deflate)
{
	const int n_bands = (source->height_px + band_rows - 1) / band_rows;
	struct png_tuning *tunings = g_new(struct png_tuning, n_bands);

	for (int i = 0; i < n_bands; i++) {
		int row = i * band_rows;

		if (i % TUNED_BANDS != 0)
			tunings[i] = tunings[i - 1];
		else
			tunings[i] = png_tune_encode(
				source, row,
				MIN(band_rows, source->height_px - row),
				deflate);
	}
	return tunings;
}

/* What captions will touch is mostly like the top. */
static struct build *build_fast(const struct png_source *source, int band_rows,
				struct png_deflate *deflate)
{
	g_autofree struct png_tuning *tunings =
		tune_bands(source, band_rows, deflate);
	g_autoptr(png_division_auto) division = g_new0(struct png_division, 1);
	g_autofree struct effort *efforts = NULL;
	guint n = 0;

	division->band_rows = band_rows;
	division->filters = g_array_new(FALSE, FALSE, sizeof(guint));
	efforts = g_new(struct effort, source->height_px / band_rows + 1);
	for (int row = 0; row < source->height_px; row += band_rows, n++) {
		g_array_append_val(division->filters, tunings[n].filters);
		efforts[n] = (struct effort){{tunings[n].kind}, 1};
	}
	return build_new(source, division, efforts, 1, &tunings[0], deflate);
}

/* The picture in a colour type of one byte a pixel; FALSE: there is none that
 * holds it. */
static gboolean narrow_source(cairo_surface_t *surface,
			      struct png_palette *palette,
			      struct png_source *out)
{
	if (png_surface_is_grey(surface)) {
		png_source_init(out, surface, PNG_COLOR_GREY, NULL);
		return TRUE;
	}
	if (!png_palette_init(palette, surface))
		return FALSE;
	png_source_init(out, surface, PNG_COLOR_PALETTE, palette);
	return TRUE;
}

/* NULL: there is none. */
static struct build *build_narrow(cairo_surface_t *surface, int band_rows,
				  gboolean is_fast, struct png_deflate *deflate)
{
	g_autofree struct png_palette *palette = g_new(struct png_palette, 1);
	g_autoptr(png_division_auto) division = NULL;
	struct png_source source;

	if (!narrow_source(surface, palette, &source))
		return NULL;
	if (source.color == PNG_COLOR_PALETTE)
		band_rows = source.height_px;
	if (is_fast)
		return build_fast(&source, band_rows, deflate);
	division = png_divide(&source, band_rows, deflate);
	return build_small(&source, division, deflate);
}

static GBytes *assemble(const struct png_source *source, int band_rows,
			const struct build *const *builds, guint n_builds)
{
	GByteArray *section = g_byte_array_new();

	append_le32(section, PNG_SECTION_MAGIC);
	append_le32(section, PNG_SECTION_VERSION);
	append_le32(section, source->width_px);
	append_le32(section, source->height_px);
	append_le32(section, band_rows);
	append_le32(section, n_builds);
	for (guint i = 0; i < n_builds; i++) {
		const struct build *build = builds[i];

		append_le32(section, build->color);
		append_le32(section, build->tuning.filters);
		append_le32(section, build->tuning.kind);
		append_le32(section, build->data->len);
		if (build->bands)
			g_byte_array_append(section, build->bands->data,
					    build->bands->len);
		g_byte_array_append(section, build->data->data,
				    build->data->len);
	}
	return g_byte_array_free_to_bytes(section);
}

static GBytes *make_section(cairo_surface_t *surface, gboolean is_fast,
			    GError **error)
{
	g_autoptr(png_deflate_auto) deflate = NULL;
	g_autoptr(png_division_auto) division = NULL;
	g_autoptr(build_auto) direct = NULL, narrow = NULL;
	const struct build *builds[PNG_SECTION_FILES];
	struct png_source source;
	guint n_builds = 0;
	int band_rows;

	if (!png_surface_check(surface, error))
		return NULL;
	deflate = png_deflate_new(PNG_DEFLATE_FAST);
	png_source_init(&source, surface, png_surface_color(surface), NULL);
	if (is_fast) {
		band_rows = MIN(FAST_BAND_ROWS, source.height_px);
		direct = build_fast(&source, band_rows, deflate);
	} else {
		division = png_divide_best(&source, deflate);
		band_rows = division->band_rows;
		direct = build_small(&source, division, deflate);
	}
	narrow = build_narrow(surface, band_rows, is_fast, deflate);
	if (narrow && narrow->data->len < direct->data->len)
		builds[n_builds++] = narrow;
	builds[n_builds++] = direct;
	return assemble(&source, band_rows, builds, n_builds);
}

GBytes *png_section_new(cairo_surface_t *surface, GError **error)
{
	return make_section(surface, FALSE, error);
}

GBytes *png_section_new_fast(cairo_surface_t *surface, GError **error)
{
	return make_section(surface, TRUE, error);
}
