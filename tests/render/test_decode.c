#include "config.h"

#include "render/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "render/autoptr.h"
#include "render/gif.h"
#include "render/limits.h"
#include "tests/render/samples.h"

static gboolean decode(GBytes *bytes, struct picture *out, GError **error)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	return decode_picture(data, size, out, error);
}

static cairo_surface_t *decode_ok(GBytes *bytes, enum macro_format format)
{
	g_autoptr(GError) error = NULL;
	struct picture picture;

	if (!decode(bytes, &picture, &error))
		g_error("%s", error->message);
	g_assert_cmpint(picture.format, ==, format);
	g_assert_cmpint(picture.gif != NULL, ==, format == MACRO_FORMAT_GIF);
	g_clear_pointer(&picture.gif, g_bytes_unref);
	return picture.surface;
}

static guint32 pixel(cairo_surface_t *surface, int x, int y)
{
	const guint8 *row = cairo_image_surface_get_data(surface) +
			    y * cairo_image_surface_get_stride(surface);

	return ((const guint32 *)(const void *)row)[x];
}

/* The pixel in the middle of one of the four fields. */
static guint32 field_pixel(cairo_surface_t *surface, int field)
{
	int w = cairo_image_surface_get_width(surface);
	int h = cairo_image_surface_get_height(surface);

	return pixel(surface, w / 4 + (field & 1) * w / 2,
		     h / 4 + (field >> 1) * h / 2);
}

static void assert_near(guint32 got, guint32 want, int tolerance)
{
	for (int shift = 0; shift < 32; shift += 8) {
		int a = (int)(got >> shift & 255), b = want >> shift & 255;

		if (abs(a - b) > tolerance)
			g_error("%08x is not near %08x", got, want);
	}
}

static void jpeg_colour_spaces(void)
{
	static const struct sample_jpeg samples[] = {
		{32, 16, JCS_GRAYSCALE, FALSE, FALSE, 0, FALSE},
		{32, 16, JCS_YCbCr, FALSE, FALSE, 0, FALSE},
		{32, 16, JCS_YCbCr, FALSE, TRUE, 0, FALSE},
		{32, 16, JCS_RGB, FALSE, FALSE, 0, FALSE},
		{32, 16, JCS_CMYK, FALSE, FALSE, 0, FALSE},
		{32, 16, JCS_CMYK, TRUE, FALSE, 0, FALSE},
		{32, 16, JCS_YCCK, FALSE, FALSE, 0, FALSE},
		{2, 2, JCS_GRAYSCALE, FALSE, TRUE, 0, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
		g_autoptr(GBytes) bytes = sample_jpeg_new(&samples[i]);
		g_autoptr(cairo_surface_t) surface =
			decode_ok(bytes, MACRO_FORMAT_JPEG);
		gboolean is_grey = samples[i].space == JCS_GRAYSCALE;

		g_assert_cmpint(cairo_image_surface_get_format(surface), ==,
				CAIRO_FORMAT_RGB24);
		for (int field = 0; field < 4; field++)
			assert_near(field_pixel(surface, field),
				    0xff000000 | sample_color(field, is_grey),
				    3);
	}
}

/* Which field of the stored flag is seen in each field of the upright one. */
static const char *const upright[9] = {"0123", "0123", "1032", "3210", "2301",
				       "0213", "2031", "3120", "1302"};

static void assert_upright(cairo_surface_t *surface, int orientation)
{
	gboolean is_turned = orientation >= 5;

	g_assert_cmpint(cairo_image_surface_get_width(surface), ==,
			is_turned ? 16 : 32);
	g_assert_cmpint(cairo_image_surface_get_height(surface), ==,
			is_turned ? 32 : 16);
	for (int field = 0; field < 4; field++) {
		int source = upright[orientation][field] - '0';

		assert_near(field_pixel(surface, field),
			    0xff000000 | sample_color(source, FALSE), 3);
	}
}

static void exif_orientations_are_applied(void)
{
	for (int i = 0; i <= 8; i++) {
		struct sample_jpeg jpeg = {32,	  16, JCS_RGB,	 FALSE,
					   FALSE, i,  i % 2 == 0};
		struct sample_png png = {
			32, 16, PNG_COLOR_TYPE_RGB, 8, FALSE, FALSE, i};
		g_autoptr(GBytes) jpeg_bytes = sample_jpeg_new(&jpeg);
		g_autoptr(GBytes) png_bytes = sample_png_new(&png);
		g_autoptr(cairo_surface_t) from_jpeg =
			decode_ok(jpeg_bytes, MACRO_FORMAT_JPEG);
		g_autoptr(cairo_surface_t) from_png =
			decode_ok(png_bytes, MACRO_FORMAT_PNG);

		assert_upright(from_jpeg, i);
		assert_upright(from_png, i);
	}
}

static void exif_that_is_damaged_means_nothing(void)
{
	struct sample_jpeg sample = {32, 16, JCS_RGB, FALSE, FALSE, 6, FALSE};
	g_autoptr(GBytes) bytes = sample_jpeg_new(&sample);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);
	gsize at = 0;

	while (memcmp(data + at, "Exif", 4) != 0)
		at++;
	/* Any single byte of the 26 that make up the TIFF file. */
	for (gsize i = 0; i < 26; i++) {
		g_autofree guint8 *copy = g_memdup2(data, size);
		g_autoptr(GBytes) damaged = NULL;
		g_autoptr(cairo_surface_t) surface = NULL;

		copy[at + 6 + i] = 0xff;
		damaged = g_bytes_new(copy, size);
		surface = decode_ok(damaged, MACRO_FORMAT_JPEG);
		g_assert_cmpint(cairo_image_surface_get_width(surface) +
					cairo_image_surface_get_height(surface),
				==, 48);
	}
}

