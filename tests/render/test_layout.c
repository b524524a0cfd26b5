#include "config.h"

#include "render/layout.h"

#include <math.h>
#include <string.h>

#include "render/plan.h"
#include "tests/render/fixture.h"

/* Block's letters are 0.6 em wide, with 0.05 em of that free on each side; its
 * capitals are 0.7 em high. Pictures are 500 × 400: margins 10 and 8. */

static struct fonts *fonts;

static void captions_are_where_the_page_says(void)
{
	static const struct {
		const char *query;
		double size_px;
		const char *lines;
		cairo_rectangle_int_t ink;
	} cases[] = {
		/* 2.3 em of ink and 3 px of outline all around. */
		{"top_text=NEED", 64, "NEED", {173, 8, 154, 51}},
		{"bottom_text=NEED", 64, "NEED", {173, 341, 154, 51}},
		{"middle_text=NEED", 64, "NEED", {173, 174, 154, 51}},
		{"top_text=NEED&top_align=left", 64, "NEED", {10, 8, 154, 51}},
		{"top_text=NEED&top_align=right",
		 64,
		 "NEED",
		 {336, 8, 154, 51}},
		{"top_text=NEED&top_outline=none",
		 64,
		 "NEED",
		 {176, 8, 148, 45}},
		/* What has a tail stands on it. */
		{"bottom_text=gg", 64, "gg", {211, 341, 78, 51}},
		/* A fixed size; the outline is never thinner than a pixel. */
		{"top_text=NEED&top_size=10", 10, "NEED", {237, 8, 26, 9}},
		/* One line, or as many as were given, made small: 10.25 em and
		 * 2 outlines of 46 * 3 / 64 px. */
		{"top_text=AAAA AAAA AAAA AAAA&top_size=shrink",
		 46,
		 "AAAA AAAA AAAA AAAA",
		 {12, 8, 476, 38}},
		{"top_text=A%0AAA&top_size=shrink",
		 64,
		 "A|AA",
		 {211, 8, 78, 111}},
		/* Two lines of 64 px where one would be smaller; from baseline
		 * to baseline 0.85 em and two outlines. */
		{"top_text=AAAA AAAA AAAA",
		 64,
		 "AAAA AAAA|AAAA",
		 {88, 8, 324, 111}},
		{"top_text=A%0A%0AA", 64, "A||A", {231, 8, 39, 171}},
		/* As large as the height, 384, allows: 0.7 em and 6 / 64. */
		{"top_text=A&top_size=fit", 483, "A", {106, 8, 288, 384}},
		/* As the width, 480, allows: 2.3 em, 6 / 64 and a pixel. */
		{"top_text=aaaa aaaa&top_size=fit",
		 200,
		 "aaaa|aaaa",
		 {10, 8, 480, 309}},
		{"captions[0][text]=gg&captions[0][case]=upper"
		 "&captions[0][valign]=top",
		 64,
		 "GG",
		 {211, 8, 78, 51}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, cases[i].query, 500, 400);
		const cairo_rectangle_int_t *ink = &cases[i].ink;
		struct plan_caption_info info;
		g_autofree char *lines = NULL;

		g_assert_cmpuint(plan_n_captions(plan), ==, 1);
		plan_caption_info(plan, 0, &info);
		lines = fixture_lines(&info);
		g_test_message("%s: %g '%s' %d,%d %dx%d", cases[i].query,
			       info.size_px, lines, info.ink.x, info.ink.y,
			       info.ink.width, info.ink.height);
		g_assert_cmpfloat(info.size_px, ==, cases[i].size_px);
		g_assert_cmpstr(lines, ==, cases[i].lines);
		g_assert_cmpint(info.ink.x, ==, ink->x);
		g_assert_cmpint(info.ink.y, ==, ink->y);
		g_assert_cmpint(info.ink.width, ==, ink->width);
		g_assert_cmpint(info.ink.height, ==, ink->height);
		g_assert_cmpstr(info.font_name, ==, "Block");
	}
}

