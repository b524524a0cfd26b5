#include "config.h"

#include "cli/macro_shell.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/limits.h"
#include "render/macro_read.h"

static struct macro *read_text(const char *text, GError **error)
{
	g_autoptr(json_object_auto) tree = macro_shell_tree(text, error);

	return tree ? macro_read(tree, FALSE, error) : NULL;
}

/* The macro as name|side alignment text|…, for tables. */
static char *show(const struct macro *macro)
{
	GString *out = g_string_new(macro->template_id);

	for (gsize i = 0; i < macro->n_captions; i++) {
		const struct caption *caption = &macro->captions[i];

		g_string_append_printf(
			out, "|%s %s %s", caption_valign_name(caption->valign),
			caption_halign_name(caption->halign), caption->text);
	}
	return g_string_free(out, FALSE);
}

/* What each is read as, and how it is written: in one form. */
static void macros_are_read_and_written(void)
{
	static const struct {
		const char *text, *macro, *written;
	} cases[] = {
		{"zoidberg", "zoidberg", "zoidberg"},
		{"zoidberg{Test}", "zoidberg|bottom center Test",
		 "zoidberg{_Test}"},
		{"zoidberg{^Need a meme?}{_Why not Zoidberg?}",
		 "zoidberg|top center Need a meme?"
		 "|bottom center Why not Zoidberg?",
		 "zoidberg{^Need a meme?}{_Why not Zoidberg?}"},
		{"z{-a}", "z|middle center a", "z{-a}"},
		{"z{<a}", "z|bottom left a", "z{_<a}"},
		{"z{|a}", "z|bottom center a", "z{_a}"},
		{"z{>a}", "z|bottom right a", "z{_>a}"},
		{"z{-<a}", "z|middle left a", "z{-<a}"},
		{"z{|^a}", "z|top center a", "z{^a}"},
		{"z{<^a}{_>b}", "z|top left a|bottom right b", "z{^<a}{_>b}"},
		{"z{>^a}{^>b}", "z|top right a|top right b", "z{^>a}{^>b}"},
		/* One mark of a kind: the next is text. */
		{"z{^^a}", "z|top center ^a", "z{^\\^a}"},
		{"z{^_a}", "z|top center _a", "z{^\\_a}"},
		{"z{<>a}", "z|bottom left >a", "z{_<\\>a}"},
		{"z{^|<a}", "z|top center <a", "z{^\\<a}"},
		{"z{_|-}", "z|bottom center -", "z{_\\-}"},
		{"z{a^b}", "z|bottom center a^b", "z{_a^b}"},
		/* Escapes. */
		{"z{a\\}b}", "z|bottom center a}b", "z{_a\\}b}"},
		{"z{a\\\\}", "z|bottom center a\\", "z{_a\\\\}"},
		{"z{\\\\\\}}", "z|bottom center \\}", "z{_\\\\\\}}"},
		{"z{\\^a}", "z|bottom center ^a", "z{_\\^a}"},
		{"z{a\\nb}", "z|bottom center a\nb", "z{_a\\nb}"},
		{"z{a\\\\nb}", "z|bottom center a\\nb", "z{_a\\\\nb}"},
		{"z{a\nb}", "z|bottom center a\nb", "z{_a\\nb}"},
		{"z{a\\b}", "z|bottom center ab", "z{_ab}"},
		{"z{a\\ß}", "z|bottom center aß", "z{_aß}"},
		{"z{a{b}", "z|bottom center a{b", "z{_a{b}"},
		{"\\zoidberg{a}", "zoidberg|bottom center a", "zoidberg{_a}"},
		{"\\no", "no", "no"},
		{"a\\{b\\}c{d}", "a{b}c|bottom center d", "a\\{b\\}c{_d}"},
		{"a\\\\{b}", "a\\|bottom center b", "a\\\\{_b}"},
		/* White space. */
		{"  z {a} \t{^b}\n", "z|top center b|bottom center a",
		 "z{^b}{_a}"},
		{"a b{c}", "a b|bottom center c", "a\\ b{_c}"},
		{"\\ a\\  {b}", " a |bottom center b", "\\ a\\ {_b}"},
		{"a\\\\ {b}", "a\\|bottom center b", "a\\\\{_b}"},
		{"z{ a }", "z|bottom center  a ", "z{_ a }"},
		/* As texts come from anywhere. */
		{"катя{^Ё?}", "катя|top center Ё?", "катя{^Ё?}"},
		{"z{🦀 & 100%}", "z|bottom center 🦀 & 100%",
		 "z{_🦀 & 100%}"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(macro_auto) macro = read_text(cases[i].text, &error);
		g_autoptr(macro_auto) again = NULL;
		g_autofree char *shown = NULL;
		g_autofree char *written = NULL;
		g_autofree char *shown_again = NULL;

		g_test_message("%s", cases[i].text);
		g_assert_no_error(error);
		shown = show(macro);
		g_assert_cmpstr(shown, ==, cases[i].macro);
		written = macro_shell_write(macro);
		g_assert_cmpstr(written, ==, cases[i].written);
		again = read_text(written, &error);
		g_assert_no_error(error);
		shown_again = show(again);
		g_assert_cmpstr(shown_again, ==, shown);
	}
}

static void what_is_no_macro_is_refused(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "a template's name expected, at byte 1"},
		{"   ", "a template's name expected, at byte 4"},
		{"{}", "a template's name expected, at byte 1"},
		{"{Test}", "a template's name expected, at byte 1"},
		{"z{Test", "a caption is not closed: `}` expected, at byte 7"},
		{"z{", "a caption is not closed"},
		{"z{a\\}", "a caption is not closed"},
		{"z{a}b", "after a caption only `{` can follow, at byte 5"},
		{"z{a}{b", "a caption is not closed"},
		{"z}", "`}` closes nothing; in a text it is `\\}`, at byte 2"},
		{"z{a{b}}",
		 "`}` closes nothing; in a text it is `\\}`, at byte 7"},
		{"z\\", "a backslash with nothing after it, at byte 2"},
		{"z{a\\", "a backslash with nothing after it, at byte 4"},
		{"z{a\xff}", "not UTF-8, at byte 4"},
		{"z{}", "captions[0].text: "},
		{"z{^}", "captions[0].text: "},
		{"z{a}{_>}", "captions[1].text: "},
		{"z{a\x01}", "captions[0].text: "},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].text);
		g_assert_null(read_text(cases[i].text, &error));
		g_assert_error(error, MACRO_ERROR, MACRO_ERROR_INVALID);
		g_assert_nonnull(strstr(error->message, cases[i].message));
	}
}

