#include "config.h"

#include "render/png_samples.h"

#include <stdlib.h>
#include <string.h>

#include "render/limits.h"
#include "render/png.h"

gboolean png_size_is_sane(guint32 width_px, guint32 height_px)
{
	return width_px >= 1 && height_px >= 1 &&
	       width_px <= LIMIT_TEMPLATE_SIDE_PX &&
	       height_px <= LIMIT_TEMPLATE_SIDE_PX &&
	       width_px * height_px <= LIMIT_TEMPLATE_PIXELS;
}

gboolean png_surface_check(cairo_surface_t *surface, GError **error)
{
	if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS &&
	    cairo_surface_get_type(surface) == CAIRO_SURFACE_TYPE_IMAGE &&
	    png_size_is_sane(cairo_image_surface_get_width(surface),
			     cairo_image_surface_get_height(surface))) {
		switch (cairo_image_surface_get_format(surface)) {
		case CAIRO_FORMAT_ARGB32:
		case CAIRO_FORMAT_RGB24:
			return TRUE;
		default:
			break;
		}
	}
	g_set_error_literal(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_ENCODE,
			    "not a picture that PNG could be made of");
	return FALSE;
}

enum png_color png_surface_color(cairo_surface_t *surface)
{
	return cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32
		       ? PNG_COLOR_RGBA
		       : PNG_COLOR_RGB;
}

guint png_color_samples(enum png_color color)
{
	switch (color) {
	case PNG_COLOR_RGB:
		return 3;
	case PNG_COLOR_RGBA:
		return 4;
	case PNG_COLOR_GREY:
	case PNG_COLOR_PALETTE:
		break;
	}
	return 1;
}

/* The palette: open addressing by the pixel's value. */

static guint16 *palette_slot(struct png_palette *palette, guint32 pixel)
{
	guint at = (pixel * 0x9e3779b1u) >> 22;

	while (palette->slots[at] &&
	       palette->colors[palette->slots[at] - 1] != pixel)
		at = (at + 1) % G_N_ELEMENTS(palette->slots);
	return &palette->slots[at];
}

static guint8 palette_index(const struct png_palette *palette, guint32 pixel,
			    gboolean *is_missing)
{
	/* Only looks: the slot is never written through. */
	guint16 slot = *palette_slot((struct png_palette *)palette, pixel);

	*is_missing |= slot == 0;
	return slot - 1;
}

static int compare_brightness(const void *a, const void *b)
{
	guint8 x[4], y[4];
	int sum_x, sum_y;
	guint32 pixel_x = *(const guint32 *)a, pixel_y = *(const guint32 *)b;

	png_unpremultiply(pixel_x, x);
	png_unpremultiply(pixel_y, y);
	sum_x = 299 * x[0] + 587 * x[1] + 114 * x[2];
	sum_y = 299 * y[0] + 587 * y[1] + 114 * y[2];
	if (x[3] != y[3])
		return x[3] - y[3];
	if (sum_x != sum_y)
		return sum_x - sum_y;
	return pixel_x < pixel_y ? -1 : pixel_x > pixel_y;
}

/* Transparent colours come first, so that tRNS can be short; neighbours in
 * brightness get neighbouring indices, which filters then find close. */
static void palette_sort(struct png_palette *palette)
{
	qsort(palette->colors, palette->n_colors, sizeof(palette->colors[0]),
	      compare_brightness);
	memset(palette->slots, 0, sizeof(palette->slots));
	for (guint i = 0; i < palette->n_colors; i++)
		*palette_slot(palette, palette->colors[i]) = i + 1;
}

static guint32 opaque_mask(cairo_surface_t *surface)
{
	/* The upper byte of an RGB24 pixel is undefined. */
	return cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24
		       ? 0xff000000
		       : 0;
}

gboolean png_palette_init(struct png_palette *palette, cairo_surface_t *surface)
{
	struct png_source source;
	guint32 mask = opaque_mask(surface);

	png_source_init(&source, surface, PNG_COLOR_PALETTE, palette);
	memset(palette, 0, sizeof(*palette));
	for (int y = 0; y < source.height_px; y++) {
		const guint32 *row =
			(const guint32 *)(source.pixels + y * source.stride);

		for (int x = 0; x < source.width_px; x++) {
			guint16 *slot = palette_slot(palette, row[x] | mask);

			if (*slot)
				continue;
			if (palette->n_colors == G_N_ELEMENTS(palette->colors))
				return FALSE;
			palette->colors[palette->n_colors++] = row[x] | mask;
			*slot = palette->n_colors;
		}
	}
	palette_sort(palette);
	return TRUE;
}

