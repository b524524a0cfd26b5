#include "config.h"

#include "render/gif.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/gif_read.h"
#include "render/gif_section.h"
#include "tests/render/gif_check.h"

#define WIDTH	   GIF_SAMPLE_WIDTH
#define HEIGHT	   GIF_SAMPLE_HEIGHT
#define N	   (WIDTH * HEIGHT)
#define MAX_LAYERS 3

static guint below(guint n)
{
	return (guint)g_test_rand_int_range(0, (int)n);
}

/* A template and its captions. */
struct scene {
	GBytes *section;
	const guint8 *data;
	gsize size;
	guint n_frames;
	struct gif_layer layers[MAX_LAYERS];
	gsize n_layers;
};

static void scene_init(struct scene *scene, const GByteArray *file)
{
	GError *error = NULL;

	*scene = (struct scene){
		.section = gif_read(file->data, file->len, &error)};
	g_assert_no_error(error);
	scene->data = g_bytes_get_data(scene->section, &scene->size);
	scene->n_frames = gif_head(scene->data)->n_frames;
}

static void scene_fini(struct scene *scene)
{
	for (gsize i = 0; i < scene->n_layers; i++) {
		cairo_surface_destroy(scene->layers[i].ink);
		cairo_region_destroy((cairo_region_t *)scene->layers[i].damage);
	}
	g_bytes_unref(scene->section);
}

static guint32 *ink_row(const struct gif_layer *layer, int y)
{
	return (guint32 *)(void *)(cairo_image_surface_get_data(layer->ink) +
				   y * cairo_image_surface_get_stride(
					       layer->ink));
}

static struct gif_layer *add_layer(struct scene *scene, guint first, guint end)
{
	struct gif_layer *layer = &scene->layers[scene->n_layers++];

	*layer = (struct gif_layer){
		.ink = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH,
						  HEIGHT),
		.damage = cairo_region_create(),
		.first = first,
		.end = end,
	};
	return layer;
}

/* Paints a rectangle of one premultiplied colour. */
static void paint(struct gif_layer *layer, const cairo_rectangle_int_t *area,
		  guint32 color)
{
	cairo_surface_flush(layer->ink);
	for (int y = area->y; y < area->y + area->height; y++)
		for (int x = area->x; x < area->x + area->width; x++)
			ink_row(layer, y)[x] = color;
	cairo_surface_mark_dirty(layer->ink);
	(void)cairo_region_union_rectangle((cairo_region_t *)layer->damage,
					   area);
}

static guint32 random_ink(gboolean is_solid)
{
	static const guint32 solid[] = {0xff000000, 0xffffffff, 0xffd02090};
	static const guint32 faint[] = {0x80000000, 0x40404040, 0xc0a03010,
					0x10101010};

	return is_solid ? solid[below(G_N_ELEMENTS(solid))]
			: faint[below(G_N_ELEMENTS(faint))];
}

static void add_random_layer(struct scene *scene, gboolean is_solid)
{
	guint first = below(scene->n_frames);
	guint end = first + 1 + below(scene->n_frames - first);
	struct gif_layer *layer = add_layer(scene, first, end);

	for (guint i = 0; i < 4; i++) {
		cairo_rectangle_int_t area = {(int)below(WIDTH),
					      (int)below(HEIGHT), 0, 0};

		area.width = (int)below((guint)(WIDTH - area.x)) + 1;
		area.height = (int)below((guint)(HEIGHT - area.y)) / 2 + 1;
		paint(layer, &area, random_ink(is_solid));
	}
}

static guint32 blend(guint32 top, guint32 bottom)
{
	guint32 out = 0, rest = 255 - (top >> 24);

	for (guint shift = 0; shift < 32; shift += 8)
		out |= ((top >> shift & 0xff) +
			((bottom >> shift & 0xff) * rest + 127) / 255)
		       << shift;
	return out;
}

