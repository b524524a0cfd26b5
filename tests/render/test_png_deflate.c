#include "config.h"

#include "render/png_deflate.h"

#include <string.h>

#include <zlib.h>

enum kind { ZEROS, NOISE, TEXT, RAMP };

static guint8 *make_data(enum kind kind, gsize size)
{
	static const char words[] = "the quick brown fox and the lazy dog, ";
	guint8 *data = g_malloc(size);

	for (gsize i = 0; i < size; i++) {
		switch (kind) {
		case ZEROS:
			data[i] = 0;
			break;
		case NOISE:
			data[i] = g_test_rand_int_range(0, 256);
			break;
		case TEXT:
			data[i] = words[i % (sizeof(words) - 1)];
			break;
		case RAMP:
			data[i] = i / 7;
			break;
		}
	}
	return data;
}

static void inflate_all(const guint8 *in, gsize n_in, const guint8 *expected,
			gsize size)
{
	g_autofree guint8 *out = g_malloc(size + 1);
	z_stream stream = {0};

	g_assert_cmpint(inflateInit2(&stream, -MAX_WBITS), ==, Z_OK);
	stream.next_in = (guint8 *)in;
	stream.avail_in = n_in;
	stream.next_out = out;
	stream.avail_out = size + 1;
	g_assert_cmpint(inflate(&stream, Z_FINISH), ==, Z_STREAM_END);
	g_assert_cmpuint(stream.avail_in, ==, 0);
	g_assert_cmpmem(out, stream.total_out, expected, size);
	(void)inflateEnd(&stream);
}

static struct png_deflate *new_by_level(int level)
{
	return level ? png_deflate_new_small(level) : png_deflate_new_fast();
}

/* Pieces of both makers, in any order, are one stream. */
static void pieces_make_a_stream(void)
{
	static const gsize sizes[] = {1,     2,	    3,	   100,	  5000,
				      65535, 65536, 65537, 300000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		for (int kind = ZEROS; kind <= RAMP; kind++) {
			const gsize size = sizes[i];
			g_autoptr(png_deflate_auto) fast = new_by_level(0);
			g_autoptr(png_deflate_auto) small = new_by_level(9);
			g_autofree guint8 *data = make_data(kind, 3 * size);
			g_autofree guint8 *out =
				g_malloc(3 * png_deflate_bound(size));
			gsize n;

			n = png_deflate_piece(fast, data, size, FALSE, out);
			n += png_deflate_piece(small, data + size, size, FALSE,
					       out + n);
			n += png_deflate_piece(i % 2 ? fast : small,
					       data + 2 * size, size, TRUE,
					       out + n);
			inflate_all(out, n, data, 3 * size);
		}
	}
}

/* What a piece looks like does not depend on what was compressed before. */
static void pieces_carry_nothing_over(void)
{
	const gsize size = 50000;
	g_autofree guint8 *text = make_data(TEXT, size);
	g_autofree guint8 *noise = make_data(NOISE, size);
	g_autofree guint8 *first = g_malloc(png_deflate_bound(size));
	g_autofree guint8 *second = g_malloc(png_deflate_bound(size));
	g_autofree guint8 *other = g_malloc(png_deflate_bound(size));

	for (int level = 0; level <= 6; level += 6) {
		g_autoptr(png_deflate_auto) deflate = new_by_level(level);
		gsize n = png_deflate_piece(deflate, text, size, FALSE, first);

		(void)png_deflate_piece(deflate, noise, size, TRUE, other);
		(void)png_deflate_piece(deflate, text + 1, size - 1, FALSE,
					other);
		g_assert_cmpuint(
			png_deflate_piece(deflate, text, size, FALSE, second),
			==, n);
		g_assert_cmpmem(first, n, second, n);
	}
}

static void small_is_smaller(void)
{
	const gsize size = 100000;
	g_autoptr(png_deflate_auto) fast = png_deflate_new_fast();
	g_autoptr(png_deflate_auto) small = png_deflate_new_small(9);
	g_autofree guint8 *out = g_malloc(png_deflate_bound(size));
	g_autofree guint8 *text = make_data(RAMP, size);

	g_assert_cmpuint(png_deflate_piece(small, text, size, TRUE, out), <=,
			 png_deflate_piece(fast, text, size, TRUE, out));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/png-deflate/stream", pieces_make_a_stream);
	g_test_add_func("/png-deflate/independent", pieces_carry_nothing_over);
	g_test_add_func("/png-deflate/small", small_is_smaller);
	return g_test_run();
}
