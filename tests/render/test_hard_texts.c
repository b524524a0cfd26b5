/* Texts made to be slow, against a plain one: each has to be laid out and
 * painted long before the render deadline. */
#include "config.h"

#include "render/paint.h"

#include <string.h>
#include <time.h>

#include "render/autoptr.h"
#include "render/limits.h"
#include "tests/render/fixture.h"
#include "tests/render/gallery.h"

/* A tenth of the soft deadline, of CPU time: a busy machine is no slow text.
 * With sanitizers the worst takes a third of it. */
enum { LIMIT_MS = 500, WIDTH = 548, HEIGHT = 420 };

static double cpu_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static const struct {
	const char *name, *part; /* repeated up to LIMIT_CODE_POINTS */
} texts[] = {
	{"plain", "words and "},
	{"no-break", "w"},
	{"one-letter-words", "a "},
	{"directions", "aא"},
	{"overrides", "\u202ea\u2067א"},
	{"isolates", "\u2066"},
	{"marks", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307"},
	{"joiners", "\u200d"},
	{"joined", "a\u200d"},
	{"spaces", " "},
	{"soft-hyphens", "a\u00ad"},
	{"families", "👨‍👩‍👧‍👦"},
	{"flags", "🇩🇪"},
	{"han", "漢字仮名交じり文"},
	{"ligature", "ﷺ"},
	{"clusters", "க்ஷ்"},
	{"thai", "กินข้าวหรือยังครับ"},
	{"missing", "\U000f0000\U000f1000\U000f2000"},
	{"upper", "ßﬃŉ"},
};

static char *repeat(const char *part)
{
	GString *text = g_string_new(NULL);
	glong n = g_utf8_strlen(part, -1);

	for (glong i = n; i <= LIMIT_CODE_POINTS; i += n)
		g_string_append(text, part);
	return g_string_free(text, FALSE);
}

static void draw(struct fonts *fonts, const char *text, enum caption_size size)
{
	struct caption caption;
	const struct macro macro = {.captions = &caption, .n_captions = 1};
	g_autoptr(cairo_surface_t) surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
	g_autoptr(plan_auto) plan = NULL;

	caption_init(&caption);
	caption.text = g_strdup(text);
	caption.size = size;
	caption.size_px = 30;
	caption.text_case = TEXT_CASE_UPPER;
	plan = layout_plan(&macro, WIDTH, HEIGHT, fonts, 0, NULL);
	g_assert_nonnull(plan);
	paint_plan(plan, surface);
	caption_fini(&caption);
}

/* Cold, and in each way of choosing a size; the slowest counts. */
static double slowest_ms(struct fonts *fonts, const char *text)
{
	double most_ms = 0;

	for (int size = CAPTION_SIZE_AUTO; size <= CAPTION_SIZE_FIT; size++) {
		double start_ms = cpu_ms();

		draw(fonts, text, (enum caption_size)size);
		most_ms = MAX(most_ms, cpu_ms() - start_ms);
	}
	return most_ms;
}

static void time_all(struct fonts *fonts)
{
	double plain_ms = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *text = repeat(texts[i].part);
		double ms = slowest_ms(fonts, text);

		if (i == 0)
			plain_ms = ms;
		g_test_message("%-16s %7.2f ms, %.1f of the plain one",
			       texts[i].name, ms, ms / plain_ms);
		g_assert_cmpfloat(ms, <, LIMIT_MS);
	}
	fonts_close(fonts);
}

static void hard_texts_are_in_time(void)
{
	time_all(fixture_fonts());
}

static void hard_texts_are_in_time_with_real_fonts(void)
{
	struct fonts *fonts = gallery_fonts();

	if (!fonts) {
		g_test_skip("OpenSans-CondBold is not installed");
		return;
	}
	time_all(fonts);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hard/drawn", hard_texts_are_in_time);
	g_test_add_func("/hard/real", hard_texts_are_in_time_with_real_fonts);
	return g_test_run();
}
