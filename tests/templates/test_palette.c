#include "config.h"

#include "templates/palette.h"

#include <string.h>

/* Up to 4096 distinct pixels: red up while blue goes down, green slowly up. */
static guint8 *ramp(guint count)
{
	guint8 *pixels = g_malloc0(4 * count);

	for (guint i = 0; i < count; i++) {
		pixels[4 * i] = i & 0xff;
		pixels[4 * i + 1] = i >> 4;
		pixels[4 * i + 2] = 255 - (i & 0xff);
		pixels[4 * i + 3] = i; /* alpha counts for nothing */
	}
	return pixels;
}

static guint distance(const guint8 *a, const guint8 *b)
{
	guint sum = 0;

	for (guint c = 0; c < 3; c++)
		sum += (a[c] - b[c]) * (a[c] - b[c]);
	return sum;
}

static void test_exact(void)
{
	static const guint counts[] = {1, 2, 3, 255, 256};

	for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
		g_autofree guint8 *pixels = ramp(counts[i]);
		g_autofree guint8 *indices = g_malloc(counts[i]);
		struct palette palette;

		palette_choose(pixels, counts[i], 256, &palette);
		g_assert_true(palette.is_exact);
		g_assert_cmpuint(palette.count, ==, counts[i]);
		palette_map(&palette, pixels, counts[i], indices);
		for (guint p = 0; p < counts[i]; p++)
			g_assert_cmpmem(palette.rgb[indices[p]], 3,
					pixels + 4 * p, 3);
	}
}

static void test_one_too_many(void)
{
	g_autofree guint8 *pixels = ramp(257);
	struct palette palette;

	palette_choose(pixels, 257, 256, &palette);
	g_assert_false(palette.is_exact);
	g_assert_cmpuint(palette.count, <=, 256);
	g_assert_cmpuint(palette.count, >, 16);
}

static void test_limit(void)
{
	static const guint limits[] = {2, 3, 16, 255};
	g_autofree guint8 *pixels = ramp(4096);

	for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
		struct palette palette;

		palette_choose(pixels, 4096, limits[i], &palette);
		g_assert_false(palette.is_exact);
		g_assert_cmpuint(palette.count, ==, limits[i]);
	}
}

static void test_ascending(void)
{
	g_autofree guint8 *pixels = ramp(4096);
	struct palette palette;

	palette_choose(pixels, 4096, 64, &palette);
	for (guint i = 1; i < palette.count; i++)
		g_assert_cmpint(memcmp(palette.rgb[i - 1], palette.rgb[i], 3),
				<, 0);
}

/* This ramp fills a plane, red against green: sixteen entries stand 64 levels
 * apart there, 64² / 12 off in each channel in the mean square. */
static void test_close(void)
{
	enum { COUNT = 4096 };
	g_autofree guint8 *pixels = ramp(COUNT);
	g_autofree guint8 *indices = g_malloc(COUNT);
	struct palette palette;
	guint64 sum = 0;

	palette_choose(pixels, COUNT, 16, &palette);
	palette_map(&palette, pixels, COUNT, indices);
	for (guint p = 0; p < COUNT; p++)
		sum += distance(palette.rgb[indices[p]], pixels + 4 * p);
	g_assert_cmpuint(sum / COUNT, <, 3 * 64 * 64 / 12 + 100);
}

static void test_nearest(void)
{
	static const guint8 pixels[] = {10,  0,	  0,   255, 200, 0,   0,
					255, 0,	  90,  0,   255, 104, 0,
					0,   255, 106, 0,   0,	 255};
	struct palette palette = {3, {{10, 0, 0}, {200, 0, 0}, {0, 90, 0}}, 0};
	guint8 indices[5];

	palette_map(&palette, pixels, 5, indices);
	g_assert_cmpmem(indices, 5, "\0\1\2\0\1", 5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/palette/exact", test_exact);
	g_test_add_func("/palette/one-too-many", test_one_too_many);
	g_test_add_func("/palette/limit", test_limit);
	g_test_add_func("/palette/ascending", test_ascending);
	g_test_add_func("/palette/close", test_close);
	g_test_add_func("/palette/nearest", test_nearest);
	return g_test_run();
}
