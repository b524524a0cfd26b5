#include "config.h"

#include "render/resample.h"

#include <math.h>
#include <stdlib.h>

#include "render/autoptr.h"
#include "render/limits.h"

static guint32 *row_of(cairo_surface_t *surface, int y)
{
	guint8 *data = cairo_image_surface_get_data(surface);

	return (guint32 *)(void *)(data +
				   y * cairo_image_surface_get_stride(surface));
}

static void fit_keeps_the_ratio(void)
{
	static const struct {
		int w, h, to_w, to_h, want_w, want_h;
	} cases[] = {
		{548, 420, 0, 0, 548, 420},
		{548, 420, 274, 0, 274, 210},
		{548, 420, 0, 210, 274, 210},
		{548, 420, 100, 100, 100, 77},
		{420, 548, 100, 100, 77, 100},
		{548, 420, 1096, 900, 1096, 840},
		{1000, 1, 100, 0, 100, 1},
		{1, 1000, 100, 100, 1, 100},
		{16384, 1, 1, 1, 1, 1},
		{1, 16384, 1024, 1024, 1, 1024},
		{3, 3, 1, 1, 1, 1},
		{1270, 720, 0, 1000, 1764, 1000},
		{16, 16384, 1024, 0, 4, 4096},
		{16384, 16, 0, 1024, 4096, 4},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		int w, h;

		resample_fit(cases[i].w, cases[i].h, cases[i].to_w,
			     cases[i].to_h, &w, &h);
		g_assert_cmpint(w, ==, cases[i].want_w);
		g_assert_cmpint(h, ==, cases[i].want_h);
	}
}

/* Smooth, with a hard edge and transparent parts. */
static cairo_surface_t *make_picture(cairo_format_t format, int width,
				     int height)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, width, height);

	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			guint a = format == CAIRO_FORMAT_RGB24 ? 255
				  : (x / 9 + y / 7) % 3 == 0
					  ? 0
					  : (guint)(x * 3 + y) % 256;
			guint r = (guint)(x * 255 / width) * a / 255;
			guint g = (x + y) / 11 % 2 ? a : 0;
			guint b = (guint)(y * 255 / height) * a / 255;

			row_of(surface, y)[x] = a << 24 | r << 16 | g << 8 | b;
		}
	}
	cairo_surface_mark_dirty(surface);
	return surface;
}

static double lanczos3(double x)
{
	if (x == 0)
		return 1;
	if (fabs(x) >= 3)
		return 0;
	return 3 * sin(M_PI * x) * sin(M_PI * x / 3) / (M_PI * M_PI * x * x);
}

/* The sum of a line of samples (step apart) under the kernel for the result's
 * sample i: the textbook formula, edges repeated. */
static double sum_line(const double *line, int n, int step, int n_out, int i)
{
	double ratio = (double)n / n_out, wide = ratio > 1 ? ratio : 1;
	double centre = (i + 0.5) * ratio, sum = 0, weights = 0;

	for (int k = (int)floor(centre - 3 * wide) - 1;
	     k <= (int)ceil(centre + 3 * wide) + 1; k++) {
		double weight = lanczos3((k + 0.5 - centre) / wide);

		sum += weight * line[CLAMP(k, 0, n - 1) * step];
		weights += weight;
	}
	return sum / weights;
}

/* One channel by the reference, both passes in doubles; clamped at the end. */
static double *reference(cairo_surface_t *source, int shift, int to_w, int to_h)
{
	int w = cairo_image_surface_get_width(source);
	int h = cairo_image_surface_get_height(source);
	g_autofree double *in = g_new(double, w *h);
	g_autofree double *half = g_new(double, to_w *h);
	double *out = g_new(double, to_w *to_h);

	for (int i = 0; i < w * h; i++)
		in[i] = row_of(source, i / w)[i % w] >> shift & 255;
	for (int i = 0; i < to_w * h; i++)
		half[i] =
			CLAMP(sum_line(in + i / to_w * w, w, 1, to_w, i % to_w),
			      0, 255);
	for (int i = 0; i < to_w * to_h; i++)
		out[i] = CLAMP(
			sum_line(half + i % to_w, h, to_w, to_h, i / to_w), 0,
			255);
	return out;
}

