/* What is shown to people: suggestions and tables. */
#include "config.h"

#include "cli/suggest.h"
#include "cli/table.h"

#include <string.h>

#include "render/limits.h"

static void the_nearest_name_is_suggested(void)
{
	static const char *const names[] = {
		"zoidberg", "zoidbergs", "grumpycat", "boromir",
		"a",	    "ab",	 "long-name", NULL};
	static const struct {
		const char *wanted, *best;
	} cases[] = {
		{"zoidbreg", "zoidberg"},  /* swapped */
		{"Zoidberg", "zoidberg"},  /* case */
		{"zoidber", "zoidberg"},   /* dropped */
		{"zzoidberg", "zoidberg"}, /* added */
		{"soidberg", "zoidberg"},  /* changed */
		{"zoidbergz", "zoidberg"}, /* the first of two as near */
		{"grumpy-cat", "grumpycat"},
		{"long_name", "long-name"},
		{"boromirs", "boromir"},
		{"b", NULL},
		{"xyz", NULL},
		{"", NULL},
		{"philosoraptor", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct suggestion suggestion = {.wanted = cases[i].wanted};

		g_test_message("%s", cases[i].wanted);
		for (const char *const *name = names; *name; name++)
			suggest_consider(&suggestion, *name);
		g_assert_cmpstr(suggestion.best, ==, cases[i].best);
	}
}

/* Longer than any name: not looked at, so that no table overflows. */
static void long_names_are_limited(void)
{
	g_autofree char *most = g_strnfill(LIMIT_ID_BYTES, 'a');
	g_autofree char *longer = g_strnfill(LIMIT_ID_BYTES + 1, 'a');
	struct suggestion suggestion = {.wanted = most};
	struct suggestion none = {.wanted = longer};

	suggest_consider(&suggestion, longer);
	g_assert_null(suggestion.best);
	suggest_consider(&suggestion, most);
	g_assert_true(suggestion.best == most);
	suggest_consider(&none, most);
	g_assert_null(none.best);
}

static char *print(const struct table *table)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char *copy;

	table_print(table, out);
	(void)fclose(out);
	copy = g_strdup(text);
	free(text);
	return copy;
}

static void columns_are_as_wide_as_their_words(void)
{
	g_autoptr(table_auto) table = table_new(3);
	g_autofree char *text = NULL;

	table_add(table, (const char *const[]){"ID", "SIZE", "NAME"});
	table_add(table, (const char *const[]){"猫", "10x20", "a cat"});
	table_add(table, (const char *const[]){"longer", NULL, "b"});
	table_add(table, (const char *const[]){"é", "1x1", ""});
	table_add(table, (const char *const[]){"\x1b[2J\n", "\xff", "c"});
	text = print(table);
	g_assert_cmpstr(text, ==,
			"ID      SIZE   NAME\n"
			"猫      10x20  a cat\n"
			"longer         b\n"
			"é       1x1\n"
			"?[2J?   \xef\xbf\xbd      c\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/suggest/nearest", the_nearest_name_is_suggested);
	g_test_add_func("/suggest/limits", long_names_are_limited);
	g_test_add_func("/table/columns", columns_are_as_wide_as_their_words);
	return g_test_run();
}
