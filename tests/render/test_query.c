#include "config.h"

#include "render/query.h"

#include <string.h>

#include "render/limits.h"

/* The pairs as k=v|k=v, for tables. */
static char *join(const GArray *pairs)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < pairs->len; i++) {
		const struct query_pair *pair =
			&g_array_index(pairs, struct query_pair, i);

		g_string_append_printf(out, "%s%s=%s", i ? "|" : "", pair->key,
				       pair->value);
	}
	return g_string_free(out, FALSE);
}

static void pairs_are_split_and_decoded(void)
{
	static const struct {
		const char *query, *pairs;
	} cases[] = {
		{"", ""},
		{"a=b", "a=b"},
		{"a=b&c=d", "a=b|c=d"},
		{"&&a=b&&", "a=b"},
		{"a", "a="},
		{"a=", "a="},
		{"=b", "=b"},
		{"=", "="},
		{"a=b=c", "a=b=c"},
		{"a=x+y%20z", "a=x y z"},
		{"a+b=c", "a b=c"},
		{"a=%2B%26%3D%25", "a=+&=%"},
		{"a=%252B", "a=%2B"},
		{"a=%c3%9F", "a=ß"},
		{"a=ß", "a=ß"},
		{"a=Need a meme?", "a=Need a meme?"},
		{"a=[x]", "a=[x]"},
		{"captions%5B0%5D=x", "captions[0]=x"},
		{"a=1&a=2", "a=1|a=2"},
		{"a=1;b=2", "a=1;b=2"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GArray) pairs = query_parse(
			cases[i].query, strlen(cases[i].query), &error);
		g_autofree char *text = NULL;

		g_test_message("%s", cases[i].query);
		g_assert_no_error(error);
		text = join(pairs);
		g_assert_cmpstr(text, ==, cases[i].pairs);
	}
}

static void what_is_no_text_is_refused(void)
{
	static const struct {
		const char *query;
		gsize size;
		enum query_error code;
		const char *message;
	} cases[] = {
		{"a=b&c=%", 7, QUERY_ERROR_SYNTAX, "`c=%`"},
		{"a=%2", 4, QUERY_ERROR_SYNTAX, "percent sign"},
		{"a=%2&b=0", 8, QUERY_ERROR_SYNTAX, "`a=%2`"},
		{"a=%zz", 5, QUERY_ERROR_SYNTAX, "`a=%zz`"},
		{"a%g0=1", 6, QUERY_ERROR_SYNTAX, "`a%g0=1`"},
		{"a=%00", 5, QUERY_ERROR_SYNTAX, "NUL"},
		{"a%00b=1", 7, QUERY_ERROR_SYNTAX, "NUL"},
		{"a=x\0y", 5, QUERY_ERROR_SYNTAX, "NUL"},
		{"a=%ff", 5, QUERY_ERROR_UTF8, "`a=%ff`"},
		{"%c3=1", 5, QUERY_ERROR_UTF8, "UTF-8"},
		{"a=\xc3&\x9f=1", 8, QUERY_ERROR_UTF8, "UTF-8"},
		{"a=%ed%a0%80", 11, QUERY_ERROR_UTF8, "UTF-8"},
		{"a=%c0%80", 8, QUERY_ERROR_UTF8, "UTF-8"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].query);
		g_assert_null(
			query_parse(cases[i].query, cases[i].size, &error));
		g_assert_error(error, QUERY_ERROR, (int)cases[i].code);
		g_assert_nonnull(strstr(error->message, cases[i].message));
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
	}
}

static void size_is_limited(void)
{
	g_autofree char *query = g_strnfill(LIMIT_BODY_BYTES + 1, 'a');
	g_autoptr(GError) error = NULL;
	g_autoptr(GArray) pairs = query_parse(query, LIMIT_BODY_BYTES, NULL);

	g_assert_nonnull(pairs);
	g_assert_null(query_parse(query, LIMIT_BODY_BYTES + 1, &error));
	g_assert_error(error, QUERY_ERROR, QUERY_ERROR_SYNTAX);
}

static void errors_are_cut(void)
{
	g_autofree char *query = g_strnfill(5000, '%');
	g_autoptr(GError) error = NULL;

	g_assert_null(query_parse(query, 5000, &error));
	g_assert_cmpuint(strlen(error->message), <, 200);
}

static void only_unreserved_characters_stay(void)
{
	g_autoptr(GString) query = g_string_new(NULL);

	query_append(query, "captions[0]", "a b+c&d=e%~-._/?ß");
	query_append(query, "x", "");
	g_assert_cmpstr(query->str, ==,
			"captions%5B0%5D=a%20b%2Bc%26d%3De%25~-._%2F%3F%C3%9F"
			"&x=");
}

static void what_is_written_is_read(void)
{
	for (int i = 0; i < 2000; i++) {
		g_autoptr(GString) query = g_string_new(NULL);
		g_autoptr(GString) text = g_string_new(NULL);
		g_autoptr(GArray) pairs = NULL;
		const struct query_pair *pair;

		for (int n = g_test_rand_int_range(0, 20); n > 0; n--)
			g_string_append_unichar(
				text,
				(gunichar)g_test_rand_int_range(1, 0xd800));
		query_append(query, text->str, text->str);
		pairs = query_parse(query->str, query->len, NULL);
		g_assert_nonnull(pairs);
		g_assert_cmpuint(pairs->len, ==, 1);
		pair = &g_array_index(pairs, struct query_pair, 0);
		g_assert_cmpstr(pair->key, ==, text->str);
		g_assert_cmpstr(pair->value, ==, text->str);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/query/parse", pairs_are_split_and_decoded);
	g_test_add_func("/query/errors", what_is_no_text_is_refused);
	g_test_add_func("/query/size", size_is_limited);
	g_test_add_func("/query/cut", errors_are_cut);
	g_test_add_func("/query/append", only_unreserved_characters_stay);
	g_test_add_func("/query/round-trip", what_is_written_is_read);
	return g_test_run();
}
