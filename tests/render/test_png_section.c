#include "config.h"

#include "render/png.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/png_section.h"
#include "tests/render/png_check.h"

/* Noise: nothing is gained by higher bands, so there are many. */
static cairo_surface_t *make_picture(int width, int height, gboolean is_grey)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	guint32 *pixels = (guint32 *)cairo_image_surface_get_data(surface);

	for (int i = 0; i < width * height; i++) {
		guint32 value = g_test_rand_int_range(0, 1 << 24);

		pixels[i] = is_grey ? (value & 255) * 0x010101 : value;
	}
	cairo_surface_mark_dirty(surface);
	return surface;
}

/* A copy of exactly the section's size: the sanitizer sees a byte too far. */
static guint8 *copy_section(GBytes *section, gsize *out_size)
{
	*out_size = g_bytes_get_size(section);
	return g_memdup2(g_bytes_get_data(section, NULL), *out_size);
}

static gboolean is_accepted(const guint8 *data, gsize size, int width,
			    int height)
{
	g_autoptr(GError) error = NULL;
	gboolean is_good = png_section_check(data, size, width, height, &error);

	if (!is_good)
		g_assert_error(error, PNG_ENCODE_ERROR,
			       PNG_ENCODE_ERROR_SECTION);
	return is_good;
}

static void sections_have_bands(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(100, 90, FALSE);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	struct png_section section;

	g_assert_true(png_section_read(g_bytes_get_data(bytes, NULL),
				       g_bytes_get_size(bytes), &section));
	g_assert_cmpint(section.n_bands, >, 5);
	g_assert_cmpuint(section.n_files, ==, 1);
}

static void only_its_own_size_is_accepted(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(30, 40, FALSE);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	g_assert_true(is_accepted(data, size, 30, 40));
	g_assert_false(is_accepted(data, size, 40, 30));
	g_assert_false(is_accepted(data, size, 30, 41));
	g_assert_false(is_accepted(data, size, 0, 0));
}

static void every_truncation_is_refused(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(20, 60, TRUE);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	const guint8 *data = g_bytes_get_data(bytes, NULL);

	for (gsize n = 0; n < g_bytes_get_size(bytes); n++) {
		g_autofree guint8 *cut = g_memdup2(data, n);

		g_assert_false(is_accepted(cut, n, 20, 60));
	}
}

static void a_byte_too_many_is_refused(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(20, 60, FALSE);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	gsize size;
	g_autofree guint8 *data = copy_section(bytes, &size);
	g_autofree guint8 *longer = g_malloc0(size + 1);

	memcpy(longer, data, size);
	g_assert_false(is_accepted(longer, size + 1, 20, 60));
}

/* Harmless ones there are in the filters and the compressor of new rows only:
 * other values give a right picture too. */
static void every_flipped_bit_is_refused_or_harmless(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(20, 60, TRUE);
	const cairo_rectangle_int_t box = {3, 20, 5, 9};
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&box);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	gsize size, n_accepted = 0;
	g_autofree guint8 *data = copy_section(bytes, &size);

	for (gsize bit = 0; bit < 8 * size; bit++) {
		g_autoptr(chain_auto) chain = chain_new();

		data[bit / 8] ^= 1 << bit % 8;
		if (is_accepted(data, size, 20, 60)) {
			n_accepted++;
			g_assert_true(png_splice(data, size, picture, damage,
						 chain, NULL));
			png_check_chain(chain, picture);
		}
		data[bit / 8] ^= 1 << bit % 8;
	}
	g_assert_cmpuint(n_accepted, <=, 2 * (5 + 2));
}

/* Offsets that add up but mean something else. */
static void swapped_bands_are_refused(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(40, 64, FALSE);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	gsize size;
	g_autofree guint8 *data = copy_section(bytes, &size);
	guint8 *entry = data + PNG_SECTION_HEADER_BYTES + PNG_FILE_HEADER_BYTES;
	guint8 saved[PNG_BAND_BYTES];

	memcpy(saved, entry, sizeof(saved));
	memcpy(entry, entry + PNG_BAND_BYTES, PNG_BAND_BYTES);
	g_assert_false(is_accepted(data, size, 40, 64));
	memcpy(entry + PNG_BAND_BYTES, saved, PNG_BAND_BYTES);
	g_assert_false(is_accepted(data, size, 40, 64));
}

static void reads_are_whole_bands(void)
{
	g_autoptr(cairo_surface_t) picture = make_picture(100, 90, FALSE);
	g_autoptr(GBytes) bytes = png_section_new(picture, NULL);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);
	struct png_section section;

	g_assert_true(png_section_read(data, size, &section));
	for (int y = 0; y < 90; y++) {
		const cairo_rectangle_int_t dot = {7, y, 1, 1};
		const int top = y - y % section.band_rows;
		g_autoptr(cairo_region_t) damage =
			cairo_region_create_rectangle(&dot);
		g_autoptr(cairo_region_t) reads =
			png_section_reads(data, size, damage);
		cairo_rectangle_int_t box;

		cairo_region_get_extents(reads, &box);
		g_assert_cmpint(cairo_region_num_rectangles(reads), ==, 1);
		g_assert_cmpint(box.x, ==, 0);
		g_assert_cmpint(box.width, ==, 100);
		g_assert_cmpint(box.y, ==, top);
		g_assert_cmpint(box.height, ==,
				MIN(section.band_rows, 90 - top));
	}
}

static void nothing_is_read_of_what_is_no_section(void)
{
	const cairo_rectangle_int_t all = {0, 0, 100, 100};
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&all);
	g_autoptr(cairo_region_t) reads =
		png_section_reads((const guint8 *)"junk", 4, damage);

	g_assert_true(cairo_region_is_empty(reads));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/png-section/bands", sections_have_bands);
	g_test_add_func("/png-section/size", only_its_own_size_is_accepted);
	g_test_add_func("/png-section/truncated", every_truncation_is_refused);
	g_test_add_func("/png-section/longer", a_byte_too_many_is_refused);
	g_test_add_func("/png-section/flipped",
			every_flipped_bit_is_refused_or_harmless);
	g_test_add_func("/png-section/swapped", swapped_bands_are_refused);
	g_test_add_func("/png-section/reads", reads_are_whole_bands);
	g_test_add_func("/png-section/junk",
			nothing_is_read_of_what_is_no_section);
	return g_test_run();
}