/* What the tables of ink do not show: which lines, in which size. */
static void lines_break_well(void)
{
	static const struct {
		const char *query;
		double size_px;
		const char *lines;
	} cases[] = {
		/* Evener lines were to be had, but not at a space. */
		{"top_text=aaaa-bb-c dddd", 64, "aaaa-bb-c|dddd"},
		/* 12.9 em in 385 px: rather smaller than broken. */
		{"top_text=AAAAAAAAAAAAAAAAAAAAAA", 29,
		 "AAAAAAAAAAAAAAAAAAAAAA"},
		/* 30 em would be 12 px: rather broken, and even. */
		{"top_text=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		 64, "AAAAAAAAAA|AAAAAAAAAA|AAAAAAAAAA|AAAAAAAAAA|AAAAAAAAAA"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, cases[i].query, 401, 401);
		struct plan_caption_info info;
		g_autofree char *lines = NULL;

		plan_caption_info(plan, 0, &info);
		lines = fixture_lines(&info);
		g_assert_cmpstr(lines, ==, cases[i].lines);
		g_assert_cmpfloat(info.size_px, ==, cases[i].size_px);
	}
}

static void sides_share_the_height(void)
{
	static const char text[] = "AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA";
	static const struct {
		const char *sides[3];
		int top[3], bottom[3]; /* the share that each may use */
	} cases[] = {
		{{"top"}, {8}, {392}},
		{{"middle"}, {8}, {392}},
		{{"bottom"}, {8}, {392}},
		{{"top", "bottom"}, {8, 200}, {200, 392}},
		{{"top", "middle", "bottom"}, {8, 136, 264}, {136, 264, 392}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) query = g_string_new(NULL);
		g_autoptr(plan_auto) plan = NULL;
		struct plan_caption_info info;

		for (int k = 0; k < 3 && cases[i].sides[k]; k++)
			g_string_append_printf(query, "&%s_text=%s&%s_size=fit",
					       cases[i].sides[k], text,
					       cases[i].sides[k]);
		plan = fixture_plan(fonts, query->str + 1, 500, 400);
		for (gsize k = 0; k < plan_n_captions(plan); k++) {
			plan_caption_info(plan, k, &info);
			g_assert_cmpint(info.ink.y, >=, cases[i].top[k]);
			g_assert_cmpint(info.ink.y + info.ink.height, <=,
					cases[i].bottom[k]);
			/* It is used, too. */
			g_assert_cmpint(info.ink.height, >,
					(cases[i].bottom[k] - cases[i].top[k]) *
						2 / 3);
		}
	}
}

static gboolean are_apart(const cairo_rectangle_int_t *a,
			  const cairo_rectangle_int_t *b)
{
	return a->y + a->height <= b->y || b->y + b->height <= a->y;
}

/* The middle keeps to the middle where it can, and gives way where not. */
static void two_sides_with_the_middle_keep_apart(void)
{
	static const char *const queries[] = {
		"top_text=A&middle_text=B",
		"middle_text=B&bottom_text=A",
		"top_text=A AAAA AAAA AAAA AAAA&top_size=fit&middle_text=B",
		"middle_text=B&bottom_text=AAAA AAAA AAA&bottom_size=fit",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, queries[i], 500, 400);
		struct plan_caption_info first, second;

		plan_caption_info(plan, 0, &first);
		plan_caption_info(plan, 1, &second);
		g_assert_true(are_apart(&first.ink, &second.ink));
		if (i == 0)
			g_assert_cmpint(second.ink.y, ==, 174);
	}
}

static void captions_of_one_side_stack(void)
{
	static const char *const sides[] = {"top", "middle", "bottom"};
	static const char *const sizes[] = {"auto", "fit", "shrink", "40"};

	for (gsize i = 0; i < 12; i++) {
		const char *side = sides[i % 3], *size = sizes[i / 3];
		g_autofree char *query = g_strdup_printf(
			"captions[0][text]=ONE TWO THREE FOUR"
			"&captions[0][valign]=%s&captions[0][size]=%s"
			"&captions[1][text]=A&captions[1][valign]=%s"
			"&captions[2][text]=gg gg&captions[2][valign]=%s"
			"&captions[2][size]=%s",
			side, size, side, side, size);
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, query, 500, 400);
		struct plan_caption_info info[3];

		for (gsize k = 0; k < 3; k++)
			plan_caption_info(plan, k, &info[k]);
		for (gsize k = 0; k < 2; k++)
			g_assert_cmpint(info[k].ink.y + info[k].ink.height, <=,
					info[k + 1].ink.y);
		g_assert_cmpint(info[0].ink.y, >=, 8);
		g_assert_cmpint(info[2].ink.y + info[2].ink.height, <=, 392);
	}
}

/* What does not fit leaves the picture only because it was told to. */
static void a_fixed_size_is_kept(void)
{
	g_autoptr(plan_auto) plan = fixture_plan(
		fonts, "top_text=AAAAAAAA BB&top_size=300", 500, 400);
	struct plan_caption_info info;
	g_autofree char *lines = NULL;

	plan_caption_info(plan, 0, &info);
	lines = fixture_lines(&info);
	g_assert_cmpfloat(info.size_px, ==, 300);
	g_assert_cmpstr(lines, ==, "AA|AA|AA|AA|BB");
	g_assert_cmpint(info.ink.y, ==, 8);
	g_assert_cmpint(info.ink.y + info.ink.height, ==, 400);
}

