#include "config.h"

#include "render/png.h"

#include <math.h>
#include <string.h>

#include "render/autoptr.h"
#include "tests/render/png_check.h"

enum look { FLAT, RAMP, NOISE, GREY, CLEAR, LOOKS };

static double chance(void)
{
	return g_test_rand_double();
}

static void set_some_color(cairo_t *cr, enum look look)
{
	double grey = chance();

	if (look == GREY)
		cairo_set_source_rgb(cr, grey, grey, grey);
	else if (look == CLEAR)
		cairo_set_source_rgba(cr, chance(), chance(), chance(),
				      chance());
	else
		cairo_set_source_rgb(cr, chance(), chance(), chance());
}

static void paint_noise(cairo_surface_t *surface)
{
	const int n = cairo_image_surface_get_height(surface) *
		      cairo_image_surface_get_stride(surface);
	guint8 *bytes = cairo_image_surface_get_data(surface);

	for (int i = 0; i < n; i++)
		bytes[i] = g_test_rand_int_range(0, 256);
	cairo_surface_mark_dirty(surface);
}

static void paint_ramp(cairo_t *cr, int width, int height, enum look look)
{
	g_autoptr(cairo_pattern_t) ramp =
		cairo_pattern_create_linear(0, 0, width, height);

	for (int i = 0; i < 3; i++) {
		double grey = chance();

		if (look == GREY)
			cairo_pattern_add_color_stop_rgb(ramp, i / 2.0, grey,
							 grey, grey);
		else
			cairo_pattern_add_color_stop_rgb(
				ramp, i / 2.0, chance(), chance(), chance());
	}
	cairo_set_source(cr, ramp);
	cairo_paint(cr);
}

static cairo_surface_t *make_template(enum look look, int width, int height)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		look == CLEAR ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, width,
		height);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	if (look == NOISE) {
		paint_noise(surface);
	} else if (look == FLAT || look == CLEAR) {
		set_some_color(cr, look);
		cairo_rectangle(cr, 0, 0, width * chance(), height * chance());
		cairo_fill(cr);
	} else {
		paint_ramp(cr, width, height, look);
	}
	return surface;
}

static cairo_surface_t *copy_surface(cairo_surface_t *surface)
{
	cairo_surface_t *copy = cairo_image_surface_create(
		cairo_image_surface_get_format(surface),
		cairo_image_surface_get_width(surface),
		cairo_image_surface_get_height(surface));

	cairo_surface_flush(surface);
	memcpy(cairo_image_surface_get_data(copy),
	       cairo_image_surface_get_data(surface),
	       (gsize)cairo_image_surface_get_stride(surface) *
		       cairo_image_surface_get_height(surface));
	cairo_surface_mark_dirty(copy);
	return copy;
}

/* Paints an antialiased ellipse and returns the pixels it may have changed. */
static cairo_rectangle_int_t paint_blot(cairo_surface_t *surface,
					enum look look)
{
	const int width = cairo_image_surface_get_width(surface);
	const int height = cairo_image_surface_get_height(surface);
	cairo_rectangle_int_t box;
	g_autoptr(cairo_t) cr = cairo_create(surface);

	box.x = g_test_rand_int_range(0, width);
	box.y = g_test_rand_int_range(0, height);
	box.width = g_test_rand_int_range(1, width - box.x + 1);
	box.height = g_test_rand_int_range(1, MIN(height - box.y, 20) + 1);
	cairo_rectangle(cr, box.x, box.y, box.width, box.height);
	cairo_clip(cr);
	cairo_translate(cr, box.x + box.width / 2.0, box.y + box.height / 2.0);
	cairo_scale(cr, box.width / 2.0, box.height / 2.0);
	cairo_arc(cr, 0, 0, 1, 0, 2 * G_PI);
	set_some_color(cr, look);
	cairo_fill(cr);
	return box;
}

/* Makes everything outside reads wrong: the splice must not look there. */
static void spoil_the_rest(cairo_surface_t *surface,
			   const cairo_region_t *reads)
{
	const int width = cairo_image_surface_get_width(surface);
	const int height = cairo_image_surface_get_height(surface);
	guint8 *rows = cairo_image_surface_get_data(surface);

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			if (!cairo_region_contains_point(reads, x, y))
				rows[y * cairo_image_surface_get_stride(
						 surface) +
				     4 * x + 1] ^= 0x55;
	cairo_surface_mark_dirty(surface);
}

