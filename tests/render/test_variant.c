/* Variants of templates: when there is one, and that an answer's bytes do not
 * depend on whether it lay ready. */
#include "config.h"

#include "render/variant.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "render/autoptr.h"
#include "render/gif_builder.h"
#include "render/png.h"
#include "render/render.h"
#include "tests/render/fixture.h"

enum { WIDTH_PX = 320, HEIGHT_PX = 200 };

static const struct jpeg_params pack_jpeg = {85, FALSE};

struct fixture {
	char *dir;
	int dirfd;
	struct fonts *fonts;
	struct canvas *canvas;
};

static void set_up(struct fixture *f, const void *data)
{
	(void)data;
	f->dir = g_dir_make_tmp("test-variant-XXXXXX", NULL);
	f->dirfd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->fonts = fixture_fonts();
	f->canvas = canvas_new();
}

static void tear_down(struct fixture *f, const void *data)
{
	g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
	const char *name;

	(void)data;
	while ((name = g_dir_read_name(dir)))
		g_assert_cmpint(unlinkat(f->dirfd, name, 0), ==, 0);
	(void)close(f->dirfd);
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	g_free(f->dir);
	canvas_free(f->canvas);
	fonts_close(f->fonts);
}

/* Soft shapes with some noise, so that no encoder has it easy. */
static cairo_surface_t *draw(gboolean is_opaque, guint seed)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		is_opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32, WIDTH_PX,
		HEIGHT_PX);
	guint32 *pixels =
		(guint32 *)(void *)cairo_image_surface_get_data(surface);

	for (guint i = 0; i < WIDTH_PX * HEIGHT_PX; i++) {
		guint x = i % WIDTH_PX, y = i / WIDTH_PX;
		guint alpha = is_opaque || x < WIDTH_PX / 2 ? 255 : 128;
		guint red = (x * y / 64 + seed * 40) % 128;

		seed = seed * 1103515245 + 12345;
		pixels[i] = alpha << 24 | red << 16 |
			    ((y / 2 + seed % 8) & 127) << 8 | (x / 4 & 127);
	}
	cairo_surface_mark_dirty(surface);
	return surface;
}

static GBytes *make_gif(guint n_frames)
{
	g_autoptr(gif_builder_auto) builder =
		gif_builder_new(WIDTH_PX, HEIGHT_PX, 0, 100);

	for (guint i = 0; i < n_frames; i++) {
		g_autoptr(cairo_surface_t) frame = draw(TRUE, i);

		gif_builder_add(builder, frame, 100);
	}
	return gif_builder_end(builder);
}

struct template
{
	enum macro_format format;
	gboolean is_opaque;
	guint n_frames;
};

static struct pack *make_template(const struct fixture *f,
				  const struct template *template,
				  const char *version)
{
	g_autoptr(cairo_surface_t) surface = draw(template->is_opaque, 0);
	g_autoptr(GBytes) still =
		template->format == MACRO_FORMAT_JPEG
			? jpeg_section_new(surface, &pack_jpeg, NULL)
			: png_section_new(surface, NULL);
	g_autoptr(GBytes) gif = NULL;
	g_autoptr(GError) error = NULL;
	struct pack *pack;
	struct pack_section sections[3] = {
		{PACK_PIXELS, 0, cairo_image_surface_get_data(surface),
		 WIDTH_PX * HEIGHT_PX * 4},
		{.tag = template->format == MACRO_FORMAT_JPEG ? PACK_JPEG
							      : PACK_PNG},
		{.tag = PACK_GIF}};
	const struct pack_info info = {
		.version = version,
		.width_px = WIDTH_PX,
		.height_px = HEIGHT_PX,
		.n_frames = template->n_frames,
		.duration_ms = template->n_frames * 100,
		.is_opaque = template->is_opaque,
		.format = template->format,
		.recipe = "pixels=1",
		.source = "",
	};

	sections[1].data = g_bytes_get_data(still, &sections[1].size);
	if (template->format == MACRO_FORMAT_GIF) {
		gif = make_gif(template->n_frames);
		sections[2].data = g_bytes_get_data(gif, &sections[2].size);
	}
	(void)pack_write(f->dirfd, "template.pack", &info, sections,
			 gif ? 3 : 2, &error);
	g_assert_no_error(error);
	pack = pack_open(f->dirfd, "template.pack", &error);
	g_assert_no_error(error);
	return pack;
}

