#include "config.h"

#include "render/png.h"

#include "render/png_writer.h"

G_DEFINE_QUARK(png - encode - error - quark, png_encode_error)

gboolean png_encode(cairo_surface_t *surface, struct chain *out, GError **error)
{
	g_autoptr(png_deflate_auto) deflate = NULL;
	g_autofree struct png_palette *palette = NULL;
	enum png_color color;
	struct png_source source;
	struct png_writer writer;
	guint filters;

	if (!png_surface_check(surface, error))
		return FALSE;
	deflate = png_deflate_new_fast();
	palette = g_new(struct png_palette, 1);
	color = png_surface_color(surface);
	if (png_surface_is_grey(surface))
		color = PNG_COLOR_GREY;
	else if (png_palette_init(palette, surface))
		color = PNG_COLOR_PALETTE;
	png_source_init(&source, surface, color, palette);
	filters = png_writer_choose_filters(deflate, &source);
	png_writer_init(&writer, deflate);
	png_writer_head(&writer, &source);
	(void)png_writer_rows(&writer, &source, filters, 0, source.height_px,
			      TRUE); /* the colour type was made for it */
	png_writer_commit(&writer, out);
	png_writer_fini(&writer);
	return TRUE;
}
