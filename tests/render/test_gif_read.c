#include "config.h"

#include "render/gif_read.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/gif_section.h"
#include "render/limits.h"
#include "tests/render/gif_check.h"

static guint below(guint n)
{
	return (guint)g_test_rand_int_range(0, (int)n);
}

static GBytes *read_section(const guint8 *bytes, gsize size)
{
	GError *error = NULL;
	GBytes *section = gif_read(bytes, size, &error);
	gsize section_size;
	const guint8 *data;

	g_assert_no_error(error);
	data = g_bytes_get_data(section, &section_size);
	g_assert_true(gif_section_check(data, section_size,
					(int)gif_head(data)->width,
					(int)gif_head(data)->height, &error));
	g_assert_no_error(error);
	return section;
}

/* What the player shows, as 0xffRRGGBB or 0. */
static void check_surface(cairo_surface_t *surface, const guint32 *shown)
{
	int width = cairo_image_surface_get_width(surface);
	int stride = cairo_image_surface_get_stride(surface);
	const guchar *pixels = cairo_image_surface_get_data(surface);

	for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
		g_assert_cmpmem(pixels + y * stride, width * 4,
				shown + y * width, width * 4);
}

static guint shown_delay(guint delay_cs)
{
	return delay_cs < 2 ? 10 : delay_cs;
}

/* The source's frames, the player's, and those of the section's own file must
 * be the same pictures for the same time. */
static void check_same(const GByteArray *source)
{
	g_autoptr(gif_check_auto) wanted =
		gif_check_new(source->data, source->len);
	g_autoptr(GBytes) section = read_section(source->data, source->len);
	const guint8 *data = g_bytes_get_data(section, NULL);
	const struct gif_head *head = gif_head(data);
	g_autoptr(gif_check_auto) got =
		gif_check_new(data + head->stream, head->stream_size);
	g_autoptr(gif_player_auto) player = gif_player_new(data, 0);
	gsize n = (gsize)head->width * head->height;

	g_assert_cmpuint(head->n_frames, ==, wanted->frames->len);
	g_assert_cmpuint(got->frames->len, ==, wanted->frames->len);
	g_assert_cmpint(got->loop_count, ==, wanted->loop_count);
	for (guint i = 0; i < head->n_frames; i++) {
		const struct gif_check_frame *a = gif_check_frame(wanted, i);
		const struct gif_check_frame *b = gif_check_frame(got, i);

		g_assert_cmpuint(b->delay_cs, ==, shown_delay(a->delay_cs));
		g_assert_cmpuint(gif_section_delay_ms(data, 0, i), ==,
				 b->delay_cs * 10);
		g_assert_cmpmem(a->shown, n * 4, b->shown, n * 4);
		check_surface(gif_player_next(player), a->shown);
	}
	g_assert_null(gif_player_next(player));
}

static void any_file_shows_the_same(void)
{
	for (guint i = 0; i < 150; i++) {
		g_autoptr(GByteArray) file = gif_sample_random(1 + below(6));

		check_same(file);
	}
}

/* Cut anywhere, a file gives its first frames or a message. */
static void cut_files_give_whole_frames(void)
{
	g_autoptr(GByteArray) file = gif_sample_random(5);
	guint n_before = 0;

	for (guint size = 0; size <= file->len; size += size < 60 ? 1 : 131) {
		g_autoptr(GError) error = NULL;
		g_autofree guint8 *cut = g_memdup2(file->data, size);
		g_autoptr(GBytes) section = gif_read(cut, size, &error);
		guint n = 0;

		if (section)
			n = gif_head(g_bytes_get_data(section, NULL))->n_frames;
		else
			g_assert_error(error, GIF_PICTURE_ERROR,
				       GIF_PICTURE_ERROR_CORRUPT);
		g_assert_cmpuint(n, >=, n_before);
		n_before = n;
	}
	g_assert_cmpuint(n_before, >=, 4);
}