/* What the captions are at a pixel of a frame, premultiplied. */
static guint32 ink_at(const struct scene *scene, guint frame, int x, int y)
{
	guint32 ink = 0;

	for (gsize i = 0; i < scene->n_layers; i++)
		if (scene->layers[i].first <= frame &&
		    frame < scene->layers[i].end)
			ink = blend(ink_row(&scene->layers[i], y)[x], ink);
	return ink;
}

static gboolean was_inked(const struct scene *scene, guint frame, int x, int y)
{
	for (guint i = 0; i < frame; i++)
		if (ink_at(scene, i, x, y) != 0)
			return TRUE;
	return FALSE;
}

static guint distance(guint32 a, guint32 b)
{
	guint most = 0;

	for (guint shift = 0; shift < 32; shift += 8) {
		gint d = (gint)(a >> shift & 0xff) - (gint)(b >> shift & 0xff);

		most = MAX(most, (guint)ABS(d));
	}
	return most;
}

/* How far ink may be off at most, and is, all in all. */
struct error {
	guint limit;
	guint64 sum, n;
};

static void check_ink(guint32 wanted, guint32 shown, struct error *error)
{
	guint off = distance(wanted, shown);

	g_assert_cmpuint(off, <=, error->limit);
	error->sum += off;
	error->n++;
}

static void check_pixel(const struct scene *scene, guint frame, int x, int y,
			guint32 under, guint32 shown, struct error *error)
{
	guint32 ink = ink_at(scene, frame, x, y);
	gboolean was = was_inked(scene, frame, x, y);

	if (under == 0 && was)
		return; /* nothing can be drawn there */
	if (ink == 0 && !was) {
		g_assert_cmphex(shown, ==, under);
	} else if (under != 0) {
		check_ink(blend(ink, under), shown, error);
	} else {
		g_assert_cmphex(shown >> 24, ==, ink >> 31 ? 255 : 0);
		if (ink >> 24 == 255)
			check_ink(ink, shown, error);
	}
}

static struct chain *splice(const struct scene *scene)
{
	struct chain *chain = chain_new();

	gif_splice(scene->data, scene->size, scene->layers, scene->n_layers,
		   chain);
	return chain;
}

static struct gif_check *splice_and_read(const struct scene *scene)
{
	g_autoptr(chain_auto) chain = splice(scene);
	g_autofree guint8 *bytes = NULL;
	gsize size;

	bytes = chain_flatten(chain, &size);
	return gif_check_new(bytes, size);
}

static void check_scene(const struct scene *scene, struct error *error)
{
	const struct gif_head *head = gif_head(scene->data);
	g_autoptr(gif_check_auto) blank =
		gif_check_new(scene->data + head->stream, head->stream_size);
	g_autoptr(gif_check_auto) got = splice_and_read(scene);

	g_assert_cmpuint(got->frames->len, ==, scene->n_frames);
	g_assert_cmpint(got->loop_count, ==, blank->loop_count);
	for (guint i = 0; i < scene->n_frames; i++) {
		const struct gif_check_frame *a = gif_check_frame(blank, i);
		const struct gif_check_frame *b = gif_check_frame(got, i);

		g_assert_cmpuint(a->delay_cs, ==, b->delay_cs);
		for (int j = 0; j < N; j++)
			check_pixel(scene, i, j % WIDTH, j / WIDTH, a->shown[j],
				    b->shown[j], error);
	}
}

static void check_exact(const struct scene *scene)
{
	struct error none = {0};

	check_scene(scene, &none);
}

static void check_random(gboolean is_solid, guint limit, guint mean)
{
	struct error error = {.limit = limit};

	for (guint i = 0; i < 150; i++) {
		g_autoptr(GByteArray) file = gif_sample_random(1 + below(6));
		guint n = 1 + below(MAX_LAYERS);
		struct scene scene;

		scene_init(&scene, file);
		while (scene.n_layers < n)
			add_random_layer(&scene, is_solid);
		check_scene(&scene, &error);
		scene_fini(&scene);
	}
	g_assert_cmpuint(error.sum / error.n, <=, mean);
}

