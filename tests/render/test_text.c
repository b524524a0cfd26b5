#include "config.h"

#include "render/text.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "render/limits.h"

#define ACUTE  "\xcc\x81"     /* U+0301 */
#define JOINER "\xe2\x80\x8d" /* U+200D */

static void texts_are_made_clean(void)
{
	static const struct {
		const char *given, *clean;
	} cases[] = {
		{"", ""},
		{"Need a meme?", "Need a meme?"},
		{"  two  ", "  two  "},
		{"e" ACUTE, "é"},
		{"é", "é"},
		{"\u1112\u1161\u11ab", "한"},
		{"\u212b", "Å"},
		{"ﬁ", "ﬁ"},
		{"a\nb\tc", "a\nb\tc"},
		{"a\r\nb\rc\r\r\nd", "a\nb\nc\n\nd"},
		{"a\u2028b\u2029c", "a\nb\nc"},
		{"\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f",
		 "\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *clean = text_clean(
			cases[i].given, strlen(cases[i].given), &error);

		g_assert_no_error(error);
		g_assert_cmpstr(clean, ==, cases[i].clean);
	}
}

static void what_is_no_text_is_refused(void)
{
	static const struct {
		const char *bytes;
		gsize size;
		const char *message;
	} cases[] = {
		{"a\0b", 3, "NUL"},
		{"\0", 1, "NUL"},
		{"\xff", 1, "UTF-8"},
		{"a\xc3", 2, "UTF-8"},
		{"\xc0\x80", 2, "UTF-8"},
		{"\xed\xa0\x80", 3, "UTF-8"},
		{"\xf4\x90\x80\x80", 4, "UTF-8"},
		{"a\x01", 2, "U+0001"},
		{"a\x1b[0m", 5, "U+001B"},
		{"\x7f", 1, "U+007F"},
		{"\xc2\x85", 2, "U+0085"},
		{"\v", 1, "U+000B"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(
			text_clean(cases[i].bytes, cases[i].size, &error));
		g_assert_error(error, TEXT_ERROR, TEXT_ERROR_UTF8);
		g_assert_nonnull(strstr(error->message, cases[i].message));
	}
}

/* unit, n times, after prefix */
static char *repeat(const char *prefix, const char *unit, int n)
{
	GString *text = g_string_new(prefix);

	while (n-- > 0)
		g_string_append(text, unit);
	return g_string_free(text, FALSE);
}

static void limits_hold_on_both_sides(void)
{
	static const struct {
		const char *prefix, *unit;
		int most;
		const char *message;
	} cases[] = {
		{"", "x", LIMIT_CODE_POINTS, "257 characters"},
		{"", "\U0001f600", LIMIT_CODE_POINTS, "257 characters"},
		{"", "e" ACUTE, LIMIT_CODE_POINTS, "257 characters"},
		{"", JOINER, LIMIT_CODE_POINTS, "257 characters"},
		{"q", ACUTE, LIMIT_MARKS, "9 combining marks"},
		{"e", ACUTE, LIMIT_MARKS + 1, "9 combining marks"},
		{"q", ACUTE JOINER, LIMIT_MARKS, "9 combining marks"},
		{"", "\n", LIMIT_LINE_BREAKS, "17 line breaks"},
		{"", "\r\n", LIMIT_LINE_BREAKS, "17 line breaks"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *most =
			repeat(cases[i].prefix, cases[i].unit, cases[i].most);
		g_autofree char *more = repeat(cases[i].prefix, cases[i].unit,
					       cases[i].most + 1);
		g_autofree char *clean = text_clean(most, strlen(most), &error);

		g_test_message("%s %s", cases[i].prefix, cases[i].unit);
		g_assert_no_error(error);
		g_assert_nonnull(clean);
		g_assert_null(text_clean(more, strlen(more), &error));
		g_assert_error(error, TEXT_ERROR, TEXT_ERROR_LIMIT);
		g_assert_nonnull(strstr(error->message, cases[i].message));
	}
}

static void far_past_a_limit_is_refused_at_once(void)
{
	static const char *const units[] = {"x", ACUTE, "\n", "\u0958"};

	for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = repeat("q", units[i], 20000);

		g_assert_null(text_clean(text, strlen(text), &error));
		g_assert_error(error, TEXT_ERROR, TEXT_ERROR_LIMIT);
	}
}

static const struct case_row {
	const char *text, *upper, *lower, *title;
} case_rows[] = {
	{"", "", "", ""},
	{"why not Zoidberg?", "WHY NOT ZOIDBERG?", "why not zoidberg?",
	 "Why Not Zoidberg?"},
	{"Straße", "STRASSE", "straße", "Straße"},
	{"ßa", "SSA", "ßa", "Ssa"},
	{"iI", "II", "ii", "Ii"},
	{"ıİ", "Iİ", "ıi\u0307", "Ii\u0307"},
	{"i\u0307x", "İX", "i\u0307x", "İx"},
	{"ﬁx ŉa", "FIX ʼNA", "ﬁx ŉa", "Fix ʼNa"},
	{"ΌΔΟΣ Σ ΣΑΣ", "ΌΔΟΣ Σ ΣΑΣ", "όδος σ σας", "Όδος Σ Σας"},
	{"ᾳ", "ΑΙ", "ᾳ", "ᾼ"},
	{"ǆ", "Ǆ", "ǆ", "ǅ"},
	{"don't o’clock 'n'", "DON'T O’CLOCK 'N'", "don't o’clock 'n'",
	 "Don't O’clock 'N'"},
	{"well-known 3rd x_y", "WELL-KNOWN 3RD X_Y", "well-known 3rd x_y",
	 "Well-Known 3rd X_Y"},
	{"a\nb\tc", "A\nB\tC", "a\nb\tc", "A\nB\tC"},
	{"ПРИВЕТ мир", "ПРИВЕТ МИР", "привет мир", "Привет Мир"},
	{"日本 \U0001f600", "日本 \U0001f600", "日本 \U0001f600",
	 "日本 \U0001f600"},
	{"x\u0301y", "X\u0301Y", "x\u0301y", "X\u0301y"},
};

static void check_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(case_rows); i++) {
		const struct case_row *row = &case_rows[i];
		g_autofree char *none = text_to_case(row->text, TEXT_CASE_NONE);
		g_autofree char *upper =
			text_to_case(row->text, TEXT_CASE_UPPER);
		g_autofree char *lower =
			text_to_case(row->text, TEXT_CASE_LOWER);
		g_autofree char *title =
			text_to_case(row->text, TEXT_CASE_TITLE);

		g_assert_cmpstr(none, ==, row->text);
		g_assert_cmpstr(upper, ==, row->upper);
		g_assert_cmpstr(lower, ==, row->lower);
		g_assert_cmpstr(title, ==, row->title);
	}
}

