#include "config.h"

#include "render/decode_formats.h"

#include <math.h>

#include <librsvg/rsvg.h>

#include "render/autoptr.h"
#include "render/decode.h"

enum { CSS_DPI = 96 }; /* CSS Values and Units Level 3, 6.2 */

static gboolean fail(enum decode_error code, const char *why, GError **error)
{
	g_set_error(error, DECODE_ERROR, (int)code, "SVG: %s", why);
	return FALSE;
}

/* What the drawing says of itself: width and height, else its viewBox. */
static gboolean find_size(RsvgHandle *handle, double *out_width,
			  double *out_height, GError **error)
{
	gboolean has_width, has_height, has_box;
	RsvgLength width, height;
	RsvgRectangle box;

	if (rsvg_handle_get_intrinsic_size_in_pixels(handle, out_width,
						     out_height))
		return TRUE;
	rsvg_handle_get_intrinsic_dimensions(handle, &has_width, &width,
					     &has_height, &height, &has_box,
					     &box);
	if (!has_box)
		return fail(DECODE_ERROR_UNSUPPORTED,
			    "neither a size in pixels nor a viewBox", error);
	*out_width = box.width;
	*out_height = box.height;
	return TRUE;
}

static cairo_surface_t *draw(RsvgHandle *handle, double width, double height,
			     GError **error)
{
	const RsvgRectangle viewport = {0, 0, ceil(width), ceil(height)};
	g_autoptr(cairo_surface_t) surface = NULL;
	g_autoptr(GError) cause = NULL;
	g_autoptr(cairo_t) cr = NULL;

	/* NaN and what no integer holds is out of every limit too. */
	if (!(width < G_MAXINT) || !(height < G_MAXINT)) {
		(void)fail(DECODE_ERROR_LIMIT, "its size is too large", error);
		return NULL;
	}
	surface = decode_canvas((gint64)viewport.width, (gint64)viewport.height,
				CAIRO_FORMAT_ARGB32, error);
	if (!surface)
		return NULL;
	cr = cairo_create(surface);
	if (!rsvg_handle_render_document(handle, cr, &viewport, &cause)) {
		(void)fail(DECODE_ERROR_CORRUPT, cause->message, error);
		return NULL;
	}
	cairo_surface_flush(surface);
	return g_steal_pointer(&surface);
}

static gboolean decode_with(RsvgHandle *handle, struct picture *out,
			    GError **error)
{
	double width, height;

	if (!find_size(handle, &width, &height, error))
		return FALSE;
	out->surface = draw(handle, width, height, error);
	if (!out->surface)
		return FALSE;
	if (decode_is_opaque(out->surface))
		out->surface = decode_drop_alpha(out->surface);
	return TRUE;
}

/* Without a base address librsvg loads nothing that the drawing names: no
 * file, no network. */
gboolean decode_svg(const guint8 *bytes, gsize size, struct picture *out,
		    GError **error)
{
	g_autoptr(GError) cause = NULL;
	RsvgHandle *handle = rsvg_handle_new_from_data(bytes, size, &cause);
	gboolean is_decoded;

	if (!handle)
		return fail(DECODE_ERROR_CORRUPT, cause->message, error);
	rsvg_handle_set_dpi(handle, CSS_DPI);
	is_decoded = decode_with(handle, out, error);
	g_object_unref(handle);
	return is_decoded;
}
