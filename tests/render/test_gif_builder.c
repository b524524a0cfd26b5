#include "config.h"

#include "render/gif_builder.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/gif.h"
#include "render/gif_section.h"
#include "tests/render/gif_check.h"

#define SIDE 64

static guint32 *row_of(cairo_surface_t *surface, int y)
{
	return (guint32 *)(void *)(cairo_image_surface_get_data(surface) +
				   y * cairo_image_surface_get_stride(surface));
}

/* What a pixel of a test picture is, premultiplied. */
typedef guint32 (*painter_fn)(int x, int y, guint frame);

static cairo_surface_t *paint(painter_fn painter, cairo_format_t format,
			      guint frame)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, SIDE, SIDE);

	cairo_surface_flush(surface);
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			row_of(surface, y)[x] = painter(x, y, frame);
	cairo_surface_mark_dirty(surface);
	return surface;
}

static struct gif_check *build(painter_fn painter, cairo_format_t format,
			       guint n_frames, int quality)
{
	g_autoptr(gif_builder_auto) builder =
		gif_builder_new(SIDE, SIDE, 3, quality);
	g_autoptr(GBytes) section = NULL;
	const guint8 *data;
	gsize size;

	for (guint i = 0; i < n_frames; i++) {
		g_autoptr(cairo_surface_t) frame = paint(painter, format, i);

		gif_builder_add(builder, frame, 70);
	}
	section = gif_builder_end(builder);
	data = g_bytes_get_data(section, &size);
	g_assert_true(gif_section_check(data, size, SIDE, SIDE, NULL));
	return gif_check_new(data + gif_head(data)->stream,
			     gif_head(data)->stream_size);
}

/* The largest difference in a channel between the frame and what was painted;
 * transparent and not are 255 apart. */
static guint worst(const struct gif_check *check, painter_fn painter,
		   guint frame)
{
	guint most = 0;

	for (int i = 0; i < SIDE * SIDE; i++) {
		guint32 a = gif_check_frame(check, frame)->shown[i];
		guint32 b = painter(i % SIDE, i / SIDE, frame);

		for (guint shift = 0; shift < 32; shift += 8) {
			gint d = (gint)(a >> shift & 0xff) -
				 (gint)(b >> shift & 0xff);

			most = MAX(most, (guint)ABS(d));
		}
	}
	return most;
}

static guint n_colors(const struct gif_check *check, guint frame)
{
	gboolean is_used[256] = {FALSE};
	guint n = 0;

	for (int i = 0; i < SIDE * SIDE; i++)
		is_used[gif_check_frame(check, frame)->indices[i]] = TRUE;
	for (guint i = 0; i < 256; i++)
		n += is_used[i];
	return n;
}

static guint32 few(int x, int y, guint frame)
{
	return 0xff000000 | (guint32)(x / 8 * 30) << 16 |
	       (guint32)(y / 8 * 25) | frame << 12;
}

static guint32 smooth(int x, int y, guint frame)
{
	return 0xff000000 | (guint32)(x * 4) << 16 | (guint32)(y * 4) << 8 |
	       (guint32)((x + y) * 2) | (frame & 0);
}

static guint32 hole(int x, int y, guint frame)
{
	gboolean is_in = (x - 20 - (int)frame) * (x - 20 - (int)frame) +
				 (y - 30) * (y - 30) <
			 200;

	return is_in ? 0xff2060a0 : 0;
}

static guint32 corner(int x, int y, guint frame)
{
	return x >= 8 && x < 12 && y >= 8 && y < 12 ? 0xff000000 + frame * 40
						    : smooth(x, y, 0);
}

static void few_colors_are_exact(void)
{
	g_autoptr(gif_check_auto) check =
		build(few, CAIRO_FORMAT_RGB24, 3, 100);

	g_assert_cmpint(check->loop_count, ==, 3);
	for (guint i = 0; i < 3; i++) {
		g_assert_cmpuint(worst(check, few, i), ==, 0);
		g_assert_cmpuint(gif_check_frame(check, i)->delay_cs, ==, 7);
	}
}

