#include "config.h"

#include "render/png.h"

#include "render/png_tune.h"
#include "render/png_writer.h"

G_DEFINE_QUARK(png - encode - error - quark, png_encode_error)

/* A picture is tuned and compressed by so many rows: it may be smooth above and
 * noisy below. */
enum { TUNED_ROWS = 64 };

static enum png_color choose_color(cairo_surface_t *surface,
				   struct png_palette *palette)
{
	if (png_surface_is_grey(surface))
		return PNG_COLOR_GREY;
	if (png_palette_init(palette, surface))
		return PNG_COLOR_PALETTE;
	return png_surface_color(surface);
}

static void encode_rows(struct png_writer *writer,
			const struct png_source *source)
{
	for (int row = 0; row < source->height_px; row += TUNED_ROWS) {
		int n_rows = MIN(TUNED_ROWS, source->height_px - row);
		struct png_tuning tuning =
			png_tune_encode(source, row, n_rows, writer->deflate);

		png_deflate_set_kind(writer->deflate, tuning.kind);
		/* The colour type was chosen so that it holds them. */
		(void)png_writer_rows(writer, source, tuning.filters, row,
				      n_rows,
				      row + n_rows == source->height_px);
	}
}

gboolean png_encode(cairo_surface_t *surface, struct chain *out, GError **error)
{
	g_autoptr(png_deflate_auto) deflate = NULL;
	g_autofree struct png_palette *palette = NULL;
	struct png_source source;
	struct png_writer writer;

	if (!png_surface_check(surface, error))
		return FALSE;
	deflate = png_deflate_new(PNG_DEFLATE_FAST);
	palette = g_new(struct png_palette, 1);
	png_source_init(&source, surface, choose_color(surface, palette),
			palette);
	png_writer_init(&writer, deflate);
	png_writer_head(&writer, &source);
	encode_rows(&writer, &source);
	png_writer_commit(&writer, out);
	png_writer_fini(&writer);
	return TRUE;
}
