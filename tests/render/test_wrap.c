#include "config.h"

#include "render/wrap.h"

#include <string.h>

/* A text in which each character is a cell 1 em wide; it breaks after spaces
 * and hyphens, and at a newline. */
static struct wrap *wrap_of(const char *text)
{
	GArray *cells = g_array_new(FALSE, TRUE, sizeof(struct wrap_cell));

	for (const char *at = text; *at; at++) {
		struct wrap_cell cell = {
			.advance_em = *at == '\n' ? 0 : 1,
			.ascent_em = *at == ' ' ? 0 : 0.7,
			.offset = (guint)(at - text),
			.is_space = *at == ' ',
			.is_newline = *at == '\n',
		};

		if (at > text && strchr(" -", at[-1]) && *at != ' ')
			cell.before = WRAP_BREAK_WORD;
		g_array_append_val(cells, cell);
	}
	return wrap_new(cells);
}

/* The lines, with `|` between them. */
static char *joined(const char *text, const GArray *lines)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < lines->len; i++) {
		const struct wrap_line *line =
			&g_array_index(lines, struct wrap_line, i);

		if (i > 0)
			g_string_append_c(out, '|');
		g_string_append_len(out, text + line->first,
				    line->end - line->first);
	}
	return g_string_free(out, FALSE);
}

static void lines_are_balanced(void)
{
	static const struct {
		const char *text;
		double limit_em;
		const char *lines;
	} cases[] = {
		{"aa bb", 5, "aa bb"},
		{"aa bb", 4.9, "aa|bb"},
		/* Not "aa bb cc dd|ee"; of two that are as good, the one whose
		 * upper line is longer. */
		{"aa bb cc dd ee", 12, "aa bb cc|dd ee"},
		{"a b c d e f", 7, "a b c|d e f"},
		/* What is between words is not in the lines' width. */
		{"aa   bb", 2, "aa|bb"},
		{"aa ", 2, "aa"},
		/* Lines as given are kept, empty ones too. */
		{"a\nb", 9, "a|b"},
		{"a\n\nb", 9, "a||b"},
		{"a\n", 9, "a|"},
		{"", 9, ""},
		{" ", 9, ""},
		{"aa bb\ncc dd", 4, "aa|bb|cc|dd"},
		/* Rather at a space, unless that is much worse. */
		{"aaaa-bb-c ddd", 9, "aaaa-bb-c|ddd"},
		{"a-a-a-a-a b", 10, "a-a-a-|a-a b"},
		/* A word that is too long breaks, as evenly as the others. */
		{"abcdef", 4, "abc|def"},
		{"ab cdefghij", 4, "ab|cdef|ghij"},
		{"abc", 0, "a|b|c"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(wrap_auto) wrap = wrap_of(cases[i].text);
		g_autoptr(GArray) lines = wrap_lines(wrap, cases[i].limit_em);
		g_autofree char *text = joined(cases[i].text, lines);

		g_assert_cmpstr(text, ==, cases[i].lines);
		g_assert_cmpuint(lines->len, ==,
				 wrap_count(wrap, cases[i].limit_em));
	}
}

static void the_narrowest_limit_is_found(void)
{
	static const struct {
		const char *text;
		guint n_lines;
		double least_em, narrowest_em;
	} cases[] = {
		{"aa bb cc dd", 1, 2, 11}, {"aa bb cc dd", 2, 2, 5},
		{"aa bb cc dd", 4, 2, 2},  {"aa bb cc dd", 9, 2, 2},
		{"aa bb cc dd", 9, 1, 1},  {"aa bb cc dd", 2, 6, 6},
		{"aa\nbb", 1, 2, 2}, /* no limit is enough */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(wrap_auto) wrap = wrap_of(cases[i].text);
		double limit = wrap_narrowest_em(wrap, cases[i].n_lines,
						 cases[i].least_em);

		g_assert_cmpfloat_with_epsilon(limit, cases[i].narrowest_em,
					       1e-5);
	}
}

static void ink_is_narrower_than_advances(void)
{
	GArray *cells = g_array_new(FALSE, TRUE, sizeof(struct wrap_cell));
	struct wrap_cell cell = {
		.advance_em = 1, .inset_start_em = 0.2, .inset_end_em = 0.1};
	g_autoptr(wrap_auto) wrap = NULL;

	g_array_append_val(cells, cell);
	g_array_append_val(cells, cell);
	wrap = wrap_new(cells);
	g_assert_cmpfloat_with_epsilon(wrap_width_em(wrap, 0, 2), 1.7, 1e-9);
	g_assert_cmpfloat_with_epsilon(wrap_width_em(wrap, 1, 2), 0.7, 1e-9);
	g_assert_cmpfloat(wrap_width_em(wrap, 2, 2), ==, 0);
	g_assert_cmpuint(wrap_count(wrap, 1.7), ==, 1);
	g_assert_cmpuint(wrap_count(wrap, 1.69), ==, 2);
}

static void widths_are_the_widest(void)
{
	g_autoptr(wrap_auto) wrap = wrap_of("a bcd\nefghi jk");

	g_assert_cmpfloat(wrap_widest_word_em(wrap), ==, 5);
	g_assert_cmpfloat(wrap_widest_cell_em(wrap), ==, 1);
}

static void newlines_alone_break(void)
{
	static const char text[] = "a long line \nb\n";
	g_autoptr(wrap_auto) wrap = wrap_of(text);
	g_autoptr(GArray) lines = wrap_newlines(wrap);
	g_autofree char *got = joined(text, lines);

	g_assert_cmpstr(got, ==, "a long line|b|");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wrap/balance", lines_are_balanced);
	g_test_add_func("/wrap/narrowest", the_narrowest_limit_is_found);
	g_test_add_func("/wrap/ink", ink_is_narrower_than_advances);
	g_test_add_func("/wrap/widest", widths_are_the_widest);
	g_test_add_func("/wrap/newlines", newlines_alone_break);
	return g_test_run();
}
