#include "config.h"

#include "render/jpeg.h"

#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include "render/autoptr.h"
#include "render/tiles.h"

/* libjpeg is the judge: it decodes what we make, and it encodes the painted
 * picture whole with the tables, the sampling and the restart interval of our
 * file; the bytes have to be the same. */

struct judge {
	struct jpeg_error_mgr errors;
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	unsigned char *bytes;
	unsigned long size;
};

static void complain(j_common_ptr common, int level)
{
	char message[JMSG_LENGTH_MAX];

	if (level >= 0)
		return;
	common->err->format_message(common, message);
	g_error("libjpeg warns: %s", message);
}

static void judge_open(struct judge *judge, const guint8 *bytes, gsize size)
{
	memset(judge, 0, sizeof(*judge));
	judge->in.err = judge->out.err = jpeg_std_error(&judge->errors);
	judge->errors.emit_message = complain;
	jpeg_create_decompress(&judge->in);
	jpeg_create_compress(&judge->out);
	jpeg_mem_src(&judge->in, bytes, size);
	jpeg_mem_dest(&judge->out, &judge->bytes, &judge->size);
	g_assert_cmpint(jpeg_read_header(&judge->in, TRUE), ==, JPEG_HEADER_OK);
}

static void judge_close(struct judge *judge)
{
	jpeg_destroy_decompress(&judge->in);
	jpeg_destroy_compress(&judge->out);
	free(judge->bytes);
}

static void copy_tables(struct judge *judge)
{
	for (int i = 0; i < 2; i++) {
		JHUFF_TBL **dc = &judge->out.dc_huff_tbl_ptrs[i];
		JHUFF_TBL **ac = &judge->out.ac_huff_tbl_ptrs[i];

		if (!*dc)
			*dc = jpeg_alloc_huff_table((j_common_ptr)&judge->out);
		if (!*ac)
			*ac = jpeg_alloc_huff_table((j_common_ptr)&judge->out);
		**dc = *judge->in.dc_huff_tbl_ptrs[i];
		**ac = *judge->in.ac_huff_tbl_ptrs[i];
		(*dc)->sent_table = (*ac)->sent_table = FALSE;
	}
}

static void set_up_encoder(struct judge *judge)
{
	struct jpeg_compress_struct *out = &judge->out;

	jpeg_copy_critical_parameters(&judge->in, out);
	out->in_color_space = JCS_EXT_BGRX;
	out->input_components = 4;
	out->restart_interval = judge->in.restart_interval;
	out->optimize_coding = FALSE;
	copy_tables(judge);
}

static void encode_rows(struct jpeg_compress_struct *out,
			cairo_surface_t *surface)
{
	unsigned char *pixels = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	jpeg_start_compress(out, TRUE);
	while (out->next_scanline < out->image_height) {
		JSAMPROW row = pixels + (gsize)out->next_scanline * stride;

		(void)jpeg_write_scanlines(out, &row, 1);
	}
	jpeg_finish_compress(out);
}

/* Reads the file to its end, so that each broken bit is noticed. */
static void decode_rows(struct jpeg_decompress_struct *in)
{
	g_autofree JSAMPLE *row = g_malloc((gsize)in->image_width * 3);

	(void)jpeg_start_decompress(in);
	while (in->output_scanline < in->output_height)
		(void)jpeg_read_scanlines(in, &row, 1);
	(void)jpeg_finish_decompress(in);
}

static void assert_as_libjpeg(const guint8 *bytes, gsize size,
			      cairo_surface_t *surface)
{
	struct judge judge;

	judge_open(&judge, bytes, size);
	g_assert_cmpint((int)judge.in.image_width, ==,
			cairo_image_surface_get_width(surface));
	g_assert_cmpint((int)judge.in.image_height, ==,
			cairo_image_surface_get_height(surface));
	set_up_encoder(&judge);
	encode_rows(&judge.out, surface);
	decode_rows(&judge.in);
	g_assert_cmpmem(bytes, size, judge.bytes, judge.size);
	judge_close(&judge);
}

/* Pictures. */

/* Smooth in one part, noise in another, flat in a third. */
static guint32 some_pixel(int x, int y, int noise)
{
	guint32 r = (guint32)(x * 3 + y) & 0xff, g = (guint32)(y * 2) & 0xff;
	guint32 b = (guint32)(255 - x) & 0xff;

	if ((x / 32 + y / 24) % 3 == 1 && noise > 0)
		return g_test_rand_int() & 0xffffff;
	if ((x / 32 + y / 24) % 3 == 2)
		return 0x336699;
	return r << 16 | g << 8 | b;
}

static cairo_surface_t *new_picture(int width_px, int height_px, int noise)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, width_px, height_px);
	unsigned char *pixels = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	for (int y = 0; y < height_px; y++) {
		for (int x = 0; x < width_px; x++) {
			guint32 pixel = some_pixel(x, y, noise);

			memcpy(pixels + (gsize)y * stride + 4 * x, &pixel, 4);
		}
	}
	cairo_surface_mark_dirty(surface);
	return surface;
}

static cairo_surface_t *new_like(cairo_surface_t *picture)
{
	return cairo_image_surface_create(
		cairo_image_surface_get_format(picture),
		cairo_image_surface_get_width(picture),
		cairo_image_surface_get_height(picture));
}

static cairo_surface_t *copy_picture(cairo_surface_t *picture)
{
	cairo_surface_t *copy = new_like(picture);
	cairo_t *cr = cairo_create(copy);

	cairo_set_source_surface(cr, picture, 0, 0);
	cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
	cairo_paint(cr);
	cairo_destroy(cr);
	return copy;
}