static GBytes *answer(struct fixture *f, const struct render_job *job)
{
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) error = NULL;
	gsize size;
	void *data;

	(void)render_picture(job, f->canvas, chain, &error);
	g_assert_no_error(error);
	data = chain_flatten(chain, &size);
	return g_bytes_new_take(data, size);
}

static gboolean write_variant(const struct fixture *f, const char *name,
			      const struct pack *template,
			      const struct variant_params *params,
			      GError **error)
{
	int fd = pack_begin(f->dirfd, name, error);
	gboolean is_written = fd >= 0 && variant_write(fd, name, "cat",
						       template, params, error);

	if (fd >= 0)
		(void)close(fd);
	return is_written && pack_commit(f->dirfd, name, error);
}

/* By both roads, with and without a caption. */
static void compare_roads(struct fixture *f, struct render_job *job)
{
	g_autoptr(plan_auto) plan = fixture_plan(
		f->fonts, "top_text=Top&bottom_text=Bottom&bottom_color=red",
		job->width_px, job->height_px);
	struct variant_params params;
	gboolean is_variant = render_variant(job, &params);
	g_autofree char *name = variant_pack_name("cat", job->pack, &params);
	g_autoptr(pack_auto) variant = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(is_variant);
	(void)write_variant(f, name, job->pack, &params, &error);
	g_assert_no_error(error);
	variant = pack_open(f->dirfd, name, &error);
	g_assert_no_error(error);
	g_assert_true(variant_is(variant, "cat", job->pack, &params));
	for (int i = 0; i < 2; i++) {
		g_autoptr(GBytes) direct = NULL;
		g_autoptr(GBytes) ready = NULL;

		job->plan = i == 0 ? NULL : plan;
		job->variant = NULL;
		direct = answer(f, job);
		job->variant = variant;
		ready = answer(f, job);
		g_assert_true(g_bytes_equal(direct, ready));
	}
}

static struct render_job make_job(struct pack *pack, enum macro_format format,
				  int width_px, int height_px, int quality)
{
	return (struct render_job){
		.pack = pack,
		.format = format,
		.width_px = width_px,
		.height_px = height_px,
		.jpeg = {quality, FALSE},
		.pack_jpeg = pack_jpeg,
		.webp = {80, 0},
		.gif_quality = 100,
	};
}

static const struct template templates[] = {
	{MACRO_FORMAT_JPEG, TRUE, 1}, {MACRO_FORMAT_PNG, TRUE, 1},
	{MACRO_FORMAT_PNG, FALSE, 1}, {MACRO_FORMAT_GIF, TRUE, 3},
	{MACRO_FORMAT_GIF, TRUE, 1},
};

static void both_roads_give_the_same_bytes(struct fixture *f, const void *data)
{
	static const struct {
		int width_px, height_px;
	} sizes[] = {{160, 100}, {321, 201}, {16, 10}, {1, 1}};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(templates) * 4; i++) {
		g_autoptr(pack_auto) pack =
			make_template(f, &templates[i / 4], "v1");
		enum macro_format format =
			(enum macro_format)(MACRO_FORMAT_JPEG + i % 4);

		for (gsize j = 0; j < G_N_ELEMENTS(sizes); j++) {
			struct render_job job =
				make_job(pack, format, sizes[j].width_px,
					 sizes[j].height_px, 60);

			g_test_message("%zu %zu", i, j);
			compare_roads(f, &job);
		}
	}
}

static void own_size_needs_what_the_pack_lacks(struct fixture *f,
					       const void *data)
{
	static const struct {
		int template;
		enum macro_format format;
		int quality;
		gboolean is_variant;
	} cases[] = {
		{0, MACRO_FORMAT_JPEG, 85, FALSE},
		{0, MACRO_FORMAT_JPEG, 84, TRUE},
		{0, MACRO_FORMAT_PNG, 85, TRUE},
		{0, MACRO_FORMAT_GIF, 85, TRUE},
		{0, MACRO_FORMAT_WEBP, 20, FALSE},
		{1, MACRO_FORMAT_PNG, 20, FALSE},
		{1, MACRO_FORMAT_JPEG, 85, TRUE},
		{3, MACRO_FORMAT_GIF, 20, FALSE},
		{3, MACRO_FORMAT_PNG, 20, FALSE},
		{3, MACRO_FORMAT_WEBP, 20, FALSE},
		{3, MACRO_FORMAT_JPEG, 85, TRUE},
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(pack_auto) pack =
			make_template(f, &templates[cases[i].template], "v1");
		struct render_job job =
			make_job(pack, cases[i].format, WIDTH_PX, HEIGHT_PX,
				 cases[i].quality);
		struct variant_params params;

		g_test_message("case %zu", i);
		g_assert_cmpint(render_variant(&job, &params), ==,
				cases[i].is_variant);
		if (cases[i].is_variant)
			compare_roads(f, &job);
	}
}

