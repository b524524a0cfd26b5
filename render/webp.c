#include "config.h"

#include "render/webp.h"

#include "render/webp_picture.h"

G_DEFINE_QUARK(webp_error, webp_error)

/* WebP's ARGB is not premultiplied; the rounding is Cairo's own. */
static guint32 straighten(guint32 pixel)
{
	guint32 alpha = pixel >> 24;
	guint32 straight = alpha << 24;

	if (alpha == 0)
		return 0;
	for (int shift = 0; shift < 24; shift += 8) {
		guint32 value = pixel >> shift & 0xff;

		value = (value * 255 + alpha / 2) / alpha;
		straight |= MIN(value, 255) << shift;
	}
	return straight;
}

static void fill_picture(WebPPicture *picture, cairo_surface_t *surface)
{
	gboolean has_alpha =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
	const guchar *row = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	for (int y = 0; y < picture->height; y++, row += stride) {
		const guint32 *from = (const guint32 *)(const void *)row;
		guint32 *to =
			picture->argb + (gsize)y * (gsize)picture->argb_stride;

		for (int x = 0; x < picture->width; x++)
			to[x] = has_alpha ? straighten(from[x])
					  : from[x] | 0xff000000;
	}
}

gboolean webp_picture_init(WebPPicture *picture, cairo_surface_t *surface)
{
	if (!WebPPictureInit(picture))
		return FALSE;
	picture->use_argb = 1;
	picture->width = cairo_image_surface_get_width(surface);
	picture->height = cairo_image_surface_get_height(surface);
	if (!WebPPictureAlloc(picture))
		return FALSE;
	fill_picture(picture, surface);
	return TRUE;
}

gboolean webp_encode(cairo_surface_t *surface, const struct webp_params *params,
		     struct chain *out, GError **error)
{
	WebPMemoryWriter writer;
	WebPPicture picture;
	WebPConfig config;
	gboolean is_encoded;

	if (!WebPConfigInit(&config) || !webp_picture_init(&picture, surface)) {
		g_set_error(error, WEBP_ERROR, WEBP_ERROR_ENCODE,
			    "libwebp has no room for the picture");
		return FALSE;
	}
	config.quality = (float)params->quality;
	config.method = params->method;
	WebPMemoryWriterInit(&writer);
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &writer;
	is_encoded = WebPEncode(&config, &picture);
	if (is_encoded)
		chain_append_owned(out, g_memdup2(writer.mem, writer.size),
				   writer.size);
	else
		g_set_error(error, WEBP_ERROR, WEBP_ERROR_ENCODE,
			    "libwebp gave up with error %d",
			    (int)picture.error_code);
	WebPMemoryWriterClear(&writer);
	WebPPictureFree(&picture);
	return is_encoded;
}
