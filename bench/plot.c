/* The rows as an SVG: for each template what a request costs by stage, beside
 * what it is held against, on one logarithmic axis. */
#include "config.h"

#include "bench/bench.h"

#include <cairo-svg.h>
#include <math.h>

#include "render/autoptr.h"

enum {
	WIDTH = 960,
	LEFT = 210,
	RIGHT = 30,
	TOP = 60,
	BAR = 14,
	GROUP = 96,
	BARS = 4,
};

/* The axis: 1 µs to 100 ms. */
#define AXIS_LEAST_US 1.0
#define AXIS_DECADES  5

static const struct {
	const char *label;
	double r, g, b;
} bars[BARS] = {
	{"a caption, behind nginx", 0.13, 0.42, 0.70},
	{"a ready file, behind nginx", 0.55, 0.71, 0.86},
	{"encoding alone, by the library", 0.85, 0.45, 0.20},
	{"memcpy of the answer", 0.60, 0.60, 0.60},
};

static double bar_us(const struct bench_row *row, int bar)
{
	const double values[BARS] = {row->request_us, row->ready_us,
				     row->encode_us, row->memcpy_us};

	return values[bar];
}

static double axis_x(double us)
{
	double decades = log10(MAX(us, AXIS_LEAST_US) / AXIS_LEAST_US);

	return LEFT + decades / AXIS_DECADES * (WIDTH - LEFT - RIGHT);
}

static void text(cairo_t *cr, double x, double y, const char *string)
{
	cairo_set_source_rgb(cr, 0.15, 0.15, 0.15);
	cairo_move_to(cr, x, y);
	cairo_show_text(cr, string);
}

static void draw_axis(cairo_t *cr, double height)
{
	static const char *const labels[] = {"1 µs", "10 µs", "100 µs",
					     "1 ms", "10 ms", "100 ms"};

	for (int i = 0; i <= AXIS_DECADES; i++) {
		double x = axis_x(AXIS_LEAST_US * pow(10, i));

		cairo_set_source_rgb(cr, 0.85, 0.85, 0.85);
		cairo_move_to(cr, x, TOP);
		cairo_line_to(cr, x, height);
		cairo_stroke(cr);
		text(cr, x - 14, TOP - 6, labels[i]);
	}
}

static void draw_legend(cairo_t *cr)
{
	double x = LEFT;

	for (int i = 0; i < BARS; i++) {
		cairo_set_source_rgb(cr, bars[i].r, bars[i].g, bars[i].b);
		cairo_rectangle(cr, x, 12, 12, 12);
		cairo_fill(cr);
		text(cr, x + 16, 22, bars[i].label);
		x += 185;
	}
}

static void draw_row(cairo_t *cr, const struct bench_row *row, double y)
{
	g_autofree char *size = g_strdup_printf("%d × %d %s", row->width_px,
						row->height_px, row->format);

	text(cr, 10, y + 24, row->id);
	text(cr, 10, y + 40, size);
	for (int i = 0; i < BARS; i++) {
		double us = bar_us(row, i);
		g_autofree char *label = g_strdup_printf("%.0f µs", us);
		double top = y + i * (BAR + 4);

		if (us <= 0)
			continue;
		cairo_set_source_rgb(cr, bars[i].r, bars[i].g, bars[i].b);
		cairo_rectangle(cr, LEFT, top, MAX(axis_x(us) - LEFT, 1), BAR);
		cairo_fill(cr);
		text(cr, axis_x(us) + 4, top + BAR - 3, label);
	}
}

gboolean bench_plot(const GPtrArray *rows, const char *path, GError **error)
{
	double height = TOP + 10 + rows->len * (double)GROUP;
	g_autoptr(cairo_surface_t) surface =
		cairo_svg_surface_create(path, WIDTH, height);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
			       CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, 12);
	cairo_set_line_width(cr, 1);
	draw_axis(cr, height);
	draw_legend(cr);
	for (guint i = 0; i < rows->len; i++)
		draw_row(cr, g_ptr_array_index(rows, i),
			 TOP + 10 + i * (double)GROUP);
	cairo_surface_finish(surface);
	if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
		    "cannot write '%s'", path);
	return FALSE;
}
