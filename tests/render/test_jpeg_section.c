#include "config.h"

#include "render/jpeg_section.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/jpeg.h"

enum { WIDTH_PX = 150, HEIGHT_PX = 40 }; /* 30 MCUs of 4:2:0, 95 of 4:4:4 */

static cairo_surface_t *new_picture(cairo_format_t format)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, WIDTH_PX, HEIGHT_PX);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	for (int i = 0; i < 40; i++) {
		cairo_set_source_rgba(cr, i % 5 / 4.0, i % 7 / 6.0,
				      i % 11 / 10.0, i % 3 / 2.0);
		cairo_arc(cr, i * 37 % WIDTH_PX, i * 17 % HEIGHT_PX, i + 1, 0,
			  7);
		cairo_fill(cr);
	}
	return surface;
}

static GBytes *new_section(gboolean is_444)
{
	g_autoptr(cairo_surface_t) picture = new_picture(CAIRO_FORMAT_RGB24);
	struct jpeg_params params = {90, is_444};
	GBytes *section = jpeg_section_new(picture, &params, NULL);

	g_assert_nonnull(section);
	return section;
}

/* A copy to break; aligned, and no byte longer than it says. */
static guint8 *copy_section(GBytes *section, gsize *out_size)
{
	const guint8 *data = g_bytes_get_data(section, out_size);

	return g_memdup2(data, *out_size);
}

static gboolean is_accepted(const guint8 *data, gsize size)
{
	GError *error = NULL;
	gboolean is_good =
		jpeg_section_check(data, size, WIDTH_PX, HEIGHT_PX, &error);

	if (is_good)
		g_assert_no_error(error);
	else
		g_assert_error(error, JPEG_ERROR, JPEG_ERROR_SECTION);
	g_clear_error(&error);
	return is_good;
}

static void other_sizes_are_refused(void)
{
	static const int sizes[][2] = {
		{WIDTH_PX - 1, HEIGHT_PX}, {WIDTH_PX, HEIGHT_PX + 1},
		{HEIGHT_PX, WIDTH_PX},	   {0, 0},
		{-WIDTH_PX, HEIGHT_PX},
	};
	g_autoptr(GBytes) section = new_section(FALSE);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);

	g_assert_true(is_accepted(data, size));
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		g_assert_false(jpeg_section_check(data, size, sizes[i][0],
						  sizes[i][1], NULL));
}

static void cut_sections_are_refused(void)
{
	g_autoptr(GBytes) section = new_section(TRUE);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);

	for (gsize cut = 0; cut < size; cut++) {
		g_autofree guint8 *copy = g_memdup2(data, cut);

		g_assert_false(is_accepted(copy, cut));
	}
}

static void longer_sections_are_refused(void)
{
	g_autoptr(GBytes) section = new_section(TRUE);
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);
	g_autofree guint8 *copy = g_malloc0(size + 4);

	memcpy(copy, data, size);
	g_assert_true(is_accepted(copy, size));
	g_assert_false(is_accepted(copy, size + 1));
	g_assert_false(is_accepted(copy, size + 4));
	memmove(copy + 1, data, size);
	g_assert_false(is_accepted(copy + 1, size));
}

/* Where each kind of byte stands, and what has to be noticed there. */
static void broken_parts_are_refused(void)
{
	g_autoptr(GBytes) bytes = new_section(FALSE);
	gsize size;
	g_autofree guint8 *data = copy_section(bytes, &size);
	struct jpeg_section section;
	gsize ends, stream, run_end;

	g_assert_true(jpeg_section_open(&section, data, size));
	ends = (gsize)((const guint8 *)section.ends - data);
	stream = (gsize)(section.stream - data);
	run_end = stream + section.ends[1];
	{
		const struct {
			const char *what;
			gsize at;
			guint8 flip;
		} cases[] = {
			{"magic", 0, 1},
			{"stream's size", 4, 1},
			{"stream's size, high byte", 7, 0x80},
			{"end of run 0", ends, 1},
			{"end of run 1, high byte", ends + 7, 0x80},
			{"end of the last run",
			 ends + 4 * (section.grid.n_runs - 1), 1},
			{"length of block 0", ends + 4 * section.grid.n_runs,
			 0x80},
			{"SOI", stream, 1},
			{"width", stream + 167, 1},
			{"sampling", stream + 169, 0x33},
			{"number of codes", stream + 182, 1},
			{"restart interval", stream + JPEG_HEADER_BYTES - 15,
			 1},
			{"number of a restart marker", run_end - 1, 2},
			{"restart marker", run_end - 2, 1},
			{"EOI", size - 1, 1},
		};

		for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
			g_test_message("%s", cases[i].what);
			data[cases[i].at] ^= cases[i].flip;
			g_assert_false(is_accepted(data, size));
			data[cases[i].at] ^= cases[i].flip;
		}
	}
	g_assert_true(is_accepted(data, size));
	data[stream + JPEG_HEADER_BYTES + 1] = 0xff;
	data[stream + JPEG_HEADER_BYTES + 2] = 0xd0;
	g_assert_false(is_accepted(data, size));
}