static void what_changes_nothing_makes_no_other(struct fixture *f,
						const void *data)
{
	g_autoptr(pack_auto) still = make_template(f, &templates[0], "v1");
	g_autoptr(pack_auto) moving = make_template(f, &templates[3], "v1");
	struct render_job job = make_job(still, MACRO_FORMAT_PNG, 9, 9, 30);
	struct variant_params params;

	(void)data;
	g_assert_true(render_variant(&job, &params));
	g_assert_cmpint(params.jpeg.quality, ==, 0);
	g_assert_cmpint(params.gif_quality, ==, 0);
	job = make_job(moving, MACRO_FORMAT_WEBP, 9, 9, 30);
	g_assert_true(render_variant(&job, &params));
	g_assert_cmpint(params.format, ==, MACRO_FORMAT_GIF);
	g_assert_cmpint(params.gif_quality, ==, 100);
}

/* Whatever else there is to tell two variants from each other. */
static void each_has_a_name_of_its_own(struct fixture *f, const void *data)
{
	const struct variant_params base = {
		10, 6, MACRO_FORMAT_JPEG, {70, FALSE}, 0};
	struct variant_params others[] = {base, base, base, base, base, base};
	g_autoptr(GHashTable) names =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(pack_auto) old = make_template(f, &templates[0], "v1");
	g_autoptr(pack_auto) new = make_template(f, &templates[0], "v2");

	(void)data;
	others[1].width_px = 11;
	others[2].height_px = 7;
	others[3].format = MACRO_FORMAT_PNG;
	others[4].jpeg.quality = 71;
	others[5].jpeg.is_444 = TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		g_hash_table_add(names,
				 variant_pack_name("cat", old, &others[i]));
	g_hash_table_add(names, variant_pack_name("cat", new, &base));
	g_hash_table_add(names, variant_pack_name("dog", old, &base));
	g_assert_cmpuint(g_hash_table_size(names), ==,
			 G_N_ELEMENTS(others) + 2);
}

static void a_variant_says_what_it_is(struct fixture *f, const void *data)
{
	struct variant_params params = {
		10, 6, MACRO_FORMAT_JPEG, {70, FALSE}, 0};
	g_autoptr(pack_auto) old = make_template(f, &templates[0], "v1");
	g_autofree char *name = variant_pack_name("cat", old, &params);
	g_autofree char *old_stamp = variant_stamp(old), *new_stamp = NULL;
	g_autofree char *key = NULL, *stamp = NULL;
	g_autoptr(pack_auto) new = NULL;
	g_autoptr(pack_auto) variant = NULL;

	(void)data;
	g_assert_true(write_variant(f, name, old, &params, NULL));
	variant = pack_open(f->dirfd, name, NULL);
	key = variant_pack_key(variant);
	g_assert_cmpstr(key, ==, "10x6 jpeg 70 420");
	stamp = variant_pack_stamp(variant);
	g_assert_cmpstr(stamp, ==, old_stamp);
	new = make_template(f, &templates[0], "v2");
	new_stamp = variant_stamp(new);
	g_assert_cmpstr(stamp, !=, new_stamp);
	g_assert_true(variant_is(variant, "cat", old, &params));
	g_assert_false(variant_is(variant, "dog", old, &params));
	g_assert_false(variant_is(variant, "cat", new, &params));
	params.jpeg.quality = 71;
	g_assert_false(variant_is(variant, "cat", old, &params));
	g_assert_null(variant_pack_key(old));
	g_assert_null(variant_pack_stamp(old));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(struct fixture *, const void *);
	} tests[] = {
		{"/variant/roads", both_roads_give_the_same_bytes},
		{"/variant/own-size", own_size_needs_what_the_pack_lacks},
		{"/variant/settled", what_changes_nothing_makes_no_other},
		{"/variant/names", each_has_a_name_of_its_own},
		{"/variant/says", a_variant_says_what_it_is},
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, set_up,
			   tests[i].test, tear_down);
	return g_test_run();
}
