/* What layout and painting of text cost: make bench-text.
 *
 * Each figure stands beside the one it is held against, of the same run: a
 * PangoLayout of a fixed size for layout, the same caption stroked and filled
 * as paths and a copy of the picture for painting.
 */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pango/pango.h>

#include "bench/bench.h"
#include "render/autoptr.h"
#include "render/coverage.h"
#include "render/masks.h"
#include "render/paint.h"
#include "render/plan.h"
#include "render/typeface.h"

enum { WIDTH = 548, HEIGHT = 420, ROUNDS = 300, PATH_ROUNDS = 20 };

static const char *const texts[] = {
	"One does not simply walk into the castle",
	"When the build is green on the first try",
};

/* What is timed: one round of it. */
struct subject {
	struct fonts *fonts;
	const struct macro *macro;
	const struct plan *plan;
	cairo_surface_t *surface;
	guint8 *copy;
	PangoContext *context;
};
typedef void (*round_fn)(const struct subject *);

static double time_us(round_fn round, const struct subject *subject, int n)
{
	g_autofree double *samples = g_new(double, n);

	for (int i = 0; i < n; i++) {
		gint64 since_ns = bench_cpu_ns();

		round(subject);
		samples[i] = (double)(bench_cpu_ns() - since_ns) / 1000;
	}
	return bench_median(samples, n);
}

static void lay_out(const struct subject *subject)
{
	plan_free(layout_plan(subject->macro, WIDTH, HEIGHT, subject->fonts, 0,
			      NULL));
}

static void lay_out_with_pango(const struct subject *subject)
{
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(PangoLayout) layout =
			pango_layout_new(subject->context);
		PangoRectangle ink;

		pango_layout_set_width(layout, WIDTH * PANGO_SCALE);
		pango_layout_set_text(layout, texts[i], -1);
		pango_layout_get_extents(layout, &ink, NULL);
	}
}

static void paint(const struct subject *subject)
{
	paint_plan(subject->plan, subject->surface);
}

static void copy(const struct subject *subject)
{
	memcpy(subject->copy, cairo_image_surface_get_data(subject->surface),
	       (gsize)cairo_image_surface_get_stride(subject->surface) *
		       HEIGHT);
	/* Or the compiler sees that nobody reads it. */
	__asm__ volatile("" : : "r"(subject->copy) : "memory");
}

static struct macro *macro_of(const char *size)
{
	g_autofree char *query =
		g_strdup_printf("template=x&top_text=%s&bottom_text=%s&size=%s",
				texts[0], texts[1], size);

	return macro_from_query(query, strlen(query), NULL);
}

/* The same plan, turned by less than a pixel: off the masks' road. */
static struct plan turned(const struct plan *plan,
			  struct plan_caption captions[])
{
	struct plan copied = *plan;

	for (gsize i = 0; i < plan->n_captions; i++) {
		captions[i] = plan->captions[i];
		captions[i].angle_rad = 2e-6;
	}
	copied.captions = captions;
	return copied;
}

static void report(const char *what, double us, const char *than, double of_us)
{
	if (than)
		printf("%-28s %9.1f us   %6.2f of %s\n", what, us, us / of_us,
		       than);
	else
		printf("%-28s %9.1f us\n", what, us);
}

static void bench_layout(struct subject *subject)
{
	static const char *const sizes[] = {"40", "shrink", "auto", "fit"};
	double pango_us;

	subject->context =
		fonts_typeface(subject->fonts, NULL, HAN_CHINESE, NULL)
			->context;
	pango_us = time_us(lay_out_with_pango, subject, ROUNDS);
	report("pango_layout, two texts", pango_us, NULL, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(macro_auto) macro = macro_of(sizes[i]);
		g_autofree char *what =
			g_strconcat("layout, size=", sizes[i], NULL);

		subject->macro = macro;
		report(what, time_us(lay_out, subject, ROUNDS), "pango_layout",
		       pango_us);
	}
}

static void bench_paint(struct subject *subject)
{
	g_autoptr(macro_auto) macro = macro_of("auto");
	g_autoptr(plan_auto) plan =
		layout_plan(macro, WIDTH, HEIGHT, subject->fonts, 0, NULL);
	struct plan_caption captions[2];
	struct plan paths = turned(plan, captions);
	double copy_us, paint_us, paths_us;

	subject->plan = plan;
	copy_us = time_us(copy, subject, ROUNDS);
	paint_us = time_us(paint, subject, ROUNDS);
	subject->plan = &paths;
	paths_us = time_us(paint, subject, PATH_ROUNDS);
	report("memcpy of the picture", copy_us, NULL, 0);
	report("paint, as paths", paths_us, NULL, 0);
	report("paint, from masks", paint_us, "the paths", paths_us);
	report("", paint_us, "the memcpy", copy_us);
}

/* The first caption of a new worker: fonts, layout, painting. */
static struct fonts *bench_cold(cairo_surface_t *surface)
{
	static const char *const defaults[] = {"NotoSans-ExtraCondensedBlack",
					       "OpenSans-CondBold", NULL};
	static const char *const folders[] = {
		"/usr/share/fonts/truetype/noto",
		"/usr/share/fonts/opentype/noto",
		"/usr/share/fonts/truetype/open-sans", NULL};
	const struct fonts_config config = {.defaults = defaults,
					    .fallback_dirs = folders,
					    .cache_entries = 8};
	g_autoptr(macro_auto) macro = macro_of("auto");
	g_autoptr(plan_auto) plan = NULL;
	gint64 since_ns = bench_cpu_ns();
	struct fonts *fonts = fonts_open(&config, NULL);

	if (!fonts)
		return NULL;
	report("cold: open the fonts",
	       (double)(bench_cpu_ns() - since_ns) / 1000, NULL, 0);
	since_ns = bench_cpu_ns();
	plan = layout_plan(macro, WIDTH, HEIGHT, fonts, 0, NULL);
	report("cold: layout", (double)(bench_cpu_ns() - since_ns) / 1000, NULL,
	       0);
	since_ns = bench_cpu_ns();
	paint_plan(plan, surface);
	report("cold: paint", (double)(bench_cpu_ns() - since_ns) / 1000, NULL,
	       0);
	return fonts;
}

/* Sizes until the masks are as many as they may be. */
static void bench_masks(struct fonts *fonts, cairo_surface_t *surface)
{
	struct masks_stats stats;

	for (int size = 12; size < 250; size++) {
		g_autofree char *number = g_strdup_printf("%d", size);
		g_autoptr(macro_auto) macro = macro_of(number);
		g_autoptr(plan_auto) plan =
			layout_plan(macro, WIDTH, HEIGHT, fonts, 0, NULL);

		paint_plan(plan, surface);
	}
	masks_get_stats(fonts_masks(fonts), &stats);
	printf("masks, full: %u in %zu of %zu KiB\n", stats.entries,
	       stats.size_bytes / 1024, stats.limit_bytes / 1024);
}

int main(void)
{
	g_autoptr(cairo_surface_t) surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
	struct subject subject = {.surface = surface};
	g_autoptr(fonts_auto) fonts = NULL;
	g_autofree guint8 *copied = NULL;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	fonts = bench_cold(surface);
	if (!fonts) {
		fputs("fonts-noto-extra is not installed\n", stderr);
		return EXIT_FAILURE;
	}
	copied = g_malloc((gsize)cairo_image_surface_get_stride(surface) *
			  HEIGHT);
	subject.copy = copied;
	subject.fonts = fonts;
	bench_layout(&subject);
	bench_paint(&subject);
	bench_masks(fonts, surface);
	return EXIT_SUCCESS;
}