static cairo_surface_t *new_negative(cairo_format_t format)
{
	cairo_surface_t *surface = new_picture(format);
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_operator(cr, CAIRO_OPERATOR_DIFFERENCE);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	return surface;
}

static gboolean splice(const guint8 *data, gsize size, cairo_format_t format,
		       const cairo_region_t *damage, struct chain *chain,
		       GError **error)
{
	g_autoptr(cairo_surface_t) blank = new_picture(format);
	g_autoptr(cairo_surface_t) painted = new_negative(format);
	const struct jpeg_change change = {blank, painted, damage};

	return jpeg_splice(data, size, &change, chain, error);
}

static void damage_everything(const guint8 *data, gsize size)
{
	g_autoptr(chain_auto) chain = chain_new();
	const cairo_rectangle_int_t boxes[] = {
		{3, 3, 1, 1}, {40, 9, 50, 20}, {120, 30, 30, 10}};
	g_autoptr(cairo_region_t) damage =
		cairo_region_create_rectangles(boxes, G_N_ELEMENTS(boxes));

	g_assert_true(
		splice(data, size, CAIRO_FORMAT_RGB24, damage, chain, NULL));
}

/* Not every flipped bit can be noticed here (the pack's checksum is for that),
 * but what is accepted can be spliced; the sanitizers watch. */
static void flipped_bits_do_no_harm(void)
{
	g_autoptr(GBytes) section = new_section(FALSE);
	gsize size;
	g_autofree guint8 *data = copy_section(section, &size);

	for (gsize i = 0; i < size; i++) {
		data[i] ^= 1 << i % 8;
		if (is_accepted(data, size))
			damage_everything(data, size);
		data[i] ^= 1 << i % 8;
	}
}

/* Without damage the answer is the stream; one damaged run in the middle makes
 * three pieces, of which the outer two are the section's. */
static void whole_runs_are_borrowed(void)
{
	g_autoptr(GBytes) bytes = new_section(FALSE);
	const cairo_rectangle_int_t box = {0, 16, 1, 1}; /* MCU 10, run 1 */
	g_autoptr(cairo_region_t) none = cairo_region_create();
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&box);
	g_autoptr(chain_auto) blank = chain_new();
	g_autoptr(chain_auto) chain = chain_new();
	struct jpeg_section section;
	gsize size, n;
	const guint8 *data = g_bytes_get_data(bytes, &size);
	const struct iovec *iov;

	g_assert_true(jpeg_section_open(&section, data, size));
	g_assert_true(
		splice(data, size, CAIRO_FORMAT_RGB24, none, blank, NULL));
	iov = chain_iov(blank, &n);
	g_assert_cmpuint(n, ==, 1);
	g_assert_true(iov->iov_base == section.stream);
	g_assert_cmpuint(iov->iov_len, ==, section.stream_bytes);

	g_assert_true(
		splice(data, size, CAIRO_FORMAT_RGB24, damage, chain, NULL));
	iov = chain_iov(chain, &n);
	g_assert_cmpuint(n, ==, 3);
	g_assert_true(iov[0].iov_base == section.stream);
	g_assert_cmpuint(iov[0].iov_len, ==, section.ends[0]);
	g_assert_true(iov[2].iov_base == section.stream + section.ends[1]);
	g_assert_cmpuint(iov[2].iov_len, ==,
			 section.stream_bytes - section.ends[1]);
}

static void splice_refuses_what_is_no_section(void)
{
	g_autoptr(cairo_region_t) none = cairo_region_create();
	g_autoptr(chain_auto) chain = chain_new();
	const guint32 zeros[4] = {0};
	GError *error = NULL;

	g_assert_false(splice((const guint8 *)zeros, sizeof(zeros),
			      CAIRO_FORMAT_RGB24, none, chain, &error));
	g_assert_error(error, JPEG_ERROR, JPEG_ERROR_SECTION);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 0);
	g_clear_error(&error);
}

static void empty_pictures_are_refused(void)
{
	g_autoptr(cairo_surface_t) empty =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, 0, 0);
	const struct jpeg_params params = {85, FALSE};
	g_autoptr(chain_auto) chain = chain_new();
	GError *error = NULL;

	g_assert_false(jpeg_encode(empty, &params, chain, &error));
	g_assert_error(error, JPEG_ERROR, JPEG_ERROR_ENCODE);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 0);
	g_clear_error(&error);
	g_assert_null(jpeg_section_new(empty, &params, &error));
	g_assert_error(error, JPEG_ERROR, JPEG_ERROR_ENCODE);
	g_clear_error(&error);
}