static GByteArray *plain_file(guint width, guint height, guint n_frames,
			      guint side)
{
	GByteArray *out = g_byte_array_new();
	g_autofree guint8 *indices = g_malloc0((gsize)side * side);
	struct gif_sample_file file = {.width = width,
				       .height = height,
				       .palette_bits = 4,
				       .loop_count = -1};
	struct gif_sample sample = {.width = side,
				    .height = side,
				    .transparent = -1,
				    .palette_bits = 4,
				    .indices = indices};

	gif_sample_head(out, &file);
	for (guint i = 0; i < n_frames; i++)
		gif_sample_frame(out, &sample);
	gif_sample_end(out);
	return out;
}

static void limits_hold(void)
{
	static const struct {
		guint width, height, n_frames, side;
		gboolean is_refused;
	} cases[] = {
		{LIMIT_TEMPLATE_SIDE_PX, 1, 1, 1, FALSE},
		{LIMIT_TEMPLATE_SIDE_PX + 1, 1, 1, 1, TRUE},
		{1, LIMIT_TEMPLATE_SIDE_PX + 1, 1, 1, TRUE},
		{1, 1, LIMIT_TEMPLATE_FRAMES, 1, FALSE},
		{1, 1, LIMIT_TEMPLATE_FRAMES + 1, 1, TRUE},
		{16000, 2000, 2, 1, FALSE},
		{16000, 2000, 3, 1, TRUE},
		/* What lies outside the screen is decoded too. */
		{1, 1, 65, 1000, TRUE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) file =
			plain_file(cases[i].width, cases[i].height,
				   cases[i].n_frames, cases[i].side);
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) section =
			gif_read(file->data, file->len, &error);

		g_assert_true((section == NULL) == cases[i].is_refused);
		if (cases[i].is_refused)
			g_assert_error(error, GIF_PICTURE_ERROR,
				       GIF_PICTURE_ERROR_LIMIT);
	}
}

static void what_is_no_gif_is_refused(void)
{
	static const char *const cases[] = {"", "G", "GIF89a",
					    "GIF90a\1\0\1\0\0\0\0",
					    "\x89PNG\r\n\x1a\n0123456789"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(gif_read((const guint8 *)cases[i],
				       strlen(cases[i]), &error));
		g_assert_error(error, GIF_PICTURE_ERROR,
			       GIF_PICTURE_ERROR_CORRUPT);
	}
}

static void the_screen_holds_the_first_frame(void)
{
	static const struct {
		guint width, height; /* of the screen; the frame is 7 × 7 */
		int shown_width, shown_height;
	} cases[] = {{0, 0, 7, 7}, {5, 9, 7, 9}, {9, 6, 9, 7}, {8, 8, 8, 8}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) file =
			plain_file(cases[i].width, cases[i].height, 2, 7);
		g_autoptr(GBytes) section = read_section(file->data, file->len);
		struct gif_info info;

		gif_section_info(g_bytes_get_data(section, NULL), 0, &info);
		g_assert_cmpint(info.width_px, ==, cases[i].shown_width);
		g_assert_cmpint(info.height_px, ==, cases[i].shown_height);
		g_assert_cmpuint(info.n_frames, ==, 2);
		g_assert_cmpuint(info.duration_ms, ==, 200);
		g_assert_cmpuint(info.loop_count, ==, GIF_LOOP_NONE);
		g_assert_true(info.is_opaque ==
			      (info.width_px == 7 && info.height_px == 7));
	}
}

/* What a frame draws as it shows already is left out. */
static void still_parts_are_not_drawn_again(void)
{
	g_autoptr(GByteArray) file = plain_file(64, 64, 2, 64);
	g_autoptr(GBytes) section = read_section(file->data, file->len);
	const guint8 *data = g_bytes_get_data(section, NULL);

	g_assert_cmpuint(gif_frame(data, 0)->n_rows, ==, 64);
	g_assert_cmpuint(gif_frame(data, 1)->n_rows, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gif-read/any", any_file_shows_the_same);
	g_test_add_func("/gif-read/cut", cut_files_give_whole_frames);
	g_test_add_func("/gif-read/limits", limits_hold);
	g_test_add_func("/gif-read/no-gif", what_is_no_gif_is_refused);
	g_test_add_func("/gif-read/screen", the_screen_holds_the_first_frame);
	g_test_add_func("/gif-read/still", still_parts_are_not_drawn_again);
	return g_test_run();
}
