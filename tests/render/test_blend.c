#include "config.h"

#include "render/blend.h"

#include <cairo.h>
#include <string.h>

#include "render/autoptr.h"

enum { N_ROWS = 16, STRIDE = BLEND_COLUMNS * 4, ROUNDS = 4000 };

/* A picture's pixels and the masks of both layers. */
struct sample {
	guint8 pixels[N_ROWS * STRIDE];
	guint8 masks[BLEND_LAYERS][N_ROWS * BLEND_COLUMNS];
	struct blend_layer layers[BLEND_LAYERS];
};

/* Mostly nothing or all, as in letters, in rows of eight too. */
static guint8 random_coverage(int kind)
{
	switch (g_test_rand_int_range(0, kind + 1)) {
	case 0:
		return kind % 2 ? 255 : 0;
	case 1:
		return kind % 2 ? 0 : 255;
	default:
		return (guint8)g_test_rand_int();
	}
}

/* Often of zeros and all ones alone, which is easier to lay over. */
static guint32 random_color(void)
{
	guint32 color = (guint32)g_test_rand_int();

	if (g_test_rand_int_range(0, 4))
		color = (color & 0x010101) * 255;
	return 0xff000000 | color;
}

static void random_masks(struct sample *sample)
{
	for (guint i = 0; i < BLEND_LAYERS; i++) {
		for (gsize at = 0; at < sizeof(sample->masks[i]); at += 8) {
			int kind = g_test_rand_int_range(0, 5);

			for (gsize j = 0; j < 8; j++)
				sample->masks[i][at + j] =
					random_coverage(kind);
		}
		sample->layers[i] = (struct blend_layer){
			sample->masks[i], BLEND_COLUMNS, random_color()};
	}
}

/* Premultiplied: no part is more than its pixel's alpha. */
static void random_pixels(struct sample *sample, gboolean has_alpha)
{
	for (gsize at = 0; at < sizeof(sample->pixels); at += 4) {
		int alpha = has_alpha ? g_test_rand_int_range(0, 256) : 255;

		for (gsize i = 0; i < 3; i++)
			sample->pixels[at + i] =
				(guint8)g_test_rand_int_range(0, alpha + 1);
		sample->pixels[at + 3] = (guint8)alpha;
	}
}

/* The same by Cairo. */
static void mask_by_cairo(struct sample *sample)
{
	g_autoptr(cairo_surface_t) target = cairo_image_surface_create_for_data(
		sample->pixels, CAIRO_FORMAT_ARGB32, BLEND_COLUMNS, N_ROWS,
		STRIDE);
	g_autoptr(cairo_t) cr = cairo_create(target);

	for (guint i = 0; i < BLEND_LAYERS; i++) {
		g_autoptr(cairo_surface_t) mask =
			cairo_image_surface_create_for_data(
				sample->masks[i], CAIRO_FORMAT_A8,
				BLEND_COLUMNS, N_ROWS, BLEND_COLUMNS);
		guint32 color = sample->layers[i].color;

		cairo_set_source_rgb(cr, (color >> 16 & 255) / 255.0,
				     (color >> 8 & 255) / 255.0,
				     (color & 255) / 255.0);
		cairo_mask_surface(cr, mask, 0, 0);
		/* Cairo may else look at the mask after it is gone. */
		cairo_set_source_rgb(cr, 0, 0, 0);
	}
	cairo_surface_flush(target);
}

static void blending_is_what_cairo_does(gconstpointer data)
{
	const struct blend_kernels *kernels = data;

	for (int i = 0; i < ROUNDS; i++) {
		struct sample ours, cairo_s;

		random_masks(&ours);
		random_pixels(&ours, i % 2);
		cairo_s = ours;
		kernels->blend(ours.pixels, STRIDE, ours.layers, N_ROWS);
		mask_by_cairo(&cairo_s);
		g_assert_cmpmem(ours.pixels, sizeof(ours.pixels),
				cairo_s.pixels, sizeof(cairo_s.pixels));
	}
}

/* Each amount of coverage of each amount of colour over each. */
static void every_byte_is_rounded_as_by_cairo(gconstpointer data)
{
	const struct blend_kernels *kernels = data;

	for (guint all = 0; all < 256 * 256; all++) {
		struct sample ours = {0}, cairo_s;
		guint color = all >> 8;

		for (gsize i = 0; i < N_ROWS * BLEND_COLUMNS; i++) {
			ours.masks[0][i] = (guint8)i;
			memset(ours.pixels + 4 * i, (int)(all & 255), 3);
			ours.pixels[4 * i + 3] = 255;
		}
		ours.layers[0] = (struct blend_layer){
			ours.masks[0], BLEND_COLUMNS,
			0xff000000 | color << 16 | color << 8 | color};
		ours.layers[1] =
			(struct blend_layer){ours.masks[1], BLEND_COLUMNS, 0};
		cairo_s = ours;
		kernels->blend(ours.pixels, STRIDE, ours.layers, N_ROWS);
		mask_by_cairo(&cairo_s);
		g_assert_cmpmem(ours.pixels, sizeof(ours.pixels),
				cairo_s.pixels, sizeof(cairo_s.pixels));
	}
}

/* A single byte of coverage is seen wherever it is, and none after the rows. */
static void emptiness_is_of_all_rows(gconstpointer data)
{
	const struct blend_kernels *kernels = data;

	for (guint i = 0; i < BLEND_LAYERS; i++) {
		for (gsize at = 0; at < N_ROWS * BLEND_COLUMNS; at++) {
			struct sample sample = {0};

			for (guint j = 0; j < BLEND_LAYERS; j++)
				sample.layers[j] = (struct blend_layer){
					sample.masks[j], BLEND_COLUMNS, 0};
			g_assert_true(kernels->is_empty(sample.layers, N_ROWS));
			sample.masks[i][at] = 1;
			g_assert_false(
				kernels->is_empty(sample.layers, N_ROWS));
			g_assert_cmpint(
				kernels->is_empty(sample.layers, N_ROWS - 1),
				==, at / BLEND_COLUMNS == N_ROWS - 1);
		}
	}
}

static void nothing_covered_changes_nothing(gconstpointer data)
{
	const struct blend_kernels *kernels = data;
	struct sample sample = {0}, before;

	for (guint i = 0; i < BLEND_LAYERS; i++)
		sample.layers[i] = (struct blend_layer){
			sample.masks[i], BLEND_COLUMNS, 0xffffffff};
	random_pixels(&sample, TRUE);
	before = sample;
	kernels->blend(sample.pixels, STRIDE, sample.layers, N_ROWS);
	g_assert_cmpmem(sample.pixels, sizeof(sample.pixels), before.pixels,
			sizeof(before.pixels));
}

static void add_tests(const char *name, const struct blend_kernels *kernels)
{
	static const struct {
		const char *name;
		GTestDataFunc run;
	} tests[] = {
		{"cairo", blending_is_what_cairo_does},
		{"bytes", every_byte_is_rounded_as_by_cairo},
		{"empty", emptiness_is_of_all_rows},
		{"nothing", nothing_covered_changes_nothing},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/blend/%s/%s", name, tests[i].name);

		g_test_add_data_func(path, kernels, tests[i].run);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_tests("plain", blend_kernels_plain());
	add_tests("best", blend_kernels_best());
	return g_test_run();
}