static void an_area_holds_its_caption(void)
{
	static const struct {
		const char *place;
		double x, y, w, h;
	} cases[] = {
		{"x=0&w=1&y=0&h=1", 0, 0, 1, 1},
		{"x=.25&w=.5&y=.25&h=.5", .25, .25, .5, .5},
		{"x=.9&w=.1&y=.95&h=.05", .9, .95, .1, .05},
		{"x=.333&w=.1&y=.333&h=.1", .333, .333, .1, .1},
	};
	static const char *const sizes[] = {"auto", "fit", "shrink"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases) * 3; i++) {
		g_auto(GStrv) fields = g_strsplit(cases[i / 3].place, "&", -1);
		g_autofree char *query = g_strdup_printf(
			"captions[0][text]=AB gg É&captions[0][size]=%s"
			"&captions[0][%c]=%s&captions[0][%c]=%s"
			"&captions[0][%c]=%s&captions[0][%c]=%s",
			sizes[i % 3], fields[0][0], fields[0] + 2, fields[1][0],
			fields[1] + 2, fields[2][0], fields[2] + 2,
			fields[3][0], fields[3] + 2);
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, query, 500, 400);
		struct plan_caption_info info;

		plan_caption_info(plan, 0, &info);
		g_assert_cmpint(info.ink.width, >, 0);
		g_assert_cmpfloat(info.ink.x, >=, cases[i / 3].x * 500);
		g_assert_cmpfloat(info.ink.y, >=, cases[i / 3].y * 400);
		g_assert_cmpfloat(info.ink.x + info.ink.width, <=,
				  (cases[i / 3].x + cases[i / 3].w) * 500 +
					  1e-6);
		g_assert_cmpfloat(info.ink.y + info.ink.height, <=,
				  (cases[i / 3].y + cases[i / 3].h) * 400 +
					  1e-6);
	}
}

static int margin(int side_px)
{
	return MIN(16, side_px / 50);
}

/* One size more, with the same words unbroken, and it juts out. */
static void fit_is_the_largest_size(void)
{
	static const char *const texts[] = {
		"A",
		"gg gg",
		"ONE TWO THREE FOUR FIVE SIX",
		"Égg É gg AB",
		"a bb ccc dddd eeeee ffffff",
		"g\nÉ",
		"אב גד הו AB",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts) * 20; i++) {
		int width = 60 + (int)(i * 37 % 500);
		int height = 50 + (int)(i * 61 % 400);
		g_autofree char *fit = g_strdup_printf(
			"top_text=%s&top_size=fit", texts[i / 20]);
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, fit, width, height);
		g_autoptr(plan_auto) larger = NULL;
		g_autofree char *one_more = NULL, *lines = NULL;
		struct plan_caption_info info;

		plan_caption_info(plan, 0, &info);
		one_more = g_strdup_printf("top_text=%s&top_size=%g",
					   texts[i / 20], info.size_px + 1);
		larger = fixture_plan(fonts, one_more, width, height);
		plan_caption_info(larger, 0, &info);
		lines = g_strjoinv(" ", (char **)info.lines);
		(void)g_strdelimit(lines, "\n", ' ');
		g_test_message("%s %dx%d: %s", fit, width, height, lines);
		if (strlen(lines) != strlen(texts[i / 20]))
			continue; /* a word had to break */
		/* A pixel on either side is kept for rounding. */
		g_assert_true(larger->captions[0].area.height >
				      height - 2 * margin(height) ||
			      info.ink.width + 2 > width - 2 * margin(width));
	}
}

static void what_cannot_be_is_an_error(void)
{
	g_autoptr(macro_auto) macro = fixture_macro("top_text=A&top_font=No");
	g_autoptr(macro_auto) other = fixture_macro("top_text=A");
	g_autoptr(GError) font = NULL, late = NULL;

	g_assert_null(layout_plan(macro, 500, 400, fonts, 0, &font));
	g_assert_error(font, FONTS_ERROR, FONTS_ERROR_NOT_FOUND);
	g_assert_null(layout_plan(other, 500, 400, fonts, 1, &late));
	g_assert_error(late, LAYOUT_ERROR, LAYOUT_ERROR_DEADLINE);
}

static void without_ink_there_is_no_damage(void)
{
	static const char *const queries[] = {
		"captions[0][text]=%20&captions[0][valign]=top",
		"captions[0][text]=%20&captions[0][valign]=top"
		"&captions[0][background]=red&captions[0][shadow]=blue",
		"captions[0][text]=A&captions[0][valign]=top"
		"&captions[0][opacity]=0",
		"width=10",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
		g_autoptr(plan_auto) plan =
			fixture_plan(fonts, queries[i], 500, 400);
		cairo_region_t *damage = plan_damage(plan);

		g_assert_true(cairo_region_is_empty(damage));
		cairo_region_destroy(damage);
	}
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	fonts = fixture_fonts();
	g_test_add_func("/layout/places", captions_are_where_the_page_says);
	g_test_add_func("/layout/lines", lines_break_well);
	g_test_add_func("/layout/shares", sides_share_the_height);
	g_test_add_func("/layout/middle", two_sides_with_the_middle_keep_apart);
	g_test_add_func("/layout/stack", captions_of_one_side_stack);
	g_test_add_func("/layout/fixed", a_fixed_size_is_kept);
	g_test_add_func("/layout/area", an_area_holds_its_caption);
	g_test_add_func("/layout/fit", fit_is_the_largest_size);
	g_test_add_func("/layout/errors", what_cannot_be_is_an_error);
	g_test_add_func("/layout/no-ink", without_ink_there_is_no_damage);
	result = g_test_run();
	fonts_close(fonts);
	return result;
}