static void png_kind(int color_type, int depth, gboolean is_interlaced,
		     gboolean has_trns)
{
	struct sample_png sample = {
		18, 10, color_type, depth, is_interlaced, has_trns, 0};
	g_autoptr(GBytes) bytes = sample_png_new(&sample);
	g_autoptr(cairo_surface_t) surface = decode_ok(bytes, MACRO_FORMAT_PNG);
	gboolean is_grey = !(color_type & PNG_COLOR_MASK_COLOR);
	gboolean has_alpha = color_type & PNG_COLOR_MASK_ALPHA || has_trns;

	g_assert_cmpint(cairo_image_surface_get_format(surface), ==,
			has_alpha ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24);
	for (int y = 0; y < 10; y++) {
		for (int x = 0; x < 18; x++) {
			int field = sample_field(x, y, 18, 10);
			guint32 want =
				0xff000000 | sample_color(field, is_grey);

			if (is_grey && depth == 1)
				want = field >= 2 ? 0xffffffff : 0xff000000;
			if (has_trns &&
			    (want & 0xffffff) == (is_grey ? 0 : 0xff0000))
				want = 0;
			else if (has_alpha && field == 0 && !has_trns)
				want = is_grey ? 0x80000000 : 0x80800000;
			g_assert_cmphex(pixel(surface, x, y), ==, want);
		}
	}
}

