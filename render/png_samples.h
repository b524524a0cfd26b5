/* png_samples.h - a surface's pixels as the samples that PNG stores.
 *
 * Cairo's pixels are 32 bits, native-endian and premultiplied; PNG's samples
 * are bytes in the order red, green, blue, alpha, not premultiplied, or one
 * byte a pixel: a grey, or an index into a palette.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

/* PNG's colour types (PNG, third edition, 11.2.1); 8 bits a sample. */
enum png_color {
	PNG_COLOR_GREY = 0,
	PNG_COLOR_RGB = 2,
	PNG_COLOR_PALETTE = 3,
	PNG_COLOR_RGBA = 6,
};

/* Whether a picture's size is within limits.h. */
gboolean png_size_is_sane(guint32 width_px, guint32 height_px);

/* Error: PNG_ENCODE_ERROR_ENCODE, unless surface is an image surface, RGB24 or
 * ARGB32, and its size is sane. */
gboolean png_surface_check(cairo_surface_t *surface, GError **error);

/* The type that holds any pixel of the surface: RGB for RGB24, else RGBA. */
enum png_color png_surface_color(cairo_surface_t *surface);

/* Samples a pixel. */
guint png_color_samples(enum png_color color);

struct png_palette {
	guint32 colors[256]; /* as the surface has them; opaque where RGB24 */
	guint n_colors;
	guint16 slots[1024]; /* by hash: 0, or an index and one */
};

/* Fills palette with the surface's colours, the transparent ones first, then
 * by brightness. FALSE, with nothing of use in palette: more than 256. */
gboolean png_palette_init(struct png_palette *palette,
			  cairo_surface_t *surface);

/* A pixel's red, green, blue and alpha. */
void png_unpremultiply(guint32 pixel, guint8 out_rgba[4]);

/* Whether the surface is RGB24 and every pixel grey. */
gboolean png_surface_is_grey(cairo_surface_t *surface);

/* A surface seen through a colour type. */
struct png_source {
	const guint8 *pixels;
	gsize stride;
	int width_px, height_px;
	guint32 opaque_mask; /* set in every pixel of RGB24 */
	enum png_color color;
	const struct png_palette *palette; /* PNG_COLOR_PALETTE only */
};

/* Flushes surface (an image surface, ARGB32 or RGB24), which must outlive
 * source, as must palette. RGBA and RGB go with ARGB32 and RGB24. */
void png_source_init(struct png_source *source, cairo_surface_t *surface,
		     enum png_color color, const struct png_palette *palette);

/* Writes the samples of row y, and up to three bytes past them. FALSE: a pixel
 * that the colour type can't hold (not grey, not in the palette); what is
 * written is of no use then. */
gboolean png_source_row(const struct png_source *source, int y, guint8 *out);
