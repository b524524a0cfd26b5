#include "config.h"

#include "render/decode_formats.h"

#include "render/autoptr.h"
#include "render/gif_read.h"

static enum decode_error code_of(const GError *error)
{
	return g_error_matches(error, GIF_PICTURE_ERROR,
			       GIF_PICTURE_ERROR_LIMIT)
		       ? DECODE_ERROR_LIMIT
		       : DECODE_ERROR_CORRUPT;
}

/* The player's surface is its own. */
static cairo_surface_t *copy_surface(cairo_surface_t *from, GError **error)
{
	int width = cairo_image_surface_get_width(from);
	int height = cairo_image_surface_get_height(from);
	cairo_format_t format = cairo_image_surface_get_format(from);
	guint32 fill = format == CAIRO_FORMAT_RGB24 ? 0xff000000 : 0;
	cairo_surface_t *copy = decode_canvas(width, height, format, error);

	for (int y = 0; copy && y < height; y++) {
		const guint32 *source = decode_row(from, y);
		guint32 *row = decode_row(copy, y);

		for (int x = 0; x < width; x++)
			row[x] = source[x] | fill;
	}
	return copy;
}

gboolean decode_gif(const guint8 *bytes, gsize size, struct picture *out,
		    GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(GBytes) section = gif_read(bytes, size, &cause);
	g_autoptr(gif_player_auto) player = NULL;
	const guint8 *data;
	gsize section_size;

	if (!section) {
		g_set_error(error, DECODE_ERROR, code_of(cause), "GIF: %s",
			    cause->message);
		return FALSE;
	}
	data = g_bytes_get_data(section, &section_size);
	player = gif_player_new(data, section_size);
	out->surface = copy_surface(gif_player_next(player), error);
	if (!out->surface)
		return FALSE;
	out->gif = g_steal_pointer(&section);
	return TRUE;
}
