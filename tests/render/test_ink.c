/* No pixel of a caption's ink outside its area, whatever it says. */
#include "config.h"

#include "render/paint.h"

#include <math.h>
#include <string.h>

#include "render/autoptr.h"
#include "render/plan.h"
#include "tests/render/fixture.h"
#include "tests/render/random_caption.h"

enum { MACROS = 2000, MACROS_THOROUGH = 20000, CAPTIONS = 3, BYTES = 600 };

static struct fonts *fonts;

/* A macro of random captions, as sorted as the readers give them. */
static struct macro *random_macro(struct chooser *chooser)
{
	struct macro *macro = g_new0(struct macro, 1);

	macro->template_id = g_strdup("x");
	macro->n_captions = 1 + chooser_next(chooser, CAPTIONS);
	macro->captions = g_new0(struct caption, macro->n_captions);
	for (gsize i = 0; i < macro->n_captions; i++)
		random_caption(chooser, &macro->captions[i]);
	return macro;
}

static gboolean is_within(const cairo_rectangle_int_t *a,
			  const cairo_rectangle_int_t *b)
{
	return a->width == 0 || (a->x >= b->x && a->y >= b->y &&
				 a->x + a->width <= b->x + b->width &&
				 a->y + a->height <= b->y + b->height);
}

/* The fractions of the picture that an area may hold pixels of. */
static void check_own_area(const struct caption *caption,
			   const cairo_rectangle_int_t *ink, int width,
			   int height)
{
	cairo_rectangle_int_t area = {
		.x = (int)floor(caption->x * width),
		.y = (int)floor(caption->y * height),
	};

	/* An area smaller than a pixel is that pixel. */
	area.x = MIN(area.x, width - 1);
	area.y = MIN(area.y, height - 1);
	area.width =
		MAX(1, (int)ceil((caption->x + caption->w) * width) - area.x);
	area.height =
		MAX(1, (int)ceil((caption->y + caption->h) * height) - area.y);
	g_assert_true(is_within(ink, &area));
}

static void check_plan(const struct plan *plan, const struct macro *macro)
{
	cairo_rectangle_int_t picture = {0, 0, plan->width_px, plan->height_px};

	for (gsize i = 0; i < macro->n_captions; i++) {
		const struct caption *caption = &macro->captions[i];
		const struct plan_caption *planned = &plan->captions[i];

		g_assert_true(is_within(&planned->ink, &picture));
		if (caption->size == CAPTION_SIZE_PX || caption->angle_deg != 0)
			continue;
		g_assert_true(is_within(&planned->ink, &planned->area));
		if (caption->has_area)
			check_own_area(caption, &planned->ink, plan->width_px,
				       plan->height_px);
	}
}

/* Paints on grey, and sees that nothing but the damage is not grey. */
static void check_damage(const struct plan *plan)
{
	g_autoptr(cairo_surface_t) surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, plan->width_px, plan->height_px);
	g_autoptr(cairo_region_t) damage = plan_damage(plan);
	int stride = cairo_image_surface_get_stride(surface);
	guint8 *data = cairo_image_surface_get_data(surface);

	memset(data, 0x80, (gsize)stride * plan->height_px);
	cairo_surface_mark_dirty(surface);
	paint_plan(plan, surface);
	for (int y = 0; y < plan->height_px; y++)
		for (int x = 0; x < plan->width_px; x++) {
			const guint8 *pixel = data + y * stride + x * 4;

			if (pixel[0] != 0x80 || pixel[1] != 0x80 ||
			    pixel[2] != 0x80)
				g_assert_true(cairo_region_contains_point(
					damage, x, y));
		}
}

static void try_macro(GRand *random, guint i)
{
	guint8 bytes[BYTES];
	struct chooser chooser = {bytes, sizeof(bytes)};
	g_autoptr(macro_auto) macro = NULL;
	g_autoptr(plan_auto) plan = NULL;
	g_autoptr(GError) error = NULL;
	int width, height;

	for (gsize k = 0; k < sizeof(bytes); k++)
		bytes[k] = (guint8)g_rand_int(random);
	width = 1 + (int)chooser_next(&chooser, 400);
	height = 1 + (int)chooser_next(&chooser, 400);
	macro = random_macro(&chooser);
	plan = layout_plan(macro, width, height, fonts, 0, &error);
	g_assert_no_error(error);
	check_plan(plan, macro);
	if (i % 8 == 0)
		check_damage(plan);
}

static void ink_stays_in_its_area(void)
{
	guint n = g_test_thorough() ? MACROS_THOROUGH : MACROS;
	GRand *random = g_rand_new_with_seed(g_test_rand_int());

	for (guint i = 0; i < n; i++)
		try_macro(random, i);
	g_rand_free(random);
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	fonts = fixture_fonts();
	g_test_add_func("/ink/area", ink_stays_in_its_area);
	result = g_test_run();
	fonts_close(fonts);
	return result;
}