static void splice_and_compare(GBytes *section, cairo_surface_t *painted,
			       const cairo_region_t *damage)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);
	g_autoptr(cairo_region_t) reads = png_section_reads(data, size, damage);
	g_autoptr(cairo_surface_t) spoilt = copy_surface(painted);
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) error = NULL;

	spoil_the_rest(spoilt, reads);
	g_assert_true(png_splice(data, size, spoilt, damage, chain, &error));
	g_assert_no_error(error);
	png_check_chain(chain, painted);
}

static void splice_section(GBytes *section, cairo_surface_t *template,
			   enum look look, int times)
{
	for (int i = 0; i < times; i++) {
		g_autoptr(cairo_region_t) damage = cairo_region_create();
		g_autoptr(cairo_surface_t) painted = copy_surface(template);
		const int n_blots = g_test_rand_int_range(0, 4);
		/* A coloured caption on a grey picture, now and then. */
		enum look ink = look == GREY && i % 4 == 0 ? FLAT : look;

		for (int k = 0; k < n_blots; k++) {
			cairo_rectangle_int_t box = paint_blot(painted, ink);

			(void)cairo_region_union_rectangle(damage, &box);
		}
		splice_and_compare(section, painted, damage);
	}
}

static void splice_often(enum look look, int width, int height, int times)
{
	static GBytes *(*const makers[])(cairo_surface_t *, GError **) = {
		png_section_new, png_section_new_fast};
	g_autoptr(cairo_surface_t) template =
		make_template(look, width, height);

	for (gsize i = 0; i < G_N_ELEMENTS(makers); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) section = makers[i](template, &error);

		g_assert_no_error(error);
		g_assert_true(png_section_check(g_bytes_get_data(section, NULL),
						g_bytes_get_size(section),
						width, height, &error));
		splice_section(section, template, look, times);
	}
}

static void random_damage_on_random_pictures(void)
{
	const int n = g_test_slow() ? 4000 : 250;

	for (int i = 0; i < n; i++)
		splice_often(i % LOOKS, g_test_rand_int_range(1, 80),
			     g_test_rand_int_range(1, 120), 12);
}

static void odd_sizes(void)
{
	static const int sizes[][2] = {{1, 1},	 {2, 1},   {1, 2},   {1, 300},
				       {300, 1}, {15, 33}, {16, 32}, {17, 31},
				       {5, 8},	 {5, 9},   {5, 7},   {333, 65},
				       {64, 64}, {621, 9}, {621, 40}};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		for (int look = 0; look < LOOKS; look++)
			splice_often(look, sizes[i][0], sizes[i][1], 4);
}

/* Past what is compressed in one go, and with bands higher than that. */
static void large_pictures(void)
{
	splice_often(NOISE, 1024, 700, 2);
	splice_often(RAMP, 1500, 400, 2);
	splice_often(NOISE, 16384, 40, 2);
}

static void damage_outside_changes_nothing(void)
{
	static const cairo_rectangle_int_t boxes[] = {
		{0, -50, 10, 50}, {0, 100, 10, 50}, {3, 20, 0, 5}};
	g_autoptr(cairo_surface_t) template = make_template(NOISE, 60, 100);
	g_autoptr(GBytes) section = png_section_new(template, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(boxes); i++) {
		g_autoptr(cairo_region_t) damage =
			cairo_region_create_rectangle(&boxes[i]);
		g_autoptr(cairo_region_t) reads =
			png_section_reads(g_bytes_get_data(section, NULL),
					  g_bytes_get_size(section), damage);

		g_assert_true(cairo_region_is_empty(reads));
		splice_and_compare(section, template, damage);
	}
}

/* What was not touched is the section's own bytes, neighbours as one piece. */
static void untouched_bands_are_borrowed(void)
{
	const cairo_rectangle_int_t box = {5, 100, 10, 3};
	g_autoptr(cairo_surface_t) template = make_template(NOISE, 200, 200);
	g_autoptr(GBytes) section = png_section_new(template, NULL);
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&box);
	g_autoptr(chain_auto) chain = chain_new();
	const guint8 *data = g_bytes_get_data(section, NULL);
	gsize size = g_bytes_get_size(section), borrowed = 0, n;
	const struct iovec *iov;

	g_assert_true(png_splice(data, size, template, damage, chain, NULL));
	iov = chain_iov(chain, &n);
	for (gsize i = 0; i < n; i++)
		if ((const guint8 *)iov[i].iov_base >= data &&
		    (const guint8 *)iov[i].iov_base < data + size)
			borrowed += iov[i].iov_len;
	g_assert_cmpuint(n, ==, 4); /* old, new, old, the end */
	g_assert_cmpuint(borrowed, >, chain_size_bytes(chain) * 9 / 10);
}

