#include "config.h"

#include "render/decode.h"

#include <string.h>

#include <webp/mux.h>

#include "render/autoptr.h"
#include "render/decode_formats.h"
#include "render/gif.h"
#include "render/limits.h"
#include "render/webp_animation.h"

static cairo_surface_t *paint(cairo_format_t format, int width, int height,
			      double red)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, width, height);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_source_rgb(cr, red, 0.2, 0.6);
	cairo_rectangle(cr, 0, 0, width / 2.0, height);
	cairo_fill(cr);
	cairo_surface_flush(surface);
	return surface;
}

static GBytes *still(cairo_format_t format, int width, int height)
{
	const struct webp_params params = {.quality = 90, .method = 0};
	g_autoptr(cairo_surface_t) surface = paint(format, width, height, 1);
	g_autoptr(chain_auto) chain = chain_new();
	gsize size;
	void *bytes;

	g_assert_true(webp_encode(surface, &params, chain, NULL));
	bytes = chain_flatten(chain, &size);
	return g_bytes_new_take(bytes, size);
}

static GBytes *animation(guint n_frames)
{
	const struct webp_params params = {.quality = 90, .method = 0};
	g_autoptr(webp_animation_auto) webp =
		webp_animation_new(20, 10, 3, &params, NULL);
	g_autoptr(chain_auto) chain = chain_new();
	gsize size;
	void *bytes;

	for (guint i = 0; i < n_frames; i++) {
		g_autoptr(cairo_surface_t) frame =
			paint(CAIRO_FORMAT_RGB24, 20, 10, i % 2);

		g_assert_true(webp_animation_add(webp, frame, 70, NULL));
	}
	g_assert_true(webp_animation_end(webp, chain, NULL));
	bytes = chain_flatten(chain, &size);
	return g_bytes_new_take(bytes, size);
}

static gboolean decode(GBytes *bytes, struct picture *out, GError **error)
{
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	return decode_picture(data, size, out, error);
}

static void stills_are_decoded(void)
{
	static const cairo_format_t formats[] = {CAIRO_FORMAT_RGB24,
						 CAIRO_FORMAT_ARGB32};

	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_autoptr(GBytes) bytes = still(formats[i], 31, 17);
		struct picture picture;

		g_assert_true(decode(bytes, &picture, NULL));
		g_assert_cmpint(picture.format, ==, MACRO_FORMAT_WEBP);
		g_assert_cmpint(cairo_image_surface_get_format(picture.surface),
				==, formats[i]);
		g_assert_cmpint(cairo_image_surface_get_width(picture.surface),
				==, 31);
		g_assert_null(picture.gif);
		g_assert_null(picture.frames);
		picture_fini(&picture);
	}
}

static void animations_keep_frames_and_times(void)
{
	g_autoptr(GBytes) bytes = animation(4);
	struct picture picture;
	struct gif_info info;

	g_assert_true(decode(bytes, &picture, NULL));
	g_assert_cmpuint(picture.frames->len, ==, 4);
	gif_section_info(g_bytes_get_data(picture.gif, NULL),
			 g_bytes_get_size(picture.gif), &info);
	g_assert_cmpuint(info.n_frames, ==, 4);
	g_assert_cmpuint(info.duration_ms, ==, 280);
	g_assert_cmpuint(info.loop_count, ==, 2);
	picture_fini(&picture);
}

/* The file with an EXIF block that says it lies on its side. */
static GBytes *turned(GBytes *file, gboolean has_prefix)
{
	static const guint8 exif[] = {
		'E',  'x', 'i', 'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
		0x12, 1,   3,	0,   1, 0, 0,	0,   6,	 0, 0, 0, 0, 0, 0, 0};
	gsize skip = has_prefix ? 0 : 6, size;
	const guint8 *bytes = g_bytes_get_data(file, &size);
	const WebPData image = {bytes, size};
	const WebPData chunk = {exif + skip, sizeof(exif) - skip};
	WebPMux *mux = WebPMuxCreate(&image, 1);
	WebPData out = {NULL, 0};
	GBytes *result;

	g_assert_cmpint(WebPMuxSetChunk(mux, "EXIF", &chunk, 1), ==,
			WEBP_MUX_OK);
	g_assert_cmpint(WebPMuxAssemble(mux, &out), ==, WEBP_MUX_OK);
	WebPMuxDelete(mux);
	result = g_bytes_new(out.bytes, out.size);
	WebPDataClear(&out);
	return result;
}

