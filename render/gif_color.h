/* gif_color.h - colours as numbers: 0xffRRGGBB, or 0 where nothing shows. */
#pragma once

#include <glib.h>

/* A premultiplied pixel as GIF can show it: opaque, or nothing. */
static inline guint32 gif_color_to_opaque(guint32 pixel)
{
	guint32 alpha = pixel >> 24, out = 0xff000000;

	if (alpha < 128)
		return 0;
	for (guint shift = 0; shift <= 16; shift += 8) {
		guint32 value = pixel >> shift & 0xff;

		out |= MIN((value * 255 + alpha / 2) / alpha, 255) << shift;
	}
	return out;
}

static inline guint32 gif_color_from_rgb(const guint8 *rgb)
{
	return 0xff000000 | (guint32)rgb[0] << 16 | (guint32)rgb[1] << 8 |
	       rgb[2];
}

static inline void gif_color_to_rgb(guint32 color, guint8 *out_rgb)
{
	out_rgb[0] = (guint8)(color >> 16);
	out_rgb[1] = (guint8)(color >> 8);
	out_rgb[2] = (guint8)color;
}

/* The sum of the squared differences of the channels. */
static inline guint gif_color_distance(guint32 a, guint32 b)
{
	gint dr = (gint)(a >> 16 & 0xff) - (gint)(b >> 16 & 0xff);
	gint dg = (gint)(a >> 8 & 0xff) - (gint)(b >> 8 & 0xff);
	gint db = (gint)(a & 0xff) - (gint)(b & 0xff);

	return (guint)(dr * dr + dg * dg + db * db);
}
