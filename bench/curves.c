/* Cost curves: templates that differ in one thing alone, with the same texts. */
#include "config.h"

#include "bench/bench.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdio.h>

#include "bench/samples.h"
#include "render/autoptr.h"

enum { TEXT_PX = 40, ANIMATION_PX = 400, POINTS_MOST = 8 };

struct curve {
	const char *name; /* the file's */
	const char *title, *axis;
	gboolean (*write)(const char *dir, const char *id, int value,
			  GError **error);
	int values[POINTS_MOST]; /* 0 ends them */
};

static gboolean write_size(const char *dir, const char *id, int value,
			   GError **error)
{
	return sample_jpeg(dir, id, value, error);
}

static gboolean write_frames(const char *dir, const char *id, int value,
			     GError **error)
{
	return sample_gif(dir, id, ANIMATION_PX, value, error);
}

static const struct curve curves[] = {
	{"size",
	 "JPEG, the same text on larger pictures",
	 "side in pixels",
	 write_size,
	 {300, 600, 900, 1200, 1800, 2400}},
	{"frames",
	 "GIF of 400 × 400, the same text on more frames",
	 "frames",
	 write_frames,
	 {1, 2, 4, 8, 16, 32, 64}},
};

enum { WIDTH = 640, HEIGHT = 420, LEFT = 70, RIGHT = 30, TOP = 70, LOW = 50 };

static const struct {
	const char *label;
	gsize offset; /* of the figure in a row */
	double r, g, b;
} lines[] = {
	{"a caption", G_STRUCT_OFFSET(struct bench_row, request_us), 0.13, 0.42,
	 0.70},
	{"all encoded anew", G_STRUCT_OFFSET(struct bench_row, anew_us), 0.85,
	 0.45, 0.20},
	{"a ready file", G_STRUCT_OFFSET(struct bench_row, ready_us), 0.55,
	 0.71, 0.86},
};

/* Both axes are logarithmic, so that a slope of 1 is "as many times more". */
struct axes {
	double x_least, x_most, y_least, y_most;
};

static double figure(const struct bench_row *row, gsize line)
{
	return G_STRUCT_MEMBER(double, row, lines[line].offset);
}

static double part(double value, double least, double most)
{
	return log(value / least) / log(most / least);
}

static double place_x(const struct axes *axes, double value)
{
	return LEFT + part(value, axes->x_least, axes->x_most) *
			      (WIDTH - LEFT - RIGHT);
}

static double place_y(const struct axes *axes, double value)
{
	return HEIGHT - LOW -
	       part(value, axes->y_least, axes->y_most) * (HEIGHT - LOW - TOP);
}

static struct axes find_axes(const struct curve *curve, const GPtrArray *rows)
{
	struct axes axes = {curve->values[0], curve->values[rows->len - 1], 1e9,
			    1};

	for (guint i = 0; i < rows->len; i++)
		for (gsize line = 0; line < G_N_ELEMENTS(lines); line++) {
			double us = figure(g_ptr_array_index(rows, i), line);

			axes.y_least = MIN(axes.y_least, MAX(us, 1));
			axes.y_most = MAX(axes.y_most, us);
		}
	axes.y_least = pow(10, floor(log10(axes.y_least)));
	axes.y_most = pow(10, ceil(log10(axes.y_most)));
	return axes;
}

static void text(cairo_t *cr, double x, double y, const char *string)
{
	cairo_set_source_rgb(cr, 0.15, 0.15, 0.15);
	cairo_move_to(cr, x, y);
	cairo_show_text(cr, string);
}

static void draw_axes(cairo_t *cr, const struct curve *curve,
		      const struct axes *axes, guint n)
{
	for (double us = axes->y_least; us <= axes->y_most * 1.01; us *= 10) {
		g_autofree char *label =
			us < 1000 ? g_strdup_printf("%.0f µs", us)
				  : g_strdup_printf("%.0f ms", us / 1000);
		double y = place_y(axes, us);

		cairo_set_source_rgb(cr, 0.85, 0.85, 0.85);
		cairo_move_to(cr, LEFT, y);
		cairo_line_to(cr, WIDTH - RIGHT, y);
		cairo_stroke(cr);
		text(cr, 8, y + 4, label);
	}
	for (guint i = 0; i < n; i++) {
		g_autofree char *label =
			g_strdup_printf("%d", curve->values[i]);

		text(cr, place_x(axes, curve->values[i]) - 10,
		     HEIGHT - LOW + 18, label);
	}
	text(cr, LEFT, HEIGHT - 10, curve->axis);
	text(cr, LEFT, 24, curve->title);
}

static void draw_line(cairo_t *cr, const struct curve *curve,
		      const struct axes *axes, const GPtrArray *rows,
		      gsize line)
{
	double left = LEFT + 160.0 * (double)line;

	cairo_set_source_rgb(cr, lines[line].r, lines[line].g, lines[line].b);
	cairo_new_path(cr);
	for (guint i = 0; i < rows->len; i++) {
		double us = figure(g_ptr_array_index(rows, i), line);

		if (us > 0)
			cairo_line_to(cr, place_x(axes, curve->values[i]),
				      place_y(axes, us));
	}
	cairo_stroke(cr);
	cairo_rectangle(cr, left, 38, 12, 12);
	cairo_fill(cr);
	text(cr, left + 18, 48, lines[line].label);
}

static gboolean draw(const struct curve *curve, const GPtrArray *rows,
		     const char *output, GError **error)
{
	g_autofree char *name = g_strdup_printf("bench-by-%s.svg", curve->name);
	g_autofree char *path = g_build_filename(output, name, NULL);
	struct axes axes = find_axes(curve, rows);
	g_autoptr(cairo_surface_t) surface =
		cairo_svg_surface_create(path, WIDTH, HEIGHT);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
			       CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, 12);
	draw_axes(cr, curve, &axes, rows->len);
	cairo_set_line_width(cr, 2);
	for (gsize line = 0; line < G_N_ELEMENTS(lines); line++)
		draw_line(cr, curve, &axes, rows, line);
	cairo_surface_finish(surface);
	if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
		printf("\nplot: %s\n", path);
		return TRUE;
	}
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
		    "cannot write '%s'", path);
	return FALSE;
}

/* Ids sort as the values do. */
static gboolean write_samples(const struct curve *curve, const char *dir,
			      GError **error)
{
	for (int i = 0; i < POINTS_MOST && curve->values[i]; i++) {
		g_autofree char *id = g_strdup_printf("%s-%04d", curve->name,
						      curve->values[i]);

		if (!curve->write(dir, id, curve->values[i], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean bench_curve(struct bench_place *place,
			    const struct curve *curve, const char *output,
			    GError **error)
{
	g_autofree char *dir = g_dir_make_tmp("captiond-curve-XXXXXX", error);
	g_autoptr(GPtrArray) rows = NULL;

	if (!dir)
		return FALSE;
	if (write_samples(curve, dir, error))
		rows = bench_folder(place, dir, error);
	bench_remove(dir);
	if (!rows)
		return FALSE;
	printf("\n%s\n", curve->title);
	bench_print(rows);
	return draw(curve, rows, output, error);
}

gboolean bench_curves(struct bench_place *place, const char *output,
		      GError **error)
{
	gboolean is_done = TRUE;

	place->text_px = TEXT_PX;
	for (gsize i = 0; is_done && i < G_N_ELEMENTS(curves); i++)
		is_done = bench_curve(place, &curves[i], output, error);
	place->text_px = 0;
	return is_done;
}
