#include "config.h"

#include "render/error_picture.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/limits.h"
#include "tests/render/fixture.h"

static struct fonts *fonts;

/* The picture's bytes; the caller frees them. */
static guint8 *draw(const struct error_picture *picture, gsize *out_size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(chain_auto) chain = chain_new();

	(void)error_picture_draw(picture, fonts, 0, chain, &error);
	g_assert_no_error(error);
	return chain_flatten(chain, out_size);
}

struct source {
	const guint8 *at;
	gsize left;
};

static cairo_status_t read_source(void *closure, guchar *out, guint size)
{
	struct source *source = closure;

	if (size > source->left)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(out, source->at, size);
	source->at += size;
	source->left -= size;
	return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *draw_surface(const struct error_picture *picture)
{
	gsize size;
	g_autofree guint8 *bytes = draw(picture, &size);
	struct source source = {bytes, size};
	cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(
		read_source, &source);

	g_assert_cmpint(cairo_surface_status(surface), ==, 0);
	return surface;
}

/* How many pixels have that colour, within [from, to) of the height. */
static guint count(cairo_surface_t *surface, guint32 rgb, double from,
		   double to)
{
	const guint8 *data = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);
	int width = cairo_image_surface_get_width(surface);
	int height = cairo_image_surface_get_height(surface);
	guint n = 0;

	for (int y = (int)(from * height); y < (int)(to * height); y++)
		for (int x = 0; x < width; x++) {
			guint32 pixel;

			memcpy(&pixel, data + y * stride + x * 4, 4);
			n += (pixel & 0xffffff) == rgb;
		}
	return n;
}

static void the_size_is_bounded(void)
{
	static const struct {
		int width_px, height_px, expected_width_px, expected_height_px;
	} cases[] = {
		{-5, 0, ERROR_PICTURE_WIDTH_MIN, ERROR_PICTURE_HEIGHT_MIN},
		{1, 1, ERROR_PICTURE_WIDTH_MIN, ERROR_PICTURE_HEIGHT_MIN},
		{41, 25, 41, 25},
		{480, 320, 480, 320},
		{LIMIT_SIDE_PX, LIMIT_SIDE_PX, LIMIT_SIDE_PX, LIMIT_SIDE_PX},
		{G_MAXINT, LIMIT_SIDE_PX + 1, LIMIT_SIDE_PX, LIMIT_SIDE_PX},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct error_picture picture = {
			404, "no such route", cases[i].width_px,
			cases[i].height_px, MACRO_FORMAT_PNG};
		g_autoptr(cairo_surface_t) surface = draw_surface(&picture);

		g_assert_cmpint(cairo_image_surface_get_width(surface), ==,
				cases[i].expected_width_px);
		g_assert_cmpint(cairo_image_surface_get_height(surface), ==,
				cases[i].expected_height_px);
	}
}

/* The number always, and the message where there is room. */
static void it_can_be_read(void)
{
	static const struct {
		int status, width_px, height_px;
		guint32 accent;
		gboolean has_message;
	} cases[] = {
		{404, 40, 24, 0xffb454, FALSE},
		{404, 71, 400, 0xffb454, FALSE},
		{404, 400, 55, 0xffb454, FALSE},
		{404, 72, 56, 0xffb454, TRUE},
		{499, 320, 240, 0xffb454, TRUE},
		{500, 320, 240, 0xff6b61, TRUE},
		{504, 1024, 1024, 0xff6b61, TRUE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct error_picture picture = {
			cases[i].status, "MMMM", cases[i].width_px,
			cases[i].height_px, MACRO_FORMAT_PNG};
		g_autoptr(cairo_surface_t) surface = draw_surface(&picture);
		guint pixels = (guint)(cases[i].width_px * cases[i].height_px);

		g_test_message("%d on %d x %d", cases[i].status,
			       cases[i].width_px, cases[i].height_px);
		g_assert_cmpuint(count(surface, cases[i].accent, 0.1, 0.99), >,
				 MIN(cases[i].width_px, cases[i].height_px));
		g_assert_cmpuint(count(surface, 0x23272f, 0, 1), >, pixels / 4);
		g_assert_cmpint(count(surface, 0xf4f1ea, 0.6, 1) > 0, ==,
				cases[i].has_message);
	}
}

static void any_message_will_do(void)
{
	g_autofree char *endless = g_strnfill(100000, 'x');
	g_autofree char *marks = g_strdup("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
					  "\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
					  "\xcc\x81\xcc\x81\xcc\x81\xcc\x81");
	const char *const messages[] = {
		"",	    " ",	"\xff\xfe", "a\001b",
		"\n\n\n\n", "<b>&amp;", marks,	    endless,
	};

	for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
		const struct error_picture picture = {400, messages[i], 320,
						      240, MACRO_FORMAT_PNG};
		g_autoptr(cairo_surface_t) surface = draw_surface(&picture);

		g_assert_cmpuint(count(surface, 0xffb454, 0.1, 1), >, 100);
	}
}

static void each_format_is_written(void)
{
	static const struct {
		enum macro_format format;
		const char *magic;
	} cases[] = {
		{MACRO_FORMAT_DEFAULT, "\x89PNG"},
		{MACRO_FORMAT_PNG, "\x89PNG"},
		{MACRO_FORMAT_JPEG, "\xff\xd8\xff"},
		{MACRO_FORMAT_GIF, "GIF89a"},
		{MACRO_FORMAT_WEBP, "RIFF"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct error_picture picture = {404, "no such route", 320,
						      240, cases[i].format};
		gsize size, again_size;
		g_autofree guint8 *bytes = draw(&picture, &size);
		g_autofree guint8 *again = draw(&picture, &again_size);

		g_assert_cmpmem(bytes, MIN(strlen(cases[i].magic), size),
				cases[i].magic, strlen(cases[i].magic));
		g_assert_cmpmem(bytes, size, again, again_size);
	}
}

static void the_deadline_counts(void)
{
	const struct error_picture picture = {404, "no such route", 320, 240,
					      MACRO_FORMAT_PNG};
	g_autoptr(GError) error = NULL;
	g_autoptr(chain_auto) chain = chain_new();

	g_assert_false(error_picture_draw(&picture, fonts, 1, chain, &error));
	g_assert_error(error, LAYOUT_ERROR, LAYOUT_ERROR_DEADLINE);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 0);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	fonts = fixture_fonts();
	g_test_add_func("/error_picture/size", the_size_is_bounded);
	g_test_add_func("/error_picture/legible", it_can_be_read);
	g_test_add_func("/error_picture/messages", any_message_will_do);
	g_test_add_func("/error_picture/formats", each_format_is_written);
	g_test_add_func("/error_picture/deadline", the_deadline_counts);
	status = g_test_run();
	fonts_close(fonts);
	return status;
}
