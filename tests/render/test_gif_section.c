#include "config.h"

#include "render/gif.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/gif_builder.h"
#include "render/gif_section.h"

static cairo_surface_t *new_surface(cairo_format_t format, int side,
				    guint32 color)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, side, side);
	guchar *pixels = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	cairo_surface_flush(surface);
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++)
			memcpy(pixels + y * stride + x * 4, &color, 4);
	cairo_surface_mark_dirty(surface);
	return surface;
}

/* Frames of 60 × 60 pixels, with these delays. */
static GBytes *new_section(const guint *delays_ms, guint n)
{
	g_autoptr(gif_builder_auto) builder = gif_builder_new(60, 60, 0, 100);

	for (guint i = 0; i < n; i++) {
		g_autoptr(cairo_surface_t) frame =
			new_surface(CAIRO_FORMAT_RGB24, 60, 0x102030 * (i + 1));

		gif_builder_add(builder, frame, delays_ms[i]);
	}
	return gif_builder_end(builder);
}

static gboolean check(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;
	gboolean is_good = gif_section_check(data, size, 60, 60, &error);

	if (!is_good)
		g_assert_error(error, GIF_PICTURE_ERROR,
			       GIF_PICTURE_ERROR_SECTION);
	else
		g_assert_no_error(error);
	return is_good;
}

static const guint delays[] = {100, 200, 100};

static void a_section_is_good(void)
{
	g_autoptr(GBytes) section = new_section(delays, 3);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);
	struct gif_info info;

	g_assert_true(check(data, size));
	g_assert_false(gif_section_check(data, size, 61, 60, NULL));
	g_assert_false(gif_section_check(data, size, 60, 61, NULL));
	gif_section_info(data, size, &info);
	g_assert_cmpint(info.width_px, ==, 60);
	g_assert_cmpint(info.height_px, ==, 60);
	g_assert_cmpuint(info.n_frames, ==, 3);
	g_assert_cmpuint(info.loop_count, ==, 0);
	g_assert_cmpuint(info.duration_ms, ==, 400);
	g_assert_true(info.is_opaque);
	g_assert_cmpuint(gif_section_delay_ms(data, size, 1), ==, 200);
}

static void a_cut_section_is_not(void)
{
	g_autoptr(GBytes) section = new_section(delays, 3);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);

	for (gsize cut = 0; cut < size; cut += cut < 400 ? 1 : 97) {
		g_autofree guint8 *copy = g_memdup2(data, cut);

		g_assert_false(check(copy, cut));
	}
}

/* Each field of the head and of the frames out of its range. */
static void bad_values_are_found(void)
{
	static const struct {
		gsize at;
		guint32 value;
	} cases[] = {
#define HEAD(field) offsetof(struct gif_head, field)
#define FRAME(field) \
	(sizeof(struct gif_head) + offsetof(struct gif_frame, field))
		{HEAD(magic), 1},
		{HEAD(width), 0},
		{HEAD(height), 0x80000000},
		{HEAD(n_frames), 0},
		{HEAD(n_frames), 2},
		{HEAD(n_frames), 4},
		{HEAD(n_frames), 0x40000000},
		{HEAD(loop_count), 65536},
		{HEAD(palette), 0xfffffffc},
		{HEAD(palette_bits), 7},
		{HEAD(stream), 0xfffffffc},
		{HEAD(stream_size), 0},
		{HEAD(stream_size), 0xffffffff},
		{FRAME(top), 1},
		{FRAME(top), 0xffffffff},
		{FRAME(n_rows), 0},
		{FRAME(n_rows), 61},
		{FRAME(n_rows), 59},
		{FRAME(disposal), 0},
		{FRAME(disposal), 4},
		{FRAME(transparent), 64},
		{FRAME(transparent), 0xffffffff},
		{FRAME(delay_cs), 65536},
		{FRAME(min_bits), 7},
		{FRAME(min_bits), 32},
		{FRAME(palette), 2},
		{FRAME(palette), 0xfffffffc},
		{FRAME(counts), 0xfffffffc},
		{FRAME(pixels), 0xfffffffc},
		{FRAME(head), 0},
		{FRAME(codes), 0},
		{FRAME(codes), 0xffffffff},
		{FRAME(n_bands), 0},
		{FRAME(n_bands), 61},
		{FRAME(n_bands), 0xffffffff},
		{FRAME(bands), 0xfffffffc},
	};
	g_autoptr(GBytes) section = new_section(delays, 3);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree guint8 *copy = g_memdup2(data, size);

		memcpy(copy + cases[i].at, &cases[i].value, 4);
		if (check(copy, size))
			g_error("case %" G_GSIZE_FORMAT " went through", i);
	}
}

static void bad_bands_are_found(void)
{
	g_autoptr(GBytes) section = new_section(delays, 3);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);
	const struct gif_frame *frame = gif_frame(data, 0);

	for (guint i = 0; i <= frame->n_bands; i++) {
		for (guint field = 0; field < 2; field++) {
			g_autofree guint8 *copy = g_memdup2(data, size);

			copy[frame->bands + i * sizeof(struct gif_band) +
			     field * 4 + 3] = 0xff;
			g_assert_false(check(copy, size));
		}
	}
}

static void bad_indices_are_found(void)
{
	g_autoptr(GBytes) section = new_section(delays, 3);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);
	g_autofree guint8 *copy = g_memdup2(data, size);

	copy[gif_frame(data, 0)->pixels + 60 * 60 - 1] = 64;
	g_assert_false(check(copy, size));
}

static void spans_follow_the_delays(void)
{
	static const struct {
		double start, stop;
		guint first, end;
	} cases[] = {
		{0, 1, 0, 3},	    {0, 0.25, 0, 1},  {0.25, 0.75, 1, 2},
		{0.2, 0.25, 0, 1},  {0.3, 0.4, 1, 2}, {0.5, 1, 1, 3},
		{0.75, 1, 2, 3},    {1, 1, 2, 3},     {0.9, 0.1, 2, 3},
		{0.24, 0.26, 0, 2},
	};
	g_autoptr(GBytes) section = new_section(delays, 3);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint first, end;

		gif_section_span(data, size, cases[i].start, cases[i].stop,
				 &first, &end);
		g_assert_cmpuint(first, ==, cases[i].first);
		g_assert_cmpuint(end, ==, cases[i].end);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gif-section/good", a_section_is_good);
	g_test_add_func("/gif-section/cut", a_cut_section_is_not);
	g_test_add_func("/gif-section/values", bad_values_are_found);
	g_test_add_func("/gif-section/bands", bad_bands_are_found);
	g_test_add_func("/gif-section/indices", bad_indices_are_found);
	g_test_add_func("/gif-section/spans", spans_follow_the_delays);
	return g_test_run();
}
