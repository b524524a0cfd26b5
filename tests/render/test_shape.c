#include "config.h"

#include "render/shape.h"

#include <string.h>

#include "tests/render/fixture.h"

static struct shape *shape_of(struct fonts *fonts, const char *text)
{
	const struct typeface *typeface =
		fonts_typeface(fonts, NULL, HAN_CHINESE, NULL);

	return shape_new(fonts, typeface, text);
}

/* The line of the cells [first, end); the caller calls clear(). */
static struct shape_line line_of(struct shape *shape, guint first, guint end)
{
	const struct wrap_line line = {first, end};
	struct shape_line out;

	shape_line(shape, &line, &out);
	return out;
}

static void clear(struct shape_line *line)
{
	g_array_unref(line->glyphs);
	g_free(line->text);
}

static void cells_tell_widths_and_breaks(void)
{
	static const struct wrap_cell wanted[] = {
		{0.6, 0.05, 0.05, 0.7, 0, 0, WRAP_BREAK_EMERGENCY, 0, 0},
		{0.6, 0.05, 0.05, 0.5, 0.2, 1, WRAP_BREAK_EMERGENCY, 0, 0},
		{0.25, 0, 0, 0, 0, 2, WRAP_BREAK_EMERGENCY, 1, 0},
		{0.6, 0.05, 0.05, 0.9, 0, 3, WRAP_BREAK_WORD, 0, 0},
		{0, 0, 0, 0, 0, 5, WRAP_BREAK_WORD, 0, 1},
		{0.6, 0.05, 0.05, 0.7, 0, 6, WRAP_BREAK_EMERGENCY, 0, 0},
	};
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	g_autoptr(shape_auto) shape = shape_of(fonts, "Ag É\nB");
	gsize n;
	const struct wrap_cell *cells = wrap_cells(shape_wrap(shape), &n);

	g_assert_cmpuint(n, ==, G_N_ELEMENTS(wanted));
	for (gsize i = 0; i < n; i++) {
		const struct wrap_cell *want = &wanted[i], *got = &cells[i];

		g_test_message("cell %zu", i);
		g_assert_cmpfloat_with_epsilon(got->advance_em,
					       want->advance_em, 1e-4);
		g_assert_cmpfloat_with_epsilon(got->inset_start_em,
					       want->inset_start_em, 1e-4);
		g_assert_cmpfloat_with_epsilon(got->inset_end_em,
					       want->inset_end_em, 1e-4);
		g_assert_cmpfloat_with_epsilon(got->ascent_em, want->ascent_em,
					       1e-4);
		g_assert_cmpfloat_with_epsilon(got->descent_em,
					       want->descent_em, 1e-4);
		g_assert_cmpuint(got->offset, ==, want->offset);
		g_assert_cmpint(got->before, ==, want->before);
		g_assert_cmpint(got->is_space, ==, want->is_space);
		g_assert_cmpint(got->is_newline, ==, want->is_newline);
	}
}

static void a_line_tells_its_ink(void)
{
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	g_autoptr(shape_auto) shape = shape_of(fonts, "One g two");
	struct shape_line line = line_of(shape, 4, 5);

	g_assert_cmpstr(line.text, ==, "g");
	g_assert_true(line.has_ink);
	g_assert_cmpfloat_with_epsilon(line.left_em, 0.05, 1e-4);
	g_assert_cmpfloat_with_epsilon(line.right_em, 0.55, 1e-4);
	g_assert_cmpfloat_with_epsilon(line.ascent_em, 0.5, 1e-4);
	g_assert_cmpfloat_with_epsilon(line.descent_em, 0.2, 1e-4);
	g_assert_cmpuint(line.glyphs->len, ==, 1);
	g_assert_cmpfloat(
		g_array_index(line.glyphs, struct shape_glyph, 0).x_em, ==, 0);
	clear(&line);
}

static void a_line_without_ink_is_as_high_as_capitals(void)
{
	static const char *const texts[] = {"", " ", "\n"};
	g_autoptr(fonts_auto) fonts = fixture_fonts();

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(shape_auto) shape = shape_of(fonts, texts[i]);
		struct shape_line line = line_of(shape, 0, 0);

		g_assert_false(line.has_ink);
		g_assert_cmpfloat_with_epsilon(line.ascent_em, 0.7, 1e-6);
		g_assert_cmpfloat(line.descent_em, ==, 0);
		clear(&line);
	}
}

