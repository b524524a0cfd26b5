#include "config.h"

#include "render/jpeg_header.h"

#include <string.h>

static struct jpeg_header some_header(void)
{
	struct jpeg_header header = {
		.width_px = 1234,
		.height_px = 57,
		.restart_mcus = 8,
	};

	jpeg_header_set_quality(&header, 85);
	for (guint i = 0; i < 4; i++)
		header.huffman[i / 2][i % 2] =
			*jpeg_huffman_standard(i / 2, i % 2);
	return header;
}

static void what_is_written_is_read(void)
{
	for (int is_444 = 0; is_444 < 2; is_444++) {
		struct jpeg_header header = some_header(), again;
		guint8 bytes[JPEG_HEADER_BYTES];

		header.is_444 = is_444;
		g_assert_cmpuint(jpeg_header_write(&header, bytes), ==,
				 JPEG_HEADER_BYTES);
		g_assert_true(jpeg_header_read(bytes, &again));
		g_assert_cmpmem(&header, sizeof(header), &again, sizeof(again));
	}
}

static void without_restarts_it_is_shorter(void)
{
	struct jpeg_header header = some_header();
	guint8 bytes[JPEG_HEADER_BYTES];

	header.restart_mcus = 0;
	g_assert_cmpuint(jpeg_header_write(&header, bytes), ==,
			 JPEG_HEADER_BYTES - 6);
}

static void sizes_and_steps_have_limits(void)
{
	static const struct {
		guint width_px, height_px, restart_mcus;
		guint8 step;
		gboolean is_good;
	} cases[] = {
		{1, 1, 1, 1, TRUE},
		{JPEG_SIDE_MAX, JPEG_SIDE_MAX, 0xffff, 255, TRUE},
		{JPEG_SIDE_MAX + 1, 1, 8, 1, FALSE},
		{1, JPEG_SIDE_MAX + 1, 8, 1, FALSE},
		{0, 1, 8, 1, FALSE},
		{1, 0, 8, 1, FALSE},
		{1, 1, 8, 0, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct jpeg_header header = some_header(), again;
		guint8 bytes[JPEG_HEADER_BYTES];

		header.width_px = cases[i].width_px;
		header.height_px = cases[i].height_px;
		header.restart_mcus = cases[i].restart_mcus;
		header.quant[1][63] = cases[i].step;
		(void)jpeg_header_write(&header, bytes);
		g_test_message("case %zu", i);
		g_assert_cmpint(jpeg_header_read(bytes, &again), ==,
				cases[i].is_good);
	}
}

/* Whatever byte is changed: it is refused, or it is another header's. */
static void every_byte_counts(void)
{
	struct jpeg_header header = some_header(), again;
	guint8 bytes[JPEG_HEADER_BYTES], back[JPEG_HEADER_BYTES];
	guint n_refused = 0;

	(void)jpeg_header_write(&header, bytes);
	for (gsize i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 0x40;
		if (jpeg_header_read(bytes, &again)) {
			(void)jpeg_header_write(&again, back);
			g_assert_cmpmem(bytes, sizeof(bytes), back,
					sizeof(back));
			g_assert_true(memcmp(&header, &again, sizeof(header)));
		} else {
			n_refused++;
		}
		bytes[i] ^= 0x40;
	}
	/* All but sizes, steps, tables and the restart interval. */
	g_assert_cmpuint(n_refused, ==,
			 JPEG_HEADER_BYTES - 4 - 128 - 2 * (28 + 178) - 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jpeg_header/again", what_is_written_is_read);
	g_test_add_func("/jpeg_header/shorter", without_restarts_it_is_shorter);
	g_test_add_func("/jpeg_header/limits", sizes_and_steps_have_limits);
	g_test_add_func("/jpeg_header/bytes", every_byte_counts);
	return g_test_run();
}