static void compare_with_reference(cairo_format_t format, int w, int h,
				   int to_w, int to_h)
{
	g_autoptr(cairo_surface_t) source = make_picture(format, w, h);
	g_autoptr(cairo_surface_t) got = resample_surface(source, to_w, to_h);
	g_autofree double *alpha = reference(source, 24, to_w, to_h);
	double worst = 0;

	g_assert_cmpint(cairo_image_surface_get_width(got), ==, to_w);
	g_assert_cmpint(cairo_image_surface_get_height(got), ==, to_h);
	g_assert_cmpint(cairo_image_surface_get_format(got), ==, format);
	for (int shift = 0; shift < 24; shift += 8) {
		g_autofree double *want = reference(source, shift, to_w, to_h);

		for (int i = 0; i < to_w * to_h; i++) {
			guint32 p = row_of(got, i / to_w)[i % to_w];
			double limit = format == CAIRO_FORMAT_ARGB32
					       ? MIN(want[i], alpha[i])
					       : want[i];

			worst = fmax(worst, fabs((p >> shift & 255) - limit));
			worst = fmax(worst, fabs((p >> 24) - alpha[i]));
		}
	}
	g_test_message("%d × %d to %d × %d: off by %.2f", w, h, to_w, to_h,
		       worst);
	g_assert_cmpfloat(worst, <, 2.5);
}

static void equals_the_formula(void)
{
	static const int sizes[][4] = {
		{90, 60, 45, 30},  {90, 60, 31, 17},   {90, 60, 89, 61},
		{40, 30, 133, 99}, {90, 60, 1, 1},     {5, 4, 64, 64},
		{1, 1, 20, 20},	   {2000, 3, 7, 3},    {3, 2000, 3, 7},
		{90, 60, 90, 30},  {640, 200, 639, 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		compare_with_reference(CAIRO_FORMAT_RGB24, sizes[i][0],
				       sizes[i][1], sizes[i][2], sizes[i][3]);
		compare_with_reference(CAIRO_FORMAT_ARGB32, sizes[i][0],
				       sizes[i][1], sizes[i][2], sizes[i][3]);
	}
}

static void colour_stays_below_alpha(void)
{
	static const int sizes[][2] = {{45, 30}, {200, 177}, {90, 60}, {7, 5}};
	g_autoptr(cairo_surface_t) source =
		make_picture(CAIRO_FORMAT_ARGB32, 90, 60);

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		int w = sizes[i][0], h = sizes[i][1];
		g_autoptr(cairo_surface_t) got = resample_surface(source, w, h);

		for (int p = 0; p < w * h; p++) {
			guint32 value = row_of(got, p / w)[p % w];
			guint a = value >> 24;

			g_assert_cmpuint(value >> 16 & 255, <=, a);
			g_assert_cmpuint(value >> 8 & 255, <=, a);
			g_assert_cmpuint(value & 255, <=, a);
		}
	}
}

static void opaque_stays_opaque(void)
{
	g_autoptr(cairo_surface_t) source =
		make_picture(CAIRO_FORMAT_RGB24, 90, 60);
	g_autoptr(cairo_surface_t) got = resample_surface(source, 50, 33);

	for (int p = 0; p < 50 * 33; p++)
		g_assert_cmphex(row_of(got, p / 50)[p % 50] >> 24, ==, 255);
}

static void same_size_is_a_copy(void)
{
	g_autoptr(cairo_surface_t) source =
		make_picture(CAIRO_FORMAT_ARGB32, 31, 17);
	g_autoptr(cairo_surface_t) got = resample_surface(source, 31, 17);

	g_assert_true(got != source);
	for (int y = 0; y < 17; y++)
		g_assert_cmpmem(row_of(got, y), 31 * 4, row_of(source, y),
				31 * 4);
}

/* The ends of what the limits allow: the widest kernel, the longest sides. */
static void extreme_ratios(void)
{
	static const int sizes[][4] = {
		{LIMIT_TEMPLATE_SIDE_PX, 2, 1, 1},
		{2, LIMIT_TEMPLATE_SIDE_PX, 1, LIMIT_SIDE_PX},
		{1, 1, LIMIT_SIDE_PX, 1},
		{LIMIT_TEMPLATE_SIDE_PX, 1, LIMIT_SIDE_PX, 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		int w = sizes[i][0], h = sizes[i][1];
		g_autoptr(cairo_surface_t) source =
			cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
		g_autoptr(cairo_surface_t) got = NULL;

		for (int p = 0; p < w * h; p++)
			row_of(source, p / w)[p % w] = 0xff4080c0;
		cairo_surface_mark_dirty(source);
		got = resample_surface(source, sizes[i][2], sizes[i][3]);
		for (int p = 0; p < sizes[i][2] * sizes[i][3]; p++)
			g_assert_cmphex(
				row_of(got, p / sizes[i][2])[p % sizes[i][2]],
				==, 0xff4080c0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/resample/fit", fit_keeps_the_ratio);
	g_test_add_func("/resample/formula", equals_the_formula);
	g_test_add_func("/resample/clamp", colour_stays_below_alpha);
	g_test_add_func("/resample/opaque", opaque_stays_opaque);
	g_test_add_func("/resample/same", same_size_is_a_copy);
	g_test_add_func("/resample/extreme", extreme_ratios);
	return g_test_run();
}