/* Makes a locale by this name out of C.UTF-8, and sets it: GLib goes by the
 * name's first letters, and a machine seldom has these. */
static gboolean set_locale_named(const char *name)
{
	static const char utf8[] = "/usr/lib/locale/C.utf8";
	g_autofree char *folder = g_dir_make_tmp("test_text-XXXXXX", NULL);
	g_autofree char *link = g_build_filename(folder, name, NULL);
	gboolean is_set;

	g_assert_nonnull(folder);
	g_assert_cmpint(symlink(utf8, link), ==, 0);
	g_assert_true(g_setenv("LOCPATH", folder, TRUE));
	is_set = setlocale(LC_CTYPE, name) != NULL;
	g_unsetenv("LOCPATH");
	g_assert_cmpint(unlink(link), ==, 0);
	g_assert_cmpint(rmdir(folder), ==, 0);
	return is_set;
}

static void cases_do_not_depend_on_the_locale(gconstpointer name)
{
	if (!set_locale_named(name)) {
		g_test_skip("no C.UTF-8 to make a locale of");
		return;
	}
	check_cases();
	g_assert_nonnull(setlocale(LC_CTYPE, "C"));
}

static void every_code_point_can_be_mapped(void)
{
	for (gunichar c = 1; c < 0x110000; c++) {
		char text[8] = "";
		g_autofree char *upper = NULL, *lower = NULL, *title = NULL;

		if (!g_unichar_validate(c))
			continue;
		(void)g_unichar_to_utf8(c, text);
		upper = text_to_case(text, TEXT_CASE_UPPER);
		lower = text_to_case(text, TEXT_CASE_LOWER);
		title = text_to_case(text, TEXT_CASE_TITLE);
		g_assert_cmpint(g_utf8_strlen(upper, -1), <=, 3);
		g_assert_cmpint(g_utf8_strlen(lower, -1), <=, 3);
		g_assert_cmpint(g_utf8_strlen(title, -1), <=, 3);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/clean", texts_are_made_clean);
	g_test_add_func("/text/refused", what_is_no_text_is_refused);
	g_test_add_func("/text/limits", limits_hold_on_both_sides);
	g_test_add_func("/text/far", far_past_a_limit_is_refused_at_once);
	g_test_add_func("/text/case", check_cases);
	g_test_add_data_func("/text/locale/tr", "tr_TR.utf8",
			     cases_do_not_depend_on_the_locale);
	g_test_add_data_func("/text/locale/az", "az_AZ.utf8",
			     cases_do_not_depend_on_the_locale);
	g_test_add_data_func("/text/locale/lt", "lt_LT.utf8",
			     cases_do_not_depend_on_the_locale);
	g_test_add_func("/text/all", every_code_point_can_be_mapped);
	return g_test_run();
}