static void whole_pictures(void)
{
	for (int i = 0; i < 300; i++) {
		g_autoptr(cairo_surface_t) surface =
			make_template(i % LOOKS, g_test_rand_int_range(1, 70),
				      g_test_rand_int_range(1, 150));
		g_autoptr(chain_auto) chain = chain_new();
		g_autoptr(GError) error = NULL;

		(void)paint_blot(surface, i % LOOKS);
		g_assert_true(png_encode(surface, chain, &error));
		g_assert_no_error(error);
		png_check_chain(chain, surface);
	}
}

/* Sixteen greys, or colours, as confetti: so much that the type with a byte a
 * pixel is surely the smaller one, which a picture with next to nothing on it
 * need not be. */
static cairo_surface_t *make_confetti(enum look look)
{
	cairo_surface_t *surface = make_template(look, 100, 100);
	guint32 *row = (guint32 *)(void *)cairo_image_surface_get_data(surface);
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	const int stride = cairo_image_surface_get_stride(surface) / 4;

	cairo_surface_flush(surface);
	for (int y = 0; y < 100; y++, row += stride) {
		for (int x = 0; x < 100; x++) {
			guint32 n = (guint32)g_rand_int_range(random, 0, 16);

			row[x] = n * (look == GREY ? 0x0f0f0fu : 0x11080011u);
			if (look != CLEAR)
				row[x] |= 0xff000000u;
		}
	}
	cairo_surface_mark_dirty(surface);
	return surface;
}

static void colors_take_the_smallest_type(void)
{
	static const struct {
		enum look look;
		int type;
	} cases[] = {{FLAT, 3}, {NOISE, 2}, {GREY, 0}, {CLEAR, 3}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(cairo_surface_t) surface =
			cases[i].look == NOISE ? make_template(NOISE, 100, 100)
					       : make_confetti(cases[i].look);
		g_autoptr(cairo_region_t) nothing = cairo_region_create();
		g_autoptr(GBytes) section = png_section_new(surface, NULL);
		g_autoptr(chain_auto) whole = chain_new();
		g_autoptr(chain_auto) blank = chain_new();

		g_assert_true(png_encode(surface, whole, NULL));
		g_assert_cmpint(png_check_color_type(whole), ==, cases[i].type);
		g_assert_true(png_splice(g_bytes_get_data(section, NULL),
					 g_bytes_get_size(section), surface,
					 nothing, blank, NULL));
		g_assert_cmpint(png_check_color_type(blank), ==, cases[i].type);
	}
}

/* Shapes on a ramp, with grain in part of it where grain > 0. */
static cairo_surface_t *make_scene(int width, int height, int grain)
{
	cairo_surface_t *surface = make_template(RAMP, width, height);
	const int stride = cairo_image_surface_get_stride(surface);
	guint8 *bytes = cairo_image_surface_get_data(surface);

	for (int i = 0; i < 40; i++)
		(void)paint_blot(surface, RAMP);
	for (int i = 0; i < stride * height * 2 / 3; i++)
		bytes[i] += g_test_rand_int_range(0, grain + 1);
	cairo_surface_mark_dirty(surface);
	return surface;
}

/* White blots with black rims, as close and as high as letters: the rows in
 * which they stand. */
static cairo_rectangle_int_t paint_letters(cairo_surface_t *surface, int top,
					   int height)
{
	const int width = cairo_image_surface_get_width(surface);
	const cairo_rectangle_int_t box = {0, top, width, height};
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_line_width(cr, 4);
	for (int x = height; x < width - height; x += height * 2 / 3) {
		cairo_new_path(cr);
		cairo_arc(cr, x, top + height / 2.0,
			  height * (0.15 + chance() / 5), 0, 5 * chance());
		cairo_line_to(cr, x, top + height - 3);
		cairo_close_path(cr);
		cairo_set_source_rgb(cr, 0, 0, 0);
		cairo_stroke_preserve(cr);
		cairo_set_source_rgb(cr, 1, 1, 1);
		cairo_fill(cr);
	}
	return box;
}

