#include "config.h"

#include "render/decode.h"

#include <string.h>

#include <glib/gstdio.h>

#include "render/autoptr.h"

#define SVG "<svg xmlns='http://www.w3.org/2000/svg' "

static gboolean decode(const char *text, struct picture *out, GError **error)
{
	return decode_picture((const guint8 *)text, strlen(text), out, error);
}

static void drawings_are_drawn(void)
{
	static const struct {
		const char *text;
		int width, height;
		gboolean is_opaque;
	} cases[] = {
		{SVG "width='30' height='20'/>", 30, 20, FALSE},
		{SVG "width='30.2' height='20'/>", 31, 20, FALSE},
		{SVG "viewBox='0 0 40 10'/>", 40, 10, FALSE},
		{SVG "width='1in' height='72pt'/>", 96, 96, FALSE},
		{"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x -->" SVG
		 "width='8' height='8'><rect width='8' height='8'/></svg>",
		 8, 8, TRUE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct picture picture;
		cairo_format_t format;

		g_test_message("%s", cases[i].text);
		g_assert_true(decode(cases[i].text, &picture, NULL));
		format = cairo_image_surface_get_format(picture.surface);
		g_assert_cmpint(picture.format, ==, MACRO_FORMAT_PNG);
		g_assert_cmpint(cairo_image_surface_get_width(picture.surface),
				==, cases[i].width);
		g_assert_cmpint(cairo_image_surface_get_height(picture.surface),
				==, cases[i].height);
		g_assert_cmpint(format == CAIRO_FORMAT_RGB24, ==,
				cases[i].is_opaque);
		picture_fini(&picture);
	}
}

static void others_are_refused(void)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{"<svg", DECODE_ERROR_CORRUPT},
		{"<?xml version='1.0'?><html/>", DECODE_ERROR_CORRUPT},
		{"<!DOCTYPE html><p>", DECODE_ERROR_UNKNOWN},
		{"plain < text", DECODE_ERROR_UNKNOWN},
		{SVG "width='10%'/>", DECODE_ERROR_UNSUPPORTED},
		{SVG "width='0' height='0'/>", DECODE_ERROR_CORRUPT},
		{SVG "width='16385' height='1'/>", DECODE_ERROR_LIMIT},
		{SVG "width='9000' height='9000'/>", DECODE_ERROR_LIMIT},
		{SVG "width='1e30' height='1'/>", DECODE_ERROR_LIMIT},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct picture picture;

		g_test_message("%s", cases[i].text);
		g_assert_false(decode(cases[i].text, &picture, &error));
		g_assert_error(error, DECODE_ERROR, cases[i].code);
	}
}

/* A drawing that names a file gets nothing of it. */
static void nothing_is_loaded(void)
{
	g_autofree char *path = NULL;
	g_autoptr(cairo_surface_t) red =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, 4, 4);
	g_autoptr(cairo_t) cr = cairo_create(red);
	g_autofree char *text = NULL;
	struct picture picture;
	int fd = g_file_open_tmp("svg-XXXXXX.png", &path, NULL);

	cairo_set_source_rgb(cr, 1, 0, 0);
	cairo_paint(cr);
	g_assert_cmpint(cairo_surface_write_to_png(red, path), ==,
			CAIRO_STATUS_SUCCESS);
	text = g_strdup_printf(
		SVG "width='4' height='4'><image width='4' height='4' "
		    "href='file://%s'/></svg>",
		path);
	g_assert_true(decode(text, &picture, NULL));
	g_assert_cmpint(*(const guint32 *)(const void *)
				cairo_image_surface_get_data(picture.surface),
			==, 0);
	picture_fini(&picture);
	(void)g_close(fd, NULL);
	(void)g_unlink(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/decode-svg/drawn", drawings_are_drawn);
	g_test_add_func("/decode-svg/refused", others_are_refused);
	g_test_add_func("/decode-svg/nothing-loaded", nothing_is_loaded);
	return g_test_run();
}