/* A few pixels of a colour may share an entry that is this near. */
static void solid_ink_is_exact(void)
{
	check_random(TRUE, 6, 0);
}

/* Noise of 16 colours below several layers of four has more blends than a
 * palette has entries. */
static void blends_are_near(void)
{
	check_random(FALSE, 110, 6);
}

/* A file of frames with each its own noise of n_colors greys, whole or but for
 * some rows above and below. */
static GByteArray *grey_file(guint n_frames, guint n_colors, guint margin)
{
	GByteArray *out = g_byte_array_new();
	guint8 indices[N];
	struct gif_sample_file file = {
		.width = WIDTH, .height = HEIGHT, .palette_bits = 8};
	struct gif_sample sample = {.width = WIDTH,
				    .height = HEIGHT,
				    .transparent = -1,
				    .palette_bits = 8,
				    .indices = indices};

	for (guint i = 0; i < 256; i++)
		memset(&file.palette[3 * i], (int)(i / 2), 3);
	gif_sample_head(out, &file);
	for (guint i = 0; i < n_frames; i++) {
		for (guint j = 0; j < N; j++)
			indices[j] =
				(guint8)(j < n_colors ? j : below(n_colors));
		gif_sample_frame(out, &sample);
		sample.y = margin;
		sample.height = HEIGHT - 2 * margin;
	}
	gif_sample_end(out);
	return out;
}

static void no_ink_is_the_blank_template(void)
{
	static const cairo_rectangle_int_t area = {3, 4, 9, 9};
	g_autoptr(GByteArray) file = grey_file(3, 100, 0);
	struct scene scene;
	gsize n;

	scene_init(&scene, file);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(chain_auto) chain = splice(&scene);
		const struct gif_head *head = gif_head(scene.data);
		const struct iovec *iov = chain_iov(chain, &n);

		g_assert_cmpuint(n, ==, 1);
		g_assert_true(iov->iov_base == scene.data + head->stream);
		g_assert_cmpuint(iov->iov_len, ==, head->stream_size);
		if (i == 0)
			paint(add_layer(&scene, 0, 3), &area, 0);
	}
	scene_fini(&scene);
}

/* Ink above what later frames draw leaves them as they are, borrowed. */
static void frames_without_ink_are_borrowed(void)
{
	static const cairo_rectangle_int_t area = {3, 1, 9, 3};
	g_autoptr(GByteArray) file = grey_file(3, 100, 6);
	g_autoptr(chain_auto) chain = NULL;
	const struct iovec *iov;
	struct scene scene;
	gsize n;

	scene_init(&scene, file);
	paint(add_layer(&scene, 0, 3), &area, 0xffffffff);
	check_exact(&scene);
	chain = splice(&scene);
	iov = chain_iov(chain, &n);
	g_assert_cmpuint(iov[n - 1].iov_len, >=,
			 gif_head(scene.data)->stream_size -
				 gif_frame(scene.data, 1)->head);
	scene_fini(&scene);
}

static void a_still_keeps_one_palette(void)
{
	static const cairo_rectangle_int_t area = {3, 4, 9, 9};
	g_autoptr(GByteArray) file = grey_file(1, 200, 0);
	g_autoptr(gif_check_auto) check = NULL;
	struct scene scene;

	scene_init(&scene, file);
	paint(add_layer(&scene, 0, 1), &area, 0xffff8000);
	check_exact(&scene);
	check = splice_and_read(&scene);
	g_assert_true(check->has_palette);
	g_assert_false(gif_check_frame(check, 0)->has_palette);
	scene_fini(&scene);
}

/* All 256 entries in use and none like the caption: a few pixels give way, and
 * not by much. */