/* Pixels into samples. */

void png_source_init(struct png_source *source, cairo_surface_t *surface,
		     enum png_color color, const struct png_palette *palette)
{
	cairo_surface_flush(surface);
	source->pixels = cairo_image_surface_get_data(surface);
	source->stride = cairo_image_surface_get_stride(surface);
	source->width_px = cairo_image_surface_get_width(surface);
	source->height_px = cairo_image_surface_get_height(surface);
	source->opaque_mask = opaque_mask(surface);
	source->color = color;
	source->palette = palette;
}

/* (c × 255 + a / 2) / a, as Cairo writes PNG itself: for a colour that was
 * premultiplied by rounding, the nearest that gives it again. One division
 * serves three: with a numerator under 2^16 the reciprocal, rounded up to 24
 * bits, gives every quotient exactly. */
void png_unpremultiply(guint32 pixel, guint8 out_rgba[4])
{
	guint32 alpha = pixel >> 24, half = alpha / 2;
	guint64 inverse;

	if (alpha == 0) {
		memset(out_rgba, 0, 4);
		return;
	}
	inverse = ((1u << 24) + alpha - 1) / alpha;
	for (guint i = 0; i < 3; i++) {
		guint32 c = MIN(pixel >> (16 - 8 * i) & 0xff, alpha);

		out_rgba[i] = ((c * 255 + half) * inverse) >> 24;
	}
	out_rgba[3] = alpha;
}

/* Writes a byte past the row. */
static void row_to_rgb(const guint32 *pixels, int width_px, guint8 *out)
{
	for (int x = 0; x < width_px; x++, out += 3) {
		guint32 bytes = GUINT32_TO_BE(pixels[x] << 8);

		memcpy(out, &bytes, 4);
	}
}

static void row_to_rgba(const guint32 *pixels, int width_px, guint8 *out)
{
	for (int x = 0; x < width_px; x++, out += 4) {
		guint32 pixel = pixels[x];

		if (pixel >> 24 == 0xff) {
			guint32 bytes = GUINT32_TO_BE(pixel << 8 | 0xff);

			memcpy(out, &bytes, 4);
		} else {
			png_unpremultiply(pixel, out);
		}
	}
}

static gboolean row_to_grey(const guint32 *pixels, int width_px, guint8 *out)
{
	guint32 differences = 0;

	for (int x = 0; x < width_px; x++) {
		differences |= pixels[x] ^ pixels[x] >> 8;
		out[x] = pixels[x];
	}
	return (differences & 0xffff) == 0;
}

static gboolean row_to_indices(const struct png_palette *palette,
			       guint32 opaque, const guint32 *pixels,
			       int width_px, guint8 *out)
{
	gboolean is_missing = FALSE;
	guint32 last = pixels[0] | opaque;
	guint8 index = palette_index(palette, last, &is_missing);

	for (int x = 0; x < width_px; x++) {
		guint32 pixel = pixels[x] | opaque;

		if (pixel != last)
			index = palette_index(palette, pixel, &is_missing);
		last = pixel;
		out[x] = index;
	}
	return !is_missing;
}

gboolean png_source_row(const struct png_source *source, int y, guint8 *out)
{
	const guint32 *pixels =
		(const guint32 *)(source->pixels + y * source->stride);

	switch (source->color) {
	case PNG_COLOR_GREY:
		return row_to_grey(pixels, source->width_px, out);
	case PNG_COLOR_PALETTE:
		return row_to_indices(source->palette, source->opaque_mask,
				      pixels, source->width_px, out);
	case PNG_COLOR_RGB:
		row_to_rgb(pixels, source->width_px, out);
		break;
	case PNG_COLOR_RGBA:
		row_to_rgba(pixels, source->width_px, out);
		break;
	}
	return TRUE;
}

gboolean png_surface_is_grey(cairo_surface_t *surface)
{
	struct png_source source;
	g_autofree guint8 *samples = NULL;

	if (cairo_image_surface_get_format(surface) != CAIRO_FORMAT_RGB24)
		return FALSE;
	png_source_init(&source, surface, PNG_COLOR_GREY, NULL);
	samples = g_malloc(source.width_px);
	for (int y = 0; y < source.height_px; y++) {
		const guint32 *pixels =
			(const guint32 *)(source.pixels + y * source.stride);

		if (!row_to_grey(pixels, source.width_px, samples))
			return FALSE;
	}
	return TRUE;
}