static void png_kinds(void)
{
	static const struct {
		int color_type, depth;
		gboolean may_have_trns;
	} kinds[] = {
		{PNG_COLOR_TYPE_GRAY, 1, TRUE},
		{PNG_COLOR_TYPE_GRAY, 2, TRUE},
		{PNG_COLOR_TYPE_GRAY, 4, TRUE},
		{PNG_COLOR_TYPE_GRAY, 8, TRUE},
		{PNG_COLOR_TYPE_GRAY, 16, TRUE},
		{PNG_COLOR_TYPE_RGB, 8, TRUE},
		{PNG_COLOR_TYPE_RGB, 16, TRUE},
		{PNG_COLOR_TYPE_PALETTE, 2, TRUE},
		{PNG_COLOR_TYPE_PALETTE, 4, TRUE},
		{PNG_COLOR_TYPE_PALETTE, 8, TRUE},
		{PNG_COLOR_TYPE_GRAY_ALPHA, 8, FALSE},
		{PNG_COLOR_TYPE_GRAY_ALPHA, 16, FALSE},
		{PNG_COLOR_TYPE_RGB_ALPHA, 8, FALSE},
		{PNG_COLOR_TYPE_RGB_ALPHA, 16, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		for (int variant = 0; variant < 4; variant++) {
			gboolean has_trns = variant & 1;

			if (has_trns && !kinds[i].may_have_trns)
				continue;
			png_kind(kinds[i].color_type, kinds[i].depth,
				 variant & 2, has_trns);
		}
	}
}

static void gif_kinds(void)
{
	static const struct sample_gif samples[] = {
		{18, 10, 0, 0, FALSE, FALSE, FALSE, 1},
		{18, 10, 0, 0, TRUE, FALSE, FALSE, 1},
		{18, 10, 0, 0, FALSE, TRUE, FALSE, 1},
		{18, 10, 0, 0, TRUE, TRUE, TRUE, 1},
		{18, 10, 3, 2, TRUE, FALSE, TRUE, 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
		const struct sample_gif *sample = &samples[i];
		g_autoptr(GBytes) bytes = sample_gif_new(sample);
		g_autoptr(cairo_surface_t) surface =
			decode_ok(bytes, MACRO_FORMAT_GIF);
		gboolean is_opaque =
			!sample->has_transparency && !sample->left_px;

		g_assert_cmpint(cairo_image_surface_get_format(surface), ==,
				is_opaque ? CAIRO_FORMAT_RGB24
					  : CAIRO_FORMAT_ARGB32);
		for (int p = 0; p < 18 * 10; p++) {
			int x = p % 18, y = p / 18;
			int field = sample_field(x, y, 18, 10);
			guint32 want = 0xff000000 | sample_color(field, FALSE);

			if (x < sample->left_px || y < sample->top_px ||
			    (sample->has_transparency && field == 0))
				want = 0;
			g_assert_cmphex(pixel(surface, x, y), ==, want);
		}
	}
}

static void assert_fails(const guint8 *data, gsize size, int code)
{
	g_autoptr(GError) error = NULL;
	struct picture picture = {0};

	if (decode_picture(data, size, &picture, &error))
		g_error("%" G_GSIZE_FORMAT " bytes were accepted", size);
	g_assert_error(error, DECODE_ERROR, code);
	g_assert_null(picture.surface);
}

static GBytes *sample_of(enum macro_format format)
{
	static const struct sample_jpeg jpeg = {32,    16, JCS_YCbCr, FALSE,
						FALSE, 0,  FALSE};
	static const struct sample_jpeg progressive = {
		32, 16, JCS_YCbCr, FALSE, TRUE, 0, FALSE};
	static const struct sample_png png = {
		18, 10, PNG_COLOR_TYPE_RGB_ALPHA, 8, TRUE, FALSE, 6};
	static const struct sample_gif gif = {18,    10,   0,	  0,
					      FALSE, TRUE, FALSE, 1};

	switch (format) {
	case MACRO_FORMAT_JPEG:
		return sample_jpeg_new(&jpeg);
	case MACRO_FORMAT_PNG:
		return sample_png_new(&png);
	case MACRO_FORMAT_GIF:
		return sample_gif_new(&gif);
	default:
		return sample_jpeg_new(&progressive);
	}
}

static void cut_files_are_corrupt(void)
{
	for (int format = MACRO_FORMAT_DEFAULT; format <= MACRO_FORMAT_GIF;
	     format++) {
		g_autoptr(GBytes) bytes = sample_of(format);
		gsize size;
		const guint8 *data = g_bytes_get_data(bytes, &size);

		/* A GIF may do without its last byte: all frames are there. */
		if (format == MACRO_FORMAT_GIF)
			size--;
		for (gsize n = 8; n < size; n++) {
			g_autofree guint8 *cut = g_memdup2(data, n);

			assert_fails(cut, n, DECODE_ERROR_CORRUPT);
		}
	}
}

static void flipped_bits_do_no_harm(void)
{
	for (int format = MACRO_FORMAT_DEFAULT; format <= MACRO_FORMAT_GIF;
	     format++) {
		g_autoptr(GBytes) bytes = sample_of(format);
		gsize size;
		const guint8 *data = g_bytes_get_data(bytes, &size);
		g_autofree guint8 *copy = g_memdup2(data, size);

		for (gsize bit = 0; bit < size * 8; bit++) {
			struct picture picture;

			copy[bit / 8] ^= (guint8)(1 << bit % 8);
			if (decode_picture(copy, size, &picture, NULL))
				picture_fini(&picture);
			copy[bit / 8] ^= (guint8)(1 << bit % 8);
		}
	}
}

static void damaged_png_data_is_corrupt(void)
{
	g_autoptr(GBytes) bytes = sample_of(MACRO_FORMAT_PNG);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);
	g_autofree guint8 *copy = g_memdup2(data, size);
	gsize at = 0;

	while (memcmp(data + at, "IDAT", 4) != 0)
		at++;
	copy[at + 12] ^= 1;
	assert_fails(copy, size, DECODE_ERROR_CORRUPT);
}

static void unknown_files_are_told_apart(void)
{
	static const char text[] = "not a picture at all, only text";
	g_autofree guint8 *large = g_malloc0(LIMIT_TEMPLATE_BYTES + 1);

	assert_fails((const guint8 *)text, sizeof(text), DECODE_ERROR_UNKNOWN);
	assert_fails((const guint8 *)text, 0, DECODE_ERROR_UNKNOWN);
	assert_fails((const guint8 *)"\xff\xd8", 2, DECODE_ERROR_UNKNOWN);
	assert_fails(large, LIMIT_TEMPLATE_BYTES, DECODE_ERROR_UNKNOWN);
	assert_fails(large, LIMIT_TEMPLATE_BYTES + 1, DECODE_ERROR_LIMIT);
	g_assert_false(decode_knows((const guint8 *)text, sizeof(text)));
	g_assert_true(decode_knows((const guint8 *)"GIF89a", 6));
}

static void an_animation_gives_its_first_frame(void)
{
	static const struct sample_gif sample = {18,	10,    0,     0,
						 FALSE, FALSE, FALSE, 2};
	g_autoptr(GBytes) bytes = sample_gif_new(&sample);
	struct picture picture;
	struct gif_info info;
	const guint8 *data;
	gsize size;

	g_assert_true(decode(bytes, &picture, NULL));
	for (int field = 0; field < 4; field++)
		g_assert_cmphex(field_pixel(picture.surface, field), ==,
				0xff000000 | sample_color(field, FALSE));
	data = g_bytes_get_data(picture.gif, &size);
	g_assert_true(gif_section_check(data, size, 18, 10, NULL));
	gif_section_info(data, size, &info);
	g_assert_cmpuint(info.n_frames, ==, 2);
	picture_fini(&picture);
}

/* Headers that promise more pixels than we allow; their data is not looked
 * at, so one byte of it is enough. */
static void too_large_is_refused_by_the_header(void)
{
	static const struct {
		int width, height, code;
	} cases[] = {
		{LIMIT_TEMPLATE_SIDE_PX, 1, -1},
		{LIMIT_TEMPLATE_SIDE_PX + 1, 1, DECODE_ERROR_LIMIT},
		{1, LIMIT_TEMPLATE_SIDE_PX + 1, DECODE_ERROR_LIMIT},
		{8000, 8001, DECODE_ERROR_LIMIT},
		{LIMIT_TEMPLATE_SIDE_PX, LIMIT_TEMPLATE_SIDE_PX,
		 DECODE_ERROR_LIMIT},
		{65535, 65535, DECODE_ERROR_LIMIT},
	};
	static const struct sample_gif small = {2,     2,     0,     0,
						FALSE, FALSE, FALSE, 1};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint8 jpeg[] = {0xff, 0xd8, 0xff, 0xc0, 0, 11,	  8,	0, 0, 0,
				 0,    1,    1,	   0x11, 0, 0xff, 0xda, 0, 8, 1,
				 1,    0,    0,	   63,	 0, 0};
		g_autoptr(GBytes) bytes = sample_gif_new(&small);
		gsize size;
		const guint8 *data = g_bytes_get_data(bytes, &size);
		g_autofree guint8 *gif = g_memdup2(data, size);
		int width = cases[i].width, height = cases[i].height;

		jpeg[7] = (guint8)(height >> 8);
		jpeg[8] = (guint8)height;
		jpeg[9] = (guint8)(width >> 8);
		jpeg[10] = (guint8)width;
		gif[6] = (guint8)width;
		gif[7] = (guint8)(width >> 8);
		gif[8] = (guint8)height;
		gif[9] = (guint8)(height >> 8);
		if (cases[i].code < 0) {
			assert_fails(jpeg, sizeof(jpeg), DECODE_ERROR_CORRUPT);
			continue;
		}
		assert_fails(jpeg, sizeof(jpeg), cases[i].code);
		assert_fails(gif, size, cases[i].code);
	}
}

