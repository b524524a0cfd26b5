#include "config.h"

#include "render/decode.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/decode_formats.h"
#include "render/limits.h"

G_DEFINE_QUARK(decode_error, decode_error)

static gboolean is_gif(const guint8 *bytes, gsize size)
{
	return size >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 ||
			     memcmp(bytes, "GIF89a", 6) == 0);
}

static gboolean is_jpeg(const guint8 *bytes, gsize size)
{
	return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

static gboolean is_png(const guint8 *bytes, gsize size)
{
	return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static gboolean is_webp(const guint8 *bytes, gsize size)
{
	return size >= 12 && memcmp(bytes, "RIFF", 4) == 0 &&
	       memcmp(bytes + 8, "WEBP", 4) == 0;
}

/* How a drawing may begin; that it is one is seen when it is read. */
static gboolean is_svg(const guint8 *bytes, gsize size)
{
	static const char *const starts[] = {"<?xml", "<svg", "<!--",
					     "<!DOCTYPE svg"};
	gsize at = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (at < size && g_ascii_isspace(bytes[at]))
		at++;
	for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
		gsize length = strlen(starts[i]);

		if (size - at >= length &&
		    memcmp(bytes + at, starts[i], length) == 0)
			return TRUE;
	}
	return FALSE;
}

static const struct decoder {
	enum macro_format format;
	gboolean (*matches)(const guint8 *bytes, gsize size);
	gboolean (*decode)(const guint8 *bytes, gsize size, struct picture *out,
			   GError **error);
} decoders[] = {
	{MACRO_FORMAT_JPEG, is_jpeg, decode_jpeg},
	{MACRO_FORMAT_PNG, is_png, decode_png},
	{MACRO_FORMAT_GIF, is_gif, decode_gif},
	{MACRO_FORMAT_WEBP, is_webp, decode_webp},
	/* A drawing has no format of its own to be answered in. */
	{MACRO_FORMAT_PNG, is_svg, decode_svg},
};

static const struct decoder *find_decoder(const guint8 *bytes, gsize size)
{
	for (gsize i = 0; i < G_N_ELEMENTS(decoders); i++) {
		if (decoders[i].matches(bytes, size))
			return &decoders[i];
	}
	return NULL;
}

gboolean decode_knows(const guint8 *bytes, gsize size)
{
	return find_decoder(bytes, size) != NULL;
}

void picture_fini(struct picture *picture)
{
	g_clear_pointer(&picture->surface, cairo_surface_destroy);
	g_clear_pointer(&picture->gif, g_bytes_unref);
	g_clear_pointer(&picture->frames, g_ptr_array_unref);
}

gboolean decode_picture(const guint8 *bytes, gsize size, struct picture *out,
			GError **error)
{
	const struct decoder *decoder = find_decoder(bytes, size);
	struct picture picture = {0};

	if (size > LIMIT_TEMPLATE_BYTES) {
		g_set_error(error, DECODE_ERROR, DECODE_ERROR_LIMIT,
			    "%" G_GSIZE_FORMAT " bytes, at most %d are allowed",
			    size, LIMIT_TEMPLATE_BYTES);
		return FALSE;
	}
	if (!decoder) {
		g_set_error_literal(
			error, DECODE_ERROR, DECODE_ERROR_UNKNOWN,
			size ? "not a JPEG, PNG, GIF, WebP or SVG picture"
			     : "the file is empty");
		return FALSE;
	}
	picture.format = decoder->format;
	if (!decoder->decode(bytes, size, &picture, error))
		return FALSE;
	cairo_surface_mark_dirty(picture.surface);
	*out = picture;
	return TRUE;
}

gboolean decode_check_size(gint64 width_px, gint64 height_px, GError **error)
{
	if (width_px < 1 || height_px < 1) {
		g_set_error_literal(error, DECODE_ERROR, DECODE_ERROR_CORRUPT,
				    "the picture has no pixels");
		return FALSE;
	}
	if (MAX(width_px, height_px) > LIMIT_TEMPLATE_SIDE_PX) {
		g_set_error(error, DECODE_ERROR, DECODE_ERROR_LIMIT,
			    "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
			    " pixels, at most %d a side are allowed",
			    width_px, height_px, LIMIT_TEMPLATE_SIDE_PX);
		return FALSE;
	}
	if (width_px * height_px > LIMIT_TEMPLATE_PIXELS) {
		g_set_error(error, DECODE_ERROR, DECODE_ERROR_LIMIT,
			    "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
			    " pixels, at most %d in all are allowed",
			    width_px, height_px, LIMIT_TEMPLATE_PIXELS);
		return FALSE;
	}
	return TRUE;
}

cairo_surface_t *decode_canvas(gint64 width_px, gint64 height_px,
			       cairo_format_t format, GError **error)
{
	g_autoptr(cairo_surface_t) surface = NULL;

	if (!decode_check_size(width_px, height_px, error))
		return NULL;
	surface = cairo_image_surface_create(format, (int)width_px,
					     (int)height_px);
	if (cairo_surface_status(surface)) {
		g_set_error_literal(error, DECODE_ERROR, DECODE_ERROR_LIMIT,
				    "no memory for the picture");
		return NULL;
	}
	cairo_surface_flush(surface);
	return g_steal_pointer(&surface);
}

guint32 *decode_row(cairo_surface_t *surface, int y)
{
	guint8 *data = cairo_image_surface_get_data(surface);

	return (guint32 *)(void *)(data +
				   (gsize)y *
					   (gsize)cairo_image_surface_get_stride(
						   surface));
}

/* c × a / 255, rounded exactly without a division. */
static guint32 times_alpha(guint32 c, guint32 a)
{
	guint32 t = c * a + 128;

	return (t + (t >> 8)) >> 8;
}

/* TRUE when the whole row is opaque. */
static gboolean premultiply_row(guint32 *row, int width)
{
	guint32 all = 0xff000000;

	for (int x = 0; x < width; x++) {
		guint32 p = row[x], a = p >> 24;

		all &= p;
		if (a == 255)
			continue;
		row[x] = a << 24 | times_alpha(p >> 16 & 255, a) << 16 |
			 times_alpha(p >> 8 & 255, a) << 8 |
			 times_alpha(p & 255, a);
	}
	return all == 0xff000000;
}

gboolean decode_is_opaque(cairo_surface_t *surface)
{
	int width = cairo_image_surface_get_width(surface);
	int height = cairo_image_surface_get_height(surface);

	for (int y = 0; y < height; y++) {
		const guint32 *row = decode_row(surface, y);

		for (int x = 0; x < width; x++)
			if (row[x] >> 24 != 255)
				return FALSE;
	}
	return TRUE;
}

cairo_surface_t *decode_drop_alpha(cairo_surface_t *surface)
{
	static const cairo_user_data_key_t under;
	cairo_surface_t *opaque = cairo_image_surface_create_for_data(
		cairo_image_surface_get_data(surface), CAIRO_FORMAT_RGB24,
		cairo_image_surface_get_width(surface),
		cairo_image_surface_get_height(surface),
		cairo_image_surface_get_stride(surface));

	if (cairo_surface_set_user_data(
		    opaque, &under, surface,
		    (cairo_destroy_func_t)cairo_surface_destroy)) {
		cairo_surface_destroy(opaque);
		return surface;
	}
	return opaque;
}

cairo_surface_t *decode_premultiply(cairo_surface_t *surface)
{
	int width = cairo_image_surface_get_width(surface);
	int height = cairo_image_surface_get_height(surface);
	gboolean is_opaque = TRUE;

	for (int y = 0; y < height; y++) {
		if (!premultiply_row(decode_row(surface, y), width))
			is_opaque = FALSE;
	}
	return is_opaque ? decode_drop_alpha(surface) : surface;
}