/* A box with hard edges and a disc with soft ones, within box. */
static void paint_box(cairo_surface_t *surface,
		      const cairo_rectangle_int_t *box)
{
	cairo_t *cr = cairo_create(surface);

	cairo_rectangle(cr, box->x, box->y, box->width, box->height);
	cairo_clip(cr);
	cairo_set_source_rgb(cr, g_test_rand_double(), g_test_rand_double(),
			     g_test_rand_double());
	cairo_paint(cr);
	cairo_arc(cr, box->x + box->width / 2.0, box->y + box->height / 2.0,
		  box->width / 2.0, 0, 7);
	cairo_set_source_rgb(cr, g_test_rand_double(), g_test_rand_double(),
			     g_test_rand_double());
	cairo_fill(cr);
	cairo_destroy(cr);
	cairo_surface_flush(surface);
}

/* Within the picture, most of them small. */
static cairo_rectangle_int_t random_box(int width_px, int height_px)
{
	cairo_rectangle_int_t box;

	box.x = g_test_rand_int_range(0, width_px);
	box.y = g_test_rand_int_range(0, height_px);
	box.width = g_test_rand_int_range(1, width_px - box.x + 1);
	box.height = g_test_rand_int_range(1, height_px - box.y + 1);
	if (g_test_rand_bit()) {
		box.width = MIN(box.width, 20);
		box.height = MIN(box.height, 20);
	}
	return box;
}

static GBytes *new_section(cairo_surface_t *picture, int quality,
			   gboolean is_444)
{
	struct jpeg_params params = {quality, is_444};
	GError *error = NULL;
	GBytes *section = jpeg_section_new(picture, &params, &error);

	g_assert_no_error(error);
	g_assert_true(jpeg_section_check(
		g_bytes_get_data(section, NULL), g_bytes_get_size(section),
		cairo_image_surface_get_width(picture),
		cairo_image_surface_get_height(picture), &error));
	g_assert_no_error(error);
	return section;
}

static void assert_splice(GBytes *section, const struct jpeg_change *change,
			  cairo_surface_t *whole)
{
	g_autoptr(chain_auto) chain = chain_new();
	g_autofree guint8 *bytes = NULL;
	GError *error = NULL;
	gsize size;

	g_assert_true(jpeg_splice(g_bytes_get_data(section, NULL),
				  g_bytes_get_size(section), change, chain,
				  &error));
	g_assert_no_error(error);
	bytes = chain_flatten(chain, &size);
	assert_as_libjpeg(bytes, size, whole);
}

/* Paints a few boxes and splices; some are said to be damaged and are not.
 * What jpeg_splice may not read is black. */
static void damage_and_splice(GBytes *section, cairo_surface_t *picture)
{
	g_autoptr(cairo_surface_t) whole = copy_picture(picture);
	g_autoptr(cairo_surface_t) painted = new_like(picture);
	g_autoptr(tiles_auto) tiles = tiles_new(painted, whole);
	g_autoptr(cairo_region_t) damage = cairo_region_create();
	int n = g_test_rand_int_range(0, 5);

	for (int i = 0; i < n; i++) {
		cairo_rectangle_int_t box =
			random_box(cairo_image_surface_get_width(picture),
				   cairo_image_surface_get_height(picture));

		if (g_test_rand_int_range(0, 4))
			paint_box(whole, &box);
		cairo_region_union_rectangle(damage, &box);
	}
	for (int i = 0; i < cairo_region_num_rectangles(damage); i++) {
		cairo_rectangle_int_t box;

		cairo_region_get_rectangle(damage, i, &box);
		tiles_take(tiles, &box);
	}
	assert_splice(section, &(struct jpeg_change){picture, painted, damage},
		      whole);
}

static void splices_equal_full_encodes(void)
{
	int n_pictures = g_test_thorough() ? 4000 : 400;

	for (int i = 0; i < n_pictures; i++) {
		int width_px = g_test_rand_int_range(1, 200);
		int height_px = g_test_rand_int_range(1, 150);
		int quality = g_test_rand_int_range(1, 101);
		g_autoptr(cairo_surface_t) picture =
			new_picture(width_px, height_px, i % 4);
		g_autoptr(GBytes) section =
			new_section(picture, quality, i % 2);

		for (int k = 0; k < 8; k++)
			damage_and_splice(section, picture);
	}
}

static void every_small_size(void)
{
	for (int i = 0; i < 2 * 40 * 40; i++) {
		g_autoptr(cairo_surface_t) picture =
			new_picture(i / 2 % 40 + 1, i / 80 + 1, 1);
		g_autoptr(GBytes) section = new_section(picture, 85, i % 2);

		damage_and_splice(section, picture);
	}
}

static void encodes_as_libjpeg(void)
{
	static const struct {
		int width_px, height_px;
		struct jpeg_params params;
	} cases[] = {
		{1, 1, {85, FALSE}},	{1, 1, {85, TRUE}},
		{300, 200, {1, FALSE}}, {300, 200, {100, TRUE}},
		{299, 199, {50, TRUE}}, {301, 201, {95, FALSE}},
		{1000, 3, {85, FALSE}}, {3, 1000, {85, TRUE}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(cairo_surface_t) picture =
			new_picture(cases[i].width_px, cases[i].height_px, 1);
		g_autoptr(chain_auto) chain = chain_new();
		g_autofree guint8 *bytes = NULL;
		GError *error = NULL;
		gsize size;

		g_assert_true(
			jpeg_encode(picture, &cases[i].params, chain, &error));
		g_assert_no_error(error);
		bytes = chain_flatten(chain, &size);
		assert_as_libjpeg(bytes, size, picture);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/jpeg/encode", encodes_as_libjpeg);
	g_test_add_func("/jpeg/small", every_small_size);
	g_test_add_func("/jpeg/splice", splices_equal_full_encodes);
	return g_test_run();
}