static void exif_orientation_is_applied(void)
{
	for (int has_prefix = 0; has_prefix < 2; has_prefix++) {
		g_autoptr(GBytes) upright = still(CAIRO_FORMAT_RGB24, 32, 16);
		g_autoptr(GBytes) bytes = turned(upright, has_prefix);
		struct picture picture;

		g_assert_true(decode(bytes, &picture, NULL));
		g_assert_cmpint(cairo_image_surface_get_width(picture.surface),
				==, 16);
		g_assert_cmpint(cairo_image_surface_get_height(picture.surface),
				==, 32);
		/* What was painted at the left is above now. */
		g_assert_cmphex(decode_row(picture.surface, 4)[8] & 0xff0000, >,
				0x800000);
		g_assert_cmphex(decode_row(picture.surface, 28)[8] & 0xff0000,
				<, 0x400000);
		picture_fini(&picture);
	}
}

static void assert_fails(const guint8 *data, gsize size, int code)
{
	g_autoptr(GError) error = NULL;
	struct picture picture;

	g_assert_false(decode_picture(data, size, &picture, &error));
	g_assert_error(error, DECODE_ERROR, code);
}

static void damage_is_refused(void)
{
	g_autoptr(GBytes) bytes = still(CAIRO_FORMAT_RGB24, 31, 17);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	for (gsize n = 12; n < size; n++) {
		g_autofree guint8 *cut = g_memdup2(data, n);

		assert_fails(cut, n, DECODE_ERROR_CORRUPT);
	}
}

static void flipped_bits_do_no_harm(void)
{
	g_autoptr(GBytes) bytes = animation(2);
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

/* VP8 holds 16383 a side, under our limit; its area is not. */
static void too_large_is_refused(void)
{
	g_autoptr(GBytes) good = still(CAIRO_FORMAT_RGB24, 31, 17);
	gsize size;
	const guint8 *data = g_bytes_get_data(good, &size);
	g_autofree guint8 *copy = g_memdup2(data, size);
	guint8 *key = NULL;

	for (gsize i = 0; i + 7 < size && !key; i++)
		if (memcmp(copy + i, "\x9d\x01\x2a", 3) == 0)
			key = copy + i + 3;
	g_assert_nonnull(key);
	key[0] = 0xff;
	key[1] = 0x3f;
	key[2] = 0xff;
	key[3] = 0x3f;
	assert_fails(copy, size, DECODE_ERROR_LIMIT);
}

static void too_many_frames_are_refused(void)
{
	g_autoptr(GBytes) most = animation(LIMIT_TEMPLATE_FRAMES);
	g_autoptr(GBytes) more = animation(LIMIT_TEMPLATE_FRAMES + 1);
	struct picture picture;
	gsize size;
	const guint8 *data = g_bytes_get_data(more, &size);

	g_assert_true(decode(most, &picture, NULL));
	picture_fini(&picture);
	assert_fails(data, size, DECODE_ERROR_LIMIT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/decode-webp/stills", stills_are_decoded);
	g_test_add_func("/decode-webp/animations",
			animations_keep_frames_and_times);
	g_test_add_func("/decode-webp/orientation",
			exif_orientation_is_applied);
	g_test_add_func("/decode-webp/damage", damage_is_refused);
	g_test_add_func("/decode-webp/flipped", flipped_bits_do_no_harm);
	g_test_add_func("/decode-webp/too-large", too_large_is_refused);
	g_test_add_func("/decode-webp/frames", too_many_frames_are_refused);
	return g_test_run();
}
