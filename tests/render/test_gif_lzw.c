#include "config.h"

#include "render/gif_lzw.h"

#include <string.h>

#include "tests/render/gif_check.h"

#define MAX_PIXELS 100000

enum kind { FLAT, NOISE, RUNS, STEPS, N_KINDS };

static void fill(guint8 *pixels, gsize n, enum kind kind, guint n_colors)
{
	guint8 last = 0;

	for (gsize i = 0; i < n; i++) {
		if (kind == NOISE ||
		    (kind == RUNS && g_test_rand_int_range(0, 20) == 0))
			last = (guint8)g_test_rand_int_range(0, (int)n_colors);
		if (kind == STEPS)
			last = (guint8)(i / 7 % n_colors);
		pixels[i] = last;
	}
}

/* Encodes pixels cut into bands, checks that each ends on a whole byte and
 * sub-block, and decodes the whole. */
static void check_bands(const guint8 *pixels, const gsize *sizes, guint n_bands,
			guint min_bits)
{
	g_autoptr(gif_lzw_auto) lzw = gif_lzw_new();
	g_autoptr(GByteArray) codes = g_byte_array_new();
	g_autofree guint8 *decoded = g_malloc(MAX_PIXELS);
	gsize done = 0;

	for (guint i = 0; i < n_bands; i++) {
		struct gif_lzw_band band = {.pixels = pixels + done,
					    .n_pixels = sizes[i],
					    .min_bits = min_bits,
					    .is_first = i == 0,
					    .is_last = i + 1 == n_bands};
		gsize bound = gif_lzw_bound(sizes[i]);
		g_autofree guint8 *out = g_malloc(bound);
		gsize size = gif_lzw_encode(lzw, &band, out);

		g_assert_cmpuint(size, <=, bound);
		g_byte_array_append(codes, out, (guint)size);
		done += sizes[i];
	}
	g_assert_true(gif_check_codes(codes->data, codes->data + codes->len,
				      min_bits, decoded,
				      done) == codes->data + codes->len);
	g_assert_cmpmem(decoded, done, pixels, done);
}

static void one_band_decodes(void)
{
	static const gsize sizes[] = {1,   2,	 3,    7,     8,     9,
				      254, 4096, 9000, 40000, 100000};
	g_autofree guint8 *pixels = g_malloc(MAX_PIXELS);

	for (guint bits = 4; bits <= 8; bits += 2)
		for (guint kind = 0; kind < N_KINDS; kind++)
			for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
				fill(pixels, sizes[i], kind, 1u << bits);
				check_bands(pixels, &sizes[i], 1, bits);
			}
}

static void many_bands_decode(void)
{
	g_autofree guint8 *pixels = g_malloc(MAX_PIXELS);
	gsize sizes[40];

	for (guint round = 0; round < 200; round++) {
		guint n = (guint)g_test_rand_int_range(2, 40);
		guint bits = 4 + 2 * (guint)g_test_rand_int_range(0, 3);

		for (guint i = 0; i < n; i++)
			sizes[i] = GIF_LZW_MIN_PIXELS +
				   (gsize)g_test_rand_int_range(0, 2400);
		sizes[n - 1] = 1 + (gsize)g_test_rand_int_range(0, 2400);
		fill(pixels, MAX_PIXELS, round % N_KINDS, 1u << bits);
		check_bands(pixels, sizes, n, bits);
	}
}

/* A band's bytes depend on nothing but its pixels. */
static void a_band_stands_alone(void)
{
	g_autofree guint8 *pixels = g_malloc(5000);
	g_autofree guint8 *one = g_malloc(gif_lzw_bound(5000));
	g_autofree guint8 *two = g_malloc(gif_lzw_bound(5000));
	g_autoptr(gif_lzw_auto) used = gif_lzw_new();
	g_autoptr(gif_lzw_auto) fresh = gif_lzw_new();
	struct gif_lzw_band band = {
		.pixels = pixels, .n_pixels = 5000, .min_bits = 8};
	gsize size;

	fill(pixels, 5000, NOISE, 256);
	(void)gif_lzw_encode(used, &band, one);
	fill(pixels, 5000, RUNS, 256);
	size = gif_lzw_encode(used, &band, one);
	g_assert_cmpuint(gif_lzw_encode(fresh, &band, two), ==, size);
	g_assert_cmpmem(one, size, two, size);
}

/* A flat area takes about the square root of twice its pixels in codes. */
static void flat_is_small(void)
{
	g_autofree guint8 *pixels = g_malloc0(20000);
	g_autofree guint8 *out = g_malloc(gif_lzw_bound(20000));
	g_autoptr(gif_lzw_auto) lzw = gif_lzw_new();
	struct gif_lzw_band band = {.pixels = pixels,
				    .n_pixels = 20000,
				    .min_bits = 8,
				    .is_first = TRUE,
				    .is_last = TRUE};

	g_assert_cmpuint(gif_lzw_encode(lzw, &band, out), <, 250);
	gif_lzw_free(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gif-lzw/one-band", one_band_decodes);
	g_test_add_func("/gif-lzw/many-bands", many_bands_decode);
	g_test_add_func("/gif-lzw/alone", a_band_stands_alone);
	g_test_add_func("/gif-lzw/flat", flat_is_small);
	return g_test_run();
}
