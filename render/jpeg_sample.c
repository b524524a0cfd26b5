#include "config.h"

#include "render/jpeg_sample.h"

#include <glib.h>

#include "render/autoptr.h"

/* Letters in a unit square, y down. */
static void trace_o(cairo_t *cr)
{
	cairo_new_sub_path(cr);
	cairo_arc(cr, 0.5, 0.5, 0.5, 0, 2 * G_PI);
}

static void trace_t(cairo_t *cr)
{
	cairo_move_to(cr, 0, 0);
	cairo_line_to(cr, 1, 0);
	cairo_move_to(cr, 0.5, 0);
	cairo_line_to(cr, 0.5, 1);
}

static void trace_a(cairo_t *cr)
{
	cairo_move_to(cr, 0, 1);
	cairo_line_to(cr, 0.5, 0);
	cairo_line_to(cr, 1, 1);
	cairo_move_to(cr, 0.2, 0.65);
	cairo_line_to(cr, 0.8, 0.65);
}

static void trace_e(cairo_t *cr)
{
	cairo_move_to(cr, 1, 0);
	cairo_line_to(cr, 0, 0);
	cairo_line_to(cr, 0, 1);
	cairo_line_to(cr, 1, 1);
	cairo_move_to(cr, 0, 0.5);
	cairo_line_to(cr, 0.7, 0.5);
}

static void trace_n(cairo_t *cr)
{
	cairo_move_to(cr, 0, 1);
	cairo_line_to(cr, 0, 0);
	cairo_line_to(cr, 1, 1);
	cairo_line_to(cr, 1, 0);
}

static void trace_s(cairo_t *cr)
{
	cairo_move_to(cr, 1, 0.2);
	cairo_curve_to(cr, 0.8, -0.1, 0, -0.1, 0, 0.25);
	cairo_curve_to(cr, 0, 0.5, 1, 0.5, 1, 0.75);
	cairo_curve_to(cr, 1, 1.1, 0.2, 1.1, 0, 0.8);
}

/* White in black, as tall as most captions' (an eighth of the picture). */
static void draw_letter(cairo_t *cr, guint i, double x, double y, double height)
{
	static void (*const letters[])(cairo_t *) = {
		trace_o, trace_t, trace_a, trace_e, trace_n, trace_s,
	};
	double outline = MAX(3 * height / 64, 1);

	cairo_save(cr);
	cairo_translate(cr, x + 0.15 * height, y + 0.1 * height);
	cairo_scale(cr, 0.3 * height, 0.8 * height);
	letters[i](cr);
	cairo_restore(cr);
	cairo_set_source_rgb(cr, 0, 0, 0);
	cairo_set_line_width(cr, 0.2 * height + 2 * outline);
	cairo_stroke_preserve(cr);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_set_line_width(cr, 0.2 * height);
	cairo_stroke(cr);
}

/* Words of six letters and a space. */
static void draw_line(cairo_t *cr, double y, double width, double height)
{
	double advance = 0.6 * height;
	double right = 0.95 * width - advance;
	guint i = 0;

	for (double x = 0.05 * width; x < right; x += advance, i++)
		if (i % 7 < 6)
			draw_letter(cr, i % 7, x, y, height);
}

cairo_surface_t *jpeg_sample_caption(cairo_surface_t *surface)
{
	static const double lines[] = {0.03, 0.19, 0.69, 0.85};
	int width_px = cairo_image_surface_get_width(surface);
	int height_px = cairo_image_surface_get_height(surface);
	cairo_surface_t *sample = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, width_px, height_px);
	g_autoptr(cairo_t) cr = cairo_create(sample);

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_set_source_surface(cr, surface, 0, 0);
	cairo_paint(cr);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
		draw_line(cr, lines[i] * height_px, width_px, height_px / 8.0);
	return sample;
}