static void too_large_png_is_refused(void)
{
	static const struct sample_png wide = {LIMIT_TEMPLATE_SIDE_PX + 2,
					       2,
					       PNG_COLOR_TYPE_GRAY,
					       1,
					       FALSE,
					       FALSE,
					       0};
	static const struct sample_png just = {LIMIT_TEMPLATE_SIDE_PX,
					       2,
					       PNG_COLOR_TYPE_GRAY,
					       1,
					       FALSE,
					       FALSE,
					       0};
	g_autoptr(GBytes) wide_bytes = sample_png_new(&wide);
	g_autoptr(GBytes) just_bytes = sample_png_new(&just);
	g_autoptr(cairo_surface_t) surface =
		decode_ok(just_bytes, MACRO_FORMAT_PNG);
	gsize size;
	const guint8 *data = g_bytes_get_data(wide_bytes, &size);

	assert_fails(data, size, DECODE_ERROR_LIMIT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/decode/jpeg", jpeg_colour_spaces);
	g_test_add_func("/decode/png", png_kinds);
	g_test_add_func("/decode/gif", gif_kinds);
	g_test_add_func("/decode/orientation", exif_orientations_are_applied);
	g_test_add_func("/decode/orientation/damaged",
			exif_that_is_damaged_means_nothing);
	g_test_add_func("/decode/cut", cut_files_are_corrupt);
	g_test_add_func("/decode/flipped", flipped_bits_do_no_harm);
	g_test_add_func("/decode/damaged-png", damaged_png_data_is_corrupt);
	g_test_add_func("/decode/unknown", unknown_files_are_told_apart);
	g_test_add_func("/decode/animation",
			an_animation_gives_its_first_frame);
	g_test_add_func("/decode/large", too_large_is_refused_by_the_header);
	g_test_add_func("/decode/large-png", too_large_png_is_refused);
	return g_test_run();
}
