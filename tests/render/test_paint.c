#include "config.h"

#include "render/paint.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/coverage.h"
#include "render/plan.h"
#include "tests/render/fixture.h"

enum { WIDTH = 300, HEIGHT = 200 };

static struct fonts *fonts;

/* Every look there is, alone and together. */
static const char *const looks[] = {
	"",
	"[outline]=none",
	"[outline_width]=9",
	"[shadow]=red",
	"[background]=blue",
	"[opacity]=.4",
	"[angle]=20",
	"[angle]=-90&[shadow]=red&[background]=blue",
	"[size]=fit",
	"[size]=290&[background]=blue",
	"[size]=9.5&[halign]=right",
	"[opacity]=.6&[shadow]=red&[background]=blue&[case]=upper",
	"[x]=.5&[y]=.1&[w]=.3&[h]=.7&[size]=fit",
	"[x]=.9&[y]=.9&[w]=.02&[h]=.02&[size]=fit",
	"[x]=.9&[y]=.9&[w]=.02&[h]=.02&[size]=fit&[shadow]=red"
	"&[background]=blue",
};

/* A plan of one caption in the given look. */
static struct plan *plan_in(const char *look)
{
	g_auto(GStrv) parts = g_strsplit(look, "[", -1);
	g_autofree char *keys = g_strjoinv("captions[0][", parts);
	g_autofree char *query = g_strdup_printf(
		"captions[0][text]=ABC gÉ אב漢&captions[0][valign]=top&%s",
		keys);

	return fixture_plan(fonts, query, WIDTH, HEIGHT);
}

static cairo_surface_t *canvas(cairo_format_t format, guint32 pixel)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(format, WIDTH, HEIGHT);
	guint8 *data = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			memcpy(data + y * stride + x * 4, &pixel, 4);
	cairo_surface_mark_dirty(surface);
	return surface;
}

static guint32 pixel_at(cairo_surface_t *surface, int x, int y)
{
	guint32 pixel;

	memcpy(&pixel,
	       cairo_image_surface_get_data(surface) +
		       y * cairo_image_surface_get_stride(surface) + x * 4,
	       4);
	return pixel;
}

/* Widens left, top, right, bottom to every pixel that is not plain. */
static void widen(cairo_surface_t *surface, guint32 plain, int box[4])
{
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			if (pixel_at(surface, x, y) == plain)
				continue;
			box[0] = MIN(box[0], x);
			box[1] = MIN(box[1], y);
			box[2] = MAX(box[2], x + 1);
			box[3] = MAX(box[3], y + 1);
		}
}

/* What black letters with a white outline change shows on one of two
 * grounds. */
static void the_ink_is_exact(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(looks); i++) {
		static const guint32 grounds[] = {0xff000000, 0xffffffff};
		g_autoptr(plan_auto) plan = plan_in(looks[i]);
		int box[4] = {WIDTH, HEIGHT, 0, 0};
		struct plan_caption_info info;

		for (int k = 0; k < 2; k++) {
			g_autoptr(cairo_surface_t) surface =
				canvas(CAIRO_FORMAT_ARGB32, grounds[k]);

			paint_plan(plan, surface);
			widen(surface, grounds[k], box);
		}
		plan_caption_info(plan, 0, &info);
		g_test_message("'%s': ink %d,%d %dx%d", looks[i], info.ink.x,
			       info.ink.y, info.ink.width, info.ink.height);
		g_assert_cmpint(info.ink.x, ==, box[0]);
		g_assert_cmpint(info.ink.y, ==, box[1]);
		g_assert_cmpint(info.ink.x + info.ink.width, ==, box[2]);
		g_assert_cmpint(info.ink.y + info.ink.height, ==, box[3]);
	}
}

static gboolean are_equal(cairo_surface_t *a, cairo_surface_t *b)
{
	return memcmp(cairo_image_surface_get_data(a),
		      cairo_image_surface_get_data(b),
		      (gsize)cairo_image_surface_get_stride(a) * HEIGHT) == 0;
}

/* With masks drawn anew and with masks kept, by one worker and by another. */
static void the_same_plan_gives_the_same_bytes(void)
{
	g_autoptr(fonts_auto) others = fixture_fonts();

	for (gsize i = 0; i < G_N_ELEMENTS(looks); i++) {
		cairo_format_t format =
			i % 2 ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32;
		g_autoptr(plan_auto) plan = plan_in(looks[i]);
		struct fonts *ours = fonts;
		g_autoptr(plan_auto) again = NULL;
		g_autoptr(cairo_surface_t) first = canvas(format, 0xff336699);
		g_autoptr(cairo_surface_t) second = canvas(format, 0xff336699);
		g_autoptr(cairo_surface_t) third = canvas(format, 0xff336699);

		paint_plan(plan, first);
		paint_plan(plan, second);
		fonts = others;
		again = plan_in(looks[i]);
		fonts = ours;
		paint_plan(again, third);
		g_assert_true(are_equal(first, second));
		g_assert_true(are_equal(first, third));
	}
}