static void sizes_are_limited(void)
{
	g_autofree char *long_name = g_strnfill(LIMIT_BODY_BYTES, 'a');
	g_autofree char *too_long = g_strnfill(LIMIT_BODY_BYTES + 1, 'a');
	g_autoptr(GString) many = g_string_new("z");
	g_autoptr(GError) error = NULL;
	g_autoptr(json_object_auto) tree = macro_shell_tree(long_name, &error);
	g_autoptr(macro_auto) most = NULL;

	g_assert_no_error(error);
	g_assert_nonnull(tree);
	g_assert_null(macro_shell_tree(too_long, &error));
	g_assert_error(error, MACRO_ERROR, MACRO_ERROR_INVALID);
	g_assert_nonnull(strstr(error->message, "at most 65536"));
	g_clear_error(&error);
	for (int i = 0; i < LIMIT_CAPTIONS; i++)
		g_string_append(many, "{a}");
	most = read_text(many->str, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(most->n_captions, ==, LIMIT_CAPTIONS);
	g_string_append(many, "{a}");
	g_assert_null(read_text(many->str, &error));
	g_assert_error(error, MACRO_ERROR, MACRO_ERROR_INVALID);
}

/* What has no words in the grammar is not written; what is no part of it does
 * not count. */
static void only_what_can_be_said_is_written(void)
{
	static const struct {
		const char *query, *written;
	} cases[] = {
		{"template=z&top_text=a", "z{^a}"},
		{"template=z&top_text=a&width=10&format=png&v=1", "z{^a}"},
		{"template=z&captions[0]=a", "z{_a}"},
		{"template=z&top_text=a&color=red", NULL},
		{"template=z&top_text=a&size=12", NULL},
		{"template=z&top_text=a&outline=none", NULL},
		{"template=z&top_text=a&font=b", NULL},
		{"template=z&captions[0][text]=a&captions[0][x]=0"
		 "&captions[0][y]=0&captions[0][w]=1&captions[0][h]=1",
		 NULL},
		{"template=z&captions[0][text]=a&captions[0][valign]=top"
		 "&captions[0][case]=upper",
		 NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(macro_auto) macro = macro_from_query(
			cases[i].query, strlen(cases[i].query), &error);
		g_autofree char *written = NULL;

		g_test_message("%s", cases[i].query);
		g_assert_no_error(error);
		written = macro_shell_write(macro);
		g_assert_cmpstr(written, ==, cases[i].written);
	}
}

/* Letters that mean something, more often than others. */
static char *random_text(void)
{
	static const char letters[] = "\\\\{}^-_<|> \t\nnab";
	GString *text = g_string_new(NULL);

	for (int n = g_test_rand_int_range(1, 12); n > 0; n--) {
		int i = g_test_rand_int_range(0, sizeof(letters) + 3);

		if (i < (int)sizeof(letters) - 1)
			g_string_append_c(text, letters[i]);
		else
			g_string_append_unichar(
				text, (gunichar)g_test_rand_int_range(0x4e00,
								      0x9fff));
	}
	return g_string_free(text, FALSE);
}

static struct macro *random_macro(void)
{
	g_autoptr(GString) query = g_string_new("template=");
	g_autofree char *name = random_text();
	g_autofree char *escaped_name = g_uri_escape_string(name, NULL, FALSE);
	GError *error = NULL;
	struct macro *macro;

	g_string_append(query, escaped_name);
	for (int i = 0; i < g_test_rand_int_range(0, 4); i++) {
		g_autofree char *text = random_text();
		g_autofree char *escaped =
			g_uri_escape_string(text, NULL, FALSE);

		g_string_append_printf(
			query,
			"&captions[%d][text]=%s&captions[%d][valign]=%s"
			"&captions[%d][halign]=%s",
			i, escaped, i,
			caption_valign_name(
				(enum caption_valign)g_test_rand_int_range(0,
									   3)),
			i,
			caption_halign_name(
				(enum caption_halign)g_test_rand_int_range(0,
									   3)));
	}
	macro = macro_from_query(query->str, query->len, &error);
	g_assert_no_error(error);
	return macro;
}

static void what_is_written_is_read(void)
{
	for (int i = 0; i < 3000; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(macro_auto) macro = random_macro();
		g_autofree char *written = macro_shell_write(macro);
		g_autoptr(macro_auto) again = NULL;
		g_autofree char *wanted = show(macro);
		g_autofree char *got = NULL;

		g_assert_nonnull(written);
		again = read_text(written, &error);
		g_assert_no_error(error);
		got = show(again);
		g_assert_cmpstr(got, ==, wanted);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/macro-shell/table", macros_are_read_and_written);
	g_test_add_func("/macro-shell/errors", what_is_no_macro_is_refused);
	g_test_add_func("/macro-shell/limits", sizes_are_limited);
	g_test_add_func("/macro-shell/words", only_what_can_be_said_is_written);
	g_test_add_func("/macro-shell/round-trip", what_is_written_is_read);
	return g_test_run();
}