/* The x of each glyph of a line, in hundredths of an em. */
static char *places(const struct shape_line *line)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < line->glyphs->len; i++) {
		const struct shape_glyph *glyph =
			&g_array_index(line->glyphs, struct shape_glyph, i);

		g_string_append_printf(out, "%s%s@%.0f", i > 0 ? " " : "",
				       glyph->face ? glyph->face->stem : "box",
				       glyph->x_em * 100);
	}
	return g_string_free(out, FALSE);
}

/* Hebrew comes from the fallback, right to left; of its two files the one that
 * is asked first. */
static void directions_and_faces_mix(void)
{
	static const struct {
		const char *text, *glyphs;
	} cases[] = {
		{"AB", "Block@0 Block@60"},
		{"A\tB", "Block@0 Block@60 Block@85"},
		{"אב", "SpareHebrew-Black@0 SpareHebrew-Black@60"},
		{"A א", "Block@0 Block@60 SpareHebrew-Black@85"},
		/* A line that begins with Hebrew begins at the right. */
		{"אA", "Block@0 SpareHebrew-Black@60"},
		{"\u200fA א", "SpareHebrew-Black@0 Block@60 Block@85"},
		/* Characters that no font has. */
		{"A漢B", "Block@0 box@60 Block@122"},
		{"\u200b", ""},
	};
	g_autoptr(fonts_auto) fonts = fixture_fonts();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(shape_auto) shape = shape_of(fonts, cases[i].text);
		g_autofree char *got = NULL;
		struct shape_line line;
		gsize n;

		(void)wrap_cells(shape_wrap(shape), &n);
		line = line_of(shape, 0, (guint)n);
		got = places(&line);
		g_assert_cmpstr(got, ==, cases[i].glyphs);
		clear(&line);
	}
}

static void missing_characters_are_counted(void)
{
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	g_autoptr(shape_auto) shape = shape_of(fonts, "A漢字B\u200d");
	struct fonts_stats stats;

	fonts_get_stats(fonts, &stats);
	g_assert_cmpuint(stats.missing_chars, ==, 2);
}

static void a_cut_word_keeps_its_place_in_the_text(void)
{
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	g_autoptr(shape_auto) shape = shape_of(fonts, "ABC\nאבגד");
	struct shape_line line = line_of(shape, 1, 3);
	struct shape_line hebrew = line_of(shape, 5, 7);
	g_autofree char *got = places(&line);

	g_assert_cmpstr(got, ==, "Block@0 Block@60");
	g_assert_cmpstr(line.text, ==, "BC");
	g_assert_cmpstr(hebrew.text, ==, "בג");
	g_assert_cmpuint(hebrew.glyphs->len, ==, 2);
	clear(&line);
	clear(&hebrew);
}

/* Only where a line breaks at it. */
static void a_soft_hyphen_is_shown_at_a_break(void)
{
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	g_autoptr(shape_auto) shape = shape_of(fonts, "AB\u00adCD\u00ad");
	struct shape_line broken = line_of(shape, 0, 3);
	struct shape_line rest = line_of(shape, 3, 6);
	g_autofree char *with = places(&broken), *without = places(&rest);

	g_assert_cmpstr(with, ==, "Block@0 Block@60 Block@120");
	g_assert_cmpfloat_with_epsilon(broken.right_em, 1.2 + 0.35, 1e-4);
	g_assert_cmpfloat_with_epsilon(wrap_width_em(shape_wrap(shape), 0, 3),
				       1.2 - 0.05 + 0.4, 1e-4);
	g_assert_cmpstr(without, ==, "Block@0 Block@60");
	clear(&broken);
	clear(&rest);
}

static void the_han_face_goes_by_the_text(void)
{
	static const struct {
		const char *text;
		enum han han;
	} cases[] = {{"", HAN_CHINESE},		{"abc", HAN_CHINESE},
		     {"漢字", HAN_CHINESE},	{"漢字かな", HAN_JAPANESE},
		     {"カナ", HAN_JAPANESE},	{"한국 漢字", HAN_KOREAN},
		     {"한국かな", HAN_JAPANESE}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(shape_han_of(cases[i].text), ==, cases[i].han);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/shape/cells", cells_tell_widths_and_breaks);
	g_test_add_func("/shape/ink", a_line_tells_its_ink);
	g_test_add_func("/shape/no-ink",
			a_line_without_ink_is_as_high_as_capitals);
	g_test_add_func("/shape/mixed", directions_and_faces_mix);
	g_test_add_func("/shape/missing", missing_characters_are_counted);
	g_test_add_func("/shape/cut", a_cut_word_keeps_its_place_in_the_text);
	g_test_add_func("/shape/hyphen", a_soft_hyphen_is_shown_at_a_break);
	g_test_add_func("/shape/han", the_han_face_goes_by_the_text);
	return g_test_run();
}