static void a_full_palette_gives_way(void)
{
	static const cairo_rectangle_int_t area = {30, 20, 5, 5};
	g_autoptr(GByteArray) file = grey_file(1, 256, 0);
	g_autoptr(gif_check_auto) blank = NULL;
	g_autoptr(gif_check_auto) got = NULL;
	guint n_off = 0;
	struct scene scene;

	scene_init(&scene, file);
	paint(add_layer(&scene, 0, 1), &area, 0xffff0000);
	blank = gif_check_new(scene.data + gif_head(scene.data)->stream,
			      gif_head(scene.data)->stream_size);
	got = splice_and_read(&scene);
	for (int i = 0; i < N; i++) {
		guint32 a = gif_check_frame(blank, 0)->shown[i];
		guint32 b = gif_check_frame(got, 0)->shown[i];

		if (ink_at(&scene, 0, i % WIDTH, i / WIDTH) != 0) {
			g_assert_cmphex(b, ==, 0xffff0000);
			continue;
		}
		n_off += a != b;
		g_assert_cmpuint(distance(a, b), <=, 1);
	}
	g_assert_cmpuint(n_off, <=, N / 256 + 1);
	scene_fini(&scene);
}

/* All 256 in use, and ink that is near enough to one of them. */
static void a_full_palette_serves(void)
{
	static const cairo_rectangle_int_t area = {30, 20, 5, 5};
	g_autoptr(GByteArray) file = grey_file(1, 256, 0);
	struct scene scene;

	scene_init(&scene, file);
	paint(add_layer(&scene, 0, 1), &area, 0xff050302);
	check_scene(&scene, &(struct error){.limit = 3});
	scene_fini(&scene);
}

/* A later frame that has no index left for transparency draws all its pixels,
 * the caption's too. */
static void a_frame_of_all_colors_is_drawn_whole(void)
{
	static const cairo_rectangle_int_t area = {10, 40, 60, 20};
	g_autoptr(GByteArray) file = grey_file(3, 256, 0);
	struct scene scene;

	scene_init(&scene, file);
	g_assert_cmpuint(gif_frame(scene.data, 2)->transparent, ==,
			 GIF_NOT_TRANSPARENT);
	paint(add_layer(&scene, 0, 3), &area, 0xff7f7f7f);
	check_exact(&scene);
	scene_fini(&scene);
}

/* A caption that stays is drawn once: later frames are hardly longer. */
static void text_stays(void)
{
	static const cairo_rectangle_int_t area = {2, 2, 90, 60};
	g_autoptr(GByteArray) file = grey_file(6, 120, 0);
	g_autoptr(gif_check_auto) check = NULL;
	struct scene scene;

	scene_init(&scene, file);
	paint(add_layer(&scene, 0, 6), &area, 0xffffffff);
	check = splice_and_read(&scene);
	for (guint i = 1; i < 6; i++) {
		const struct gif_check_frame *frame = gif_check_frame(check, i);

		for (guint y = MAX(2, frame->y); y < 62; y++)
			for (guint x = 2; x < 92; x++)
				g_assert_cmpint(
					frame->indices[(y - frame->y) * WIDTH +
						       x],
					==, frame->transparent);
	}
	scene_fini(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gif-splice/solid", solid_ink_is_exact);
	g_test_add_func("/gif-splice/blends", blends_are_near);
	g_test_add_func("/gif-splice/blank", no_ink_is_the_blank_template);
	g_test_add_func("/gif-splice/borrowed",
			frames_without_ink_are_borrowed);
	g_test_add_func("/gif-splice/still", a_still_keeps_one_palette);
	g_test_add_func("/gif-splice/full", a_full_palette_gives_way);
	g_test_add_func("/gif-splice/near", a_full_palette_serves);
	g_test_add_func("/gif-splice/whole",
			a_frame_of_all_colors_is_drawn_whole);
	g_test_add_func("/gif-splice/stays", text_stays);
	return g_test_run();
}