static void many_colors_are_near(void)
{
	g_autoptr(gif_check_auto) check =
		build(smooth, CAIRO_FORMAT_RGB24, 1, 100);

	g_assert_cmpuint(worst(check, smooth, 0), <=, 20);
	g_assert_cmpuint(n_colors(check, 0), >, 200);
	g_assert_cmpuint(n_colors(check, 0), <=, 240);
}

static void quality_is_colors(void)
{
	g_autoptr(gif_check_auto) low = build(smooth, CAIRO_FORMAT_RGB24, 1, 1);
	g_autoptr(gif_check_auto) middle =
		build(smooth, CAIRO_FORMAT_RGB24, 1, 50);

	g_assert_cmpuint(n_colors(low, 0), >=, 10);
	g_assert_cmpuint(n_colors(low, 0), <=, 18);
	g_assert_cmpuint(n_colors(middle, 0), >, 100);
	g_assert_cmpuint(n_colors(middle, 0), <=, 128);
}

/* Holes that open again: each frame whole, and cleared. */
static void transparency_moves(void)
{
	g_autoptr(gif_check_auto) check =
		build(hole, CAIRO_FORMAT_ARGB32, 3, 100);

	for (guint i = 0; i < 3; i++) {
		g_assert_cmpuint(worst(check, hole, i), ==, 0);
		g_assert_cmpuint(gif_check_frame(check, i)->disposal, ==, 2);
	}
}

static void half_transparent_is_one_or_the_other(void)
{
	g_autoptr(cairo_surface_t) surface =
		cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 16, 1);
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(gif_check_auto) check = NULL;
	g_autofree guint8 *bytes = NULL;
	gsize size;

	cairo_surface_flush(surface);
	row_of(surface, 0)[0] = 0x7f7f0000;
	row_of(surface, 0)[1] = 0x80800000;
	row_of(surface, 0)[2] = 0xff00ff00;
	cairo_surface_mark_dirty(surface);
	gif_encode(surface, 100, chain);
	bytes = chain_flatten(chain, &size);
	check = gif_check_new(bytes, size);
	g_assert_cmpint(check->loop_count, ==, -1);
	g_assert_cmphex(gif_check_frame(check, 0)->shown[0], ==, 0);
	g_assert_cmphex(gif_check_frame(check, 0)->shown[1], ==, 0xffff0000);
	g_assert_cmphex(gif_check_frame(check, 0)->shown[2], ==, 0xff00ff00);
}

static void only_changes_are_drawn(void)
{
	g_autoptr(gif_check_auto) check =
		build(corner, CAIRO_FORMAT_RGB24, 4, 100);

	for (guint i = 1; i < 4; i++) {
		g_assert_cmpuint(gif_check_frame(check, i)->y, ==, 8);
		g_assert_cmpuint(gif_check_frame(check, i)->height, ==, 4);
	}
}

/* Frames that are the same are there for their time. */
static void nothing_new_is_a_frame(void)
{
	g_autoptr(gif_check_auto) check =
		build(smooth, CAIRO_FORMAT_RGB24, 3, 100);

	g_assert_cmpuint(check->frames->len, ==, 3);
	g_assert_cmpuint(gif_check_frame(check, 2)->height, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gif-builder/few", few_colors_are_exact);
	g_test_add_func("/gif-builder/many", many_colors_are_near);
	g_test_add_func("/gif-builder/quality", quality_is_colors);
	g_test_add_func("/gif-builder/transparency", transparency_moves);
	g_test_add_func("/gif-builder/half",
			half_transparent_is_one_or_the_other);
	g_test_add_func("/gif-builder/changes", only_changes_are_drawn);
	g_test_add_func("/gif-builder/same", nothing_new_is_a_frame);
	return g_test_run();
}
