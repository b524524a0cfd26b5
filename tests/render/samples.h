/* samples.h - small pictures in every kind of their formats, for tests.
 *
 * Each is a flag of four fields: red above left, green above right, blue below
 * left, white below right (black, dark, light and white where there are no
 * colours). Sides are even.
 */
#pragma once

#include <glib.h>

struct sample_jpeg {
	int width_px, height_px;
	int space;	   /* J_COLOR_SPACE in the file */
	gboolean is_plain; /* no Adobe marker */
	gboolean is_progressive;
	int orientation; /* EXIF; 0: no EXIF block */
	gboolean is_exif_little_endian;
};
GBytes *sample_jpeg_new(const struct sample_jpeg *sample);

struct sample_png {
	int width_px, height_px;
	int color_type, depth; /* as in libpng */
	gboolean is_interlaced;
	gboolean has_trns; /* red, or what stands for it, is transparent */
	int orientation;   /* EXIF; 0: no EXIF block */
};
GBytes *sample_png_new(const struct sample_png *sample);

struct sample_gif {
	int width_px, height_px; /* of the screen */
	int left_px, top_px;	 /* the frame reaches to the end */
	gboolean is_interlaced;
	gboolean has_transparency;  /* red is transparent */
	gboolean has_local_palette; /* and no global one */
	int n_frames;
};
GBytes *sample_gif_new(const struct sample_gif *sample);

/* The field (0-3 in reading order) in which a pixel of the flag lies. */
int sample_field(int x, int y, int width_px, int height_px);

/* Its colour, 0xrrggbb. */
guint32 sample_color(int field, gboolean is_grey);