/* A tenth more is what all may come to; of 500 such scenes one passed it. */
static void files_are_near_libpngs(void)
{
	gsize libpng_total = 0, total = 0, spliced_total = 0;

	for (int i = 0; i < 8; i++) {
		g_autoptr(cairo_surface_t) surface =
			make_scene(400, 300, i % 4 * 3);
		g_autoptr(GBytes) section = png_section_new(surface, NULL);
		cairo_rectangle_int_t box = paint_letters(surface, 10, 40);
		g_autoptr(cairo_region_t) damage =
			cairo_region_create_rectangle(&box);
		g_autoptr(chain_auto) whole = chain_new();
		g_autoptr(chain_auto) spliced = chain_new();
		gsize size;

		box = paint_letters(surface, 250, 40);
		(void)cairo_region_union_rectangle(damage, &box);
		size = png_check_libpng_size(surface);
		g_assert_true(png_encode(surface, whole, NULL));
		g_assert_true(png_splice(g_bytes_get_data(section, NULL),
					 g_bytes_get_size(section), surface,
					 damage, spliced, NULL));
		g_test_message("libpng %zu, encoded %zu, spliced %zu", size,
			       chain_size_bytes(whole),
			       chain_size_bytes(spliced));
		g_assert_cmpuint(chain_size_bytes(whole), <=, size * 6 / 5);
		g_assert_cmpuint(chain_size_bytes(spliced), <=, size * 6 / 5);
		libpng_total += size;
		total += chain_size_bytes(whole);
		spliced_total += chain_size_bytes(spliced);
	}
	g_assert_cmpuint(total, <=, libpng_total * 11 / 10);
	g_assert_cmpuint(spliced_total, <=, libpng_total * 11 / 10);
}

static void pictures_that_do_not_fit_are_refused(void)
{
	static const struct {
		cairo_format_t format;
		int width, height;
	} cases[] = {
		{CAIRO_FORMAT_RGB24, 21, 30},
		{CAIRO_FORMAT_RGB24, 20, 29},
		{CAIRO_FORMAT_ARGB32, 20, 30},
		{CAIRO_FORMAT_A8, 20, 30},
	};
	const cairo_rectangle_int_t all = {0, 0, 20, 30};
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&all);
	g_autoptr(cairo_surface_t) template = make_template(RAMP, 20, 30);
	g_autoptr(GBytes) section = png_section_new(template, NULL);
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(cairo_surface_t) other = cairo_image_surface_create(
			cases[i].format, cases[i].width, cases[i].height);

		g_assert_false(png_splice(g_bytes_get_data(section, NULL),
					  g_bytes_get_size(section), other,
					  damage, chain, &error));
		g_assert_error(error, PNG_ENCODE_ERROR,
			       PNG_ENCODE_ERROR_ENCODE);
		g_clear_error(&error);
	}
	g_assert_cmpuint(chain_size_bytes(chain), ==, 0);
	g_assert_false(png_splice((const guint8 *)"", 0, template, damage,
				  chain, &error));
	g_assert_error(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_SECTION);
}

static void other_surfaces_are_refused(void)
{
	g_autoptr(cairo_surface_t) mask =
		cairo_image_surface_create(CAIRO_FORMAT_A8, 4, 4);
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) error = NULL;

	g_assert_false(png_encode(mask, chain, &error));
	g_assert_error(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_ENCODE);
	g_clear_error(&error);
	g_assert_null(png_section_new_fast(mask, &error));
	g_assert_error(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_ENCODE);
	g_clear_error(&error);
	g_assert_null(png_section_new(mask, &error));
	g_assert_error(error, PNG_ENCODE_ERROR, PNG_ENCODE_ERROR_ENCODE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/png/splice/random", random_damage_on_random_pictures);
	g_test_add_func("/png/splice/sizes", odd_sizes);
	g_test_add_func("/png/splice/large", large_pictures);
	g_test_add_func("/png/splice/outside", damage_outside_changes_nothing);
	g_test_add_func("/png/splice/borrowed", untouched_bands_are_borrowed);
	g_test_add_func("/png/splice/unfit",
			pictures_that_do_not_fit_are_refused);
	g_test_add_func("/png/encode", whole_pictures);
	g_test_add_func("/png/encode/unfit", other_surfaces_are_refused);
	g_test_add_func("/png/colors", colors_take_the_smallest_type);
	g_test_add_func("/png/sizes", files_are_near_libpngs);
	return g_test_run();
}