static int coverage_at(cairo_surface_t *layer, int x, int y)
{
	if (x < 0 || y < 0 || x >= cairo_image_surface_get_width(layer) ||
	    y >= cairo_image_surface_get_height(layer))
		return 0;
	return cairo_image_surface_get_data(
		layer)[y * cairo_image_surface_get_stride(layer) + x];
}

/* The largest difference of any pixel of two layers that lie dx, dy apart. */
static int difference(cairo_surface_t *a, cairo_surface_t *b, int dx, int dy)
{
	int most = 0;

	for (int y = 0; y < cairo_image_surface_get_height(a); y++)
		for (int x = 0; x < cairo_image_surface_get_width(a); x++)
			most = MAX(most, ABS(coverage_at(a, x, y) -
					     coverage_at(b, x + dx, y + dy)));
	return most;
}

/* Where two glyphs meet in one pixel their parts are added; a single path
 * counts what they share once. */
static void masks_and_paths_agree(void)
{
	static const int sizes[] = {9, 20, 31, 40, 64, 127, 200};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *look = g_strdup_printf("[size]=%d", sizes[i]);
		g_autoptr(plan_auto) plan = plan_in(look);
		struct plan_caption turned = plan->captions[0];
		const cairo_rectangle_int_t picture = {0, 0, plan->width_px,
						       plan->height_px};
		g_autoptr(coverage_auto) masks =
			coverage_new(plan, &plan->captions[0], &picture);
		g_autoptr(coverage_auto) paths = NULL;
		int dx, dy;

		/* Enough to take the other road, and less than a pixel. */
		turned.angle_rad = 2e-6;
		paths = coverage_new(plan, &turned, &picture);
		dx = masks->box.x - paths->box.x;
		dy = masks->box.y - paths->box.y;
		g_assert_cmpint(difference(masks->fill, paths->fill, dx, dy),
				<=, 8);
		g_assert_cmpint(
			difference(masks->outline, paths->outline, dx, dy), <=,
			64);
	}
}

/* Half of a caption's opacity shows the ground, not the outline. */
static void opacity_is_the_caption_s_as_a_whole(void)
{
	g_autoptr(plan_auto) plan =
		fixture_plan(fonts,
			     "captions[0][text]=A&captions[0][valign]=top"
			     "&captions[0][opacity]=.5&captions[0][color]=red"
			     "&captions[0][outline]=lime",
			     WIDTH, HEIGHT);
	g_autoptr(cairo_surface_t) surface =
		canvas(CAIRO_FORMAT_RGB24, 0xff0000ff);
	struct plan_caption_info info;
	guint32 pixel;

	paint_plan(plan, surface);
	plan_caption_info(plan, 0, &info);
	pixel = pixel_at(surface, info.ink.x + info.ink.width / 2,
			 info.ink.y + info.ink.height / 2) &
		0xffffff;
	g_assert_cmphex(pixel & 0xff00, ==, 0);
	g_assert_cmpint(pixel >> 16, >=, 0x7f);
	g_assert_cmpint(pixel >> 16, <=, 0x80);
	g_assert_cmpint(pixel & 0xff, >=, 0x7f);
	g_assert_cmpint(pixel & 0xff, <=, 0x80);
}

/* Neighbours' outlines overlap where letters stand closer than two of them;
 * the fills must stay whole: in the middle of each letter it is white. */
static void outlines_eat_no_fill(void)
{
	g_autoptr(plan_auto) plan = fixture_plan(
		fonts,
		"captions[0][text]=AAAA&captions[0][valign]=top"
		"&captions[0][size]=40&captions[0][outline_width]=32",
		WIDTH, HEIGHT);
	g_autoptr(cairo_surface_t) surface =
		canvas(CAIRO_FORMAT_RGB24, 0xff0000ff);
	const struct plan_caption *caption = &plan->captions[0];

	paint_plan(plan, surface);
	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph =
			&g_array_index(caption->glyphs, struct plan_glyph, i);

		/* Two pixels inside the ink's left and right edges. */
		g_assert_cmphex(pixel_at(surface,
					 (int)(glyph->x_px + 0.05 * 40) + 2,
					 (int)glyph->y_px - 14) &
					0xffffff,
				==, 0xffffff);
		g_assert_cmphex(pixel_at(surface,
					 (int)(glyph->x_px + 0.55 * 40) - 2,
					 (int)glyph->y_px - 14) &
					0xffffff,
				==, 0xffffff);
	}
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	fonts = fixture_fonts();
	g_test_add_func("/paint/ink", the_ink_is_exact);
	g_test_add_func("/paint/same", the_same_plan_gives_the_same_bytes);
	g_test_add_func("/paint/roads", masks_and_paths_agree);
	g_test_add_func("/paint/opacity", opacity_is_the_caption_s_as_a_whole);
	g_test_add_func("/paint/fills", outlines_eat_no_fill);
	result = g_test_run();
	fonts_close(fonts);
	return result;
}