/* The same picture without alpha. */
static cairo_surface_t *lay_over_white(cairo_surface_t *surface)
{
	cairo_surface_t *opaque = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, WIDTH_PX, HEIGHT_PX);
	g_autoptr(cairo_t) cr = cairo_create(opaque);

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_set_source_surface(cr, surface, 0, 0);
	cairo_paint(cr);
	return opaque;
}

/* A section, and behind it its answer with damage. */
static GBytes *section_and_splice(const struct jpeg_change *change,
				  const struct jpeg_params *params)
{
	g_autoptr(GBytes) section =
		jpeg_section_new(change->blank, params, NULL);
	g_autoptr(chain_auto) chain = chain_new();
	gsize size;
	const guint8 *data = g_bytes_get_data(section, &size);
	guint8 *both;

	chain_append_borrowed(chain, data, size);
	g_assert_true(jpeg_splice(data, size, change, chain, NULL));
	both = chain_flatten(chain, &size);
	return g_bytes_new_take(both, size);
}

/* Pixels with alpha give what they give when they are laid over white. */
static void alpha_is_over_white(gconstpointer is_444)
{
	const struct jpeg_params params = {90, GPOINTER_TO_INT(is_444)};
	const cairo_rectangle_int_t box = {20, 10, 140, 30};
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&box);
	g_autoptr(cairo_surface_t) blank = new_picture(CAIRO_FORMAT_ARGB32);
	g_autoptr(cairo_surface_t) painted = new_negative(CAIRO_FORMAT_ARGB32);
	g_autoptr(cairo_surface_t) opaque_blank = lay_over_white(blank);
	g_autoptr(cairo_surface_t) opaque_painted = lay_over_white(painted);
	const struct jpeg_change change = {blank, painted, damage};
	const struct jpeg_change opaque = {opaque_blank, opaque_painted,
					   damage};
	g_autoptr(GBytes) of_alpha = section_and_splice(&change, &params);
	g_autoptr(GBytes) of_opaque = section_and_splice(&opaque, &params);

	g_assert_true(g_bytes_equal(of_alpha, of_opaque));
}

/* Black that covers nothing and black that covers all have one colour. */
static void alpha_alone_is_a_change(void)
{
	const struct jpeg_params params = {90, FALSE};
	const cairo_rectangle_int_t box = {0, 0, 144, HEIGHT_PX};
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&box);
	g_autoptr(cairo_surface_t) blank = cairo_image_surface_create(
		CAIRO_FORMAT_ARGB32, WIDTH_PX, HEIGHT_PX);
	g_autoptr(cairo_surface_t) painted = cairo_image_surface_create(
		CAIRO_FORMAT_ARGB32, WIDTH_PX, HEIGHT_PX);
	g_autoptr(cairo_t) cr = cairo_create(painted);
	g_autoptr(GBytes) section = jpeg_section_new(blank, &params, NULL);
	g_autoptr(chain_auto) chain = chain_new();
	const struct jpeg_change change = {blank, painted, damage};
	gsize size, n;
	const guint8 *data = g_bytes_get_data(section, &size);

	cairo_rectangle(cr, 32, 16, 8, 8);
	cairo_fill(cr);
	g_assert_true(jpeg_splice(data, size, &change, chain, NULL));
	(void)chain_iov(chain, &n);
	g_assert_cmpuint(n, ==, 3);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jpeg_section/size", other_sizes_are_refused);
	g_test_add_func("/jpeg_section/cut", cut_sections_are_refused);
	g_test_add_func("/jpeg_section/longer", longer_sections_are_refused);
	g_test_add_func("/jpeg_section/broken", broken_parts_are_refused);
	g_test_add_func("/jpeg_section/flipped", flipped_bits_do_no_harm);
	g_test_add_func("/jpeg_section/borrowed", whole_runs_are_borrowed);
	g_test_add_func("/jpeg_section/none",
			splice_refuses_what_is_no_section);
	g_test_add_func("/jpeg_section/empty", empty_pictures_are_refused);
	g_test_add_data_func("/jpeg_section/alpha420", GINT_TO_POINTER(FALSE),
			     alpha_is_over_white);
	g_test_add_data_func("/jpeg_section/alpha444", GINT_TO_POINTER(TRUE),
			     alpha_is_over_white);
	g_test_add_func("/jpeg_section/alpha", alpha_alone_is_a_change);
	return g_test_run();
}
