/* plan.h - a plan's inside: layout.c makes it, paint.c only reads it. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/color.h"
#include "render/font_files.h"
#include "render/fonts.h"
#include "render/layout.h"

struct coverage;

struct plan_glyph {
	struct font_face *face; /* NULL: the box for a missing character */
	guint32 glyph;
	double x_px, y_px; /* the origin, before the caption is turned */
};

/* A shadow: the caption's silhouette, moved and softened. */
struct plan_shadow {
	int dx_px, dy_px;
	int blur_px; /* radius of each of three box blurs */
};

struct plan_caption {
	char **lines;
	const char *font_name; /* the fonts' */
	GArray *glyphs;	       /* struct plan_glyph */
	double size_px;
	double outline_px; /* outside the glyph; 0: none */
	double angle_rad;  /* counter-clockwise about the area's centre */
	cairo_rectangle_int_t area;
	gboolean is_clipped; /* nothing is painted outside the area */
	gboolean has_shadow, has_background;
	struct plan_shadow shadow;
	cairo_rectangle_int_t background; /* before the caption is turned */
	double background_radius_px;
	struct color color, outline_color, shadow_color, background_color;
	double opacity;
	double start, stop; /* of an animation, 0-1 */
	cairo_rectangle_int_t ink;
	GArray *letters;	   /* see letters.h; NULL: not so plain */
	struct coverage *coverage; /* where finding the ink took drawing it */
};

struct plan {
	int width_px, height_px;
	struct fonts *fonts;
	struct plan_caption *captions;
	gsize n_captions;
};
