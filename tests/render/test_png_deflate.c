#include "config.h"

#include "render/png_deflate.h"

#include <string.h>

#include <zlib.h>

enum kind { ZEROS, NOISE, GRAIN, TEXT, RAMP };
enum { KINDS = PNG_DEFLATE_LIBPNG + 1 };

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
		case GRAIN:
			data[i] = g_test_rand_int_range(0, 4);
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

/* Pieces of any two kinds, side by side, are one stream. */
static void pieces_make_a_stream(void)
{
	static const gsize sizes[] = {1,     2,	    3,	   100,	  5000,
				      65535, 65536, 65537, 300000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		for (int k = 0; k <= RAMP * KINDS; k++) {
			const gsize size = sizes[i];
			const enum kind kind = k % (RAMP + 1);
			g_autoptr(png_deflate_auto) first =
				png_deflate_new(k % KINDS);
			g_autoptr(png_deflate_auto) second =
				png_deflate_new((i + k / 2) % KINDS);
			g_autofree guint8 *data = make_data(kind, 3 * size);
			g_autofree guint8 *out =
				g_malloc(3 * png_deflate_bound(size));
			gsize n;

			n = png_deflate_piece(first, data, size, FALSE, out);
			n += png_deflate_piece(second, data + size, size, FALSE,
					       out + n);
			n += png_deflate_piece(first, data + 2 * size, size,
					       TRUE, out + n);
			inflate_all(out, n, data, 3 * size);
		}
	}
}

/* What a piece looks like does not depend on what was compressed before, nor on
 * what the memory held. */
static void pieces_carry_nothing_over(void)
{
	const gsize size = 50000;
	g_autofree guint8 *text = make_data(TEXT, size);
	g_autofree guint8 *noise = make_data(NOISE, size);
	g_autofree guint8 *first = g_malloc(png_deflate_bound(size));
	g_autofree guint8 *second = g_malloc(png_deflate_bound(size));
	g_autofree guint8 *other = g_malloc(png_deflate_bound(size));

	for (int kind = 0; kind < KINDS; kind++) {
		g_autoptr(png_deflate_auto) deflate = png_deflate_new(kind);
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

static gsize size_of(enum png_deflate_kind kind, const guint8 *data, gsize size)
{
	g_autoptr(png_deflate_auto) deflate = png_deflate_new(kind);
	g_autofree guint8 *out = g_malloc(png_deflate_bound(size));

	return png_deflate_piece(deflate, data, size, TRUE, out);
}

/* Each kind is the better one at what it is for. */
static void kinds_keep_their_promise(void)
{
	const gsize size = 100000;
	g_autofree guint8 *text = make_data(TEXT, size);
	g_autofree guint8 *grain = make_data(GRAIN, size);

	g_assert_cmpuint(size_of(PNG_DEFLATE_NEAR, grain, size), <,
			 size_of(PNG_DEFLATE_FAST, grain, size));
	g_assert_cmpuint(size_of(PNG_DEFLATE_FAST, text, size), <,
			 size_of(PNG_DEFLATE_NEAR, text, size));
	g_assert_cmpuint(size_of(PNG_DEFLATE_SMALLEST_NOISE, grain, size), <,
			 size_of(PNG_DEFLATE_DRAWING, grain, size));
	g_assert_cmpuint(size_of(PNG_DEFLATE_SMALLEST_DRAWING, grain, size), <=,
			 size_of(PNG_DEFLATE_DRAWING, grain, size));
}

/* Where it lies decides about the bytes: twice the same, and in a process with
 * other addresses, too. */
static void it_lies_at_one_place(void)
{
	struct png_deflate *first = png_deflate_new(PNG_DEFLATE_FAST);
	struct png_deflate *second = png_deflate_new(PNG_DEFLATE_FAST);
	g_autofree char *text = g_strdup_printf("at %p\n", (void *)first);

	g_assert_true(first != second); /* two at once are possible */
	png_deflate_free(second);
	png_deflate_free(first);
	if (g_test_subprocess()) {
		g_print("%s", text);
		return;
	}
	for (int i = 0; i < 3; i++) {
		g_test_trap_subprocess(NULL, 0, 0);
		g_test_trap_assert_passed();
		g_test_trap_assert_stdout(text);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/png-deflate/stream", pieces_make_a_stream);
	g_test_add_func("/png-deflate/independent", pieces_carry_nothing_over);
	g_test_add_func("/png-deflate/kinds", kinds_keep_their_promise);
	g_test_add_func("/png-deflate/place", it_lies_at_one_place);
	return g_test_run();
}
