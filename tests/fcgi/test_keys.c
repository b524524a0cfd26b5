#include "config.h"

#include "fcgi/keys.h"

#include <string.h>

#define KEY	  "0123456789abcdefghij"
#define OTHER_KEY "a key of the same sort"
#define SALT	  "000102030405060708090a0b0c0d0e0f"
/* By sha256sum, of these 16 bytes and KEY. */
#define HASH           \
	"sha256$" SALT \
	"$c03ce87203dedfe792ce2529660908cbb4561cbc66f0e1c754be06b2eaccc0f8"

static struct keys *read_keys(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct keys *keys = keys_from_text(text, strlen(text), &error);

	g_assert_no_error(error);
	return keys;
}

static void a_key_is_known_by_its_hash(void)
{
	g_autoptr(keys_auto) keys =
		read_keys("# who\n\n blog\t" HASH "  render \r\n");
	const char *name = NULL;

	g_assert_true(keys_check(keys, KEY, KEYS_SCOPE_RENDER, 1, &name, NULL));
	g_assert_cmpstr(name, ==, "blog");
}

static void every_other_is_wrong(void)
{
	static const char *const given[] = {
		"",	   "0123456789abcdefghi",
		KEY "k",   "0123456789abcdefghiJ",
		OTHER_KEY, HASH,
	};
	g_autoptr(keys_auto) keys = read_keys("blog " HASH " render");
	g_autofree char *long_key = g_strnfill(1 << 20, 'k');
	const char *name = "untouched";

	for (gsize i = 0; i <= G_N_ELEMENTS(given); i++) {
		g_autoptr(GError) error = NULL;
		const char *key = i < G_N_ELEMENTS(given) ? given[i] : long_key;

		g_assert_false(keys_check(keys, key, KEYS_SCOPE_RENDER, 1,
					  &name, &error));
		g_assert_error(error, KEYS_ERROR, KEYS_ERROR_WRONG);
		g_assert_true(!*key || !strstr(error->message, key));
		g_assert_cmpstr(name, ==, "untouched");
	}
}

/* 2030-01-01T00:00:00Z is 1893456000. */
static void time_and_scope_bound_it(void)
{
	static const struct {
		const char *line;
		enum keys_scope scope;
		gint64 now_s;
		int code; /* -1: it holds */
	} cases[] = {
		{"a " HASH " render 2030-01-01T00:00:00Z", KEYS_SCOPE_RENDER,
		 1893455999, -1},
		{"a " HASH " render 2030-01-01T00:00:00Z", KEYS_SCOPE_RENDER,
		 1893456000, KEYS_ERROR_EXPIRED},
		{"a " HASH " render 2030-01-01T00:00:00Z", KEYS_SCOPE_MANAGE,
		 1893456000, KEYS_ERROR_EXPIRED},
		{"a " HASH " render 2030-01-01T02:00:00+02:00",
		 KEYS_SCOPE_RENDER, 1893456000, KEYS_ERROR_EXPIRED},
		{"a " HASH " render", KEYS_SCOPE_MANAGE, 1, KEYS_ERROR_SCOPE},
		{"a " HASH " manage", KEYS_SCOPE_RENDER, 1, KEYS_ERROR_SCOPE},
		{"a " HASH " manage,render", KEYS_SCOPE_RENDER, 1, -1},
		{"a " HASH " render,manage", KEYS_SCOPE_MANAGE, 1, -1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(keys_auto) keys = read_keys(cases[i].line);
		const char *name;
		gboolean holds = keys_check(keys, KEY, cases[i].scope,
					    cases[i].now_s, &name, &error);

		g_test_message("%s at %" G_GINT64_FORMAT, cases[i].line,
			       cases[i].now_s);
		g_assert_cmpint(holds, ==, cases[i].code < 0);
		g_assert_cmpstr(name, ==, "a");
		if (!holds)
			g_assert_error(error, KEYS_ERROR, cases[i].code);
	}
}

static void bad_files_are_refused(void)
{
	static const char *const texts[] = {
		"",
		"# nobody\n",
		"a",
		"a " HASH,
		"a " HASH " draw",
		"a " HASH " render,render",
		"a " HASH " render,",
		"a " HASH " ,",
		"a " HASH " render tomorrow",
		"a " HASH " render 1969-01-01T00:00:00Z",
		"a " HASH " render 2030-01-01T00:00:00Z more",
		"a " HASH "0 render",
		"a sha256$" SALT "$32 render",
		"a sha256$" SALT " render",
		"a sha1$" SALT "$" SALT SALT " render",
		"a sha256$" SALT "$" SALT "00zz02030405060708090a0b0c0d0e0f "
		"render",
		"a/b " HASH " render",
		"a " HASH " render\na " HASH " manage",
		"a " KEY " render",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", texts[i]);
		g_assert_null(
			keys_from_text(texts[i], strlen(texts[i]), &error));
		g_assert_error(error, KEYS_ERROR, KEYS_ERROR_FILE);
		g_assert_null(strstr(error->message, SALT));
		g_assert_null(strstr(error->message, KEY));
	}
	g_assert_null(keys_from_text("a\0b", 3, NULL));
}

static struct keys *read_many(guint n, guint name_bytes)
{
	GString *text = g_string_new(NULL);
	g_autofree char *name = g_strnfill(name_bytes - 3, 'n');
	struct keys *keys;

	for (guint i = 0; i < n; i++)
		g_string_append_printf(text, "%s%03u " HASH " render\n", name,
				       i);
	keys = keys_from_text(text->str, text->len, NULL);
	g_string_free(text, TRUE);
	return keys;
}

static void files_have_limits(void)
{
	static const struct {
		guint n, name_bytes;
		gboolean is_good;
	} cases[] = {
		{KEYS_MAX, 8, TRUE},
		{KEYS_MAX + 1, 8, FALSE},
		{1, KEYS_NAME_BYTES_MAX, TRUE},
		{1, KEYS_NAME_BYTES_MAX + 1, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(keys_auto) keys =
			read_many(cases[i].n, cases[i].name_bytes);

		g_assert_cmpint(keys != NULL, ==, cases[i].is_good);
	}
}

static void hashes_are_read_back(void)
{
	g_autofree char *first = keys_hash(KEY, NULL);
	g_autofree char *second = keys_hash(KEY, NULL);
	g_autofree char *line = g_strdup_printf("a %s render", first);
	g_autoptr(keys_auto) keys = read_keys(line);
	const char *name;

	g_assert_cmpstr(first, !=, second);
	g_assert_true(keys_check(keys, KEY, KEYS_SCOPE_RENDER, 1, &name, NULL));
	g_assert_false(
		keys_check(keys, KEY "x", KEYS_SCOPE_RENDER, 1, &name, NULL));
}

static void weak_keys_are_not_hashed(void)
{
	static const struct {
		gsize size;
		gboolean is_good;
	} cases[] = {
		{0, FALSE},
		{KEYS_KEY_BYTES_MIN - 1, FALSE},
		{KEYS_KEY_BYTES_MIN, TRUE},
		{KEYS_KEY_BYTES_MAX, TRUE},
		{KEYS_KEY_BYTES_MAX + 1, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *key = g_strnfill(cases[i].size, 'k');
		g_autofree char *hash = keys_hash(key, NULL);

		g_assert_cmpint(hash != NULL, ==, cases[i].is_good);
	}
	g_assert_null(keys_hash("with blanks, and long enough", NULL));
	g_assert_null(keys_hash("un\xc3\xbc"
				"blich-0123456789abcdef",
				NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/keys/known", a_key_is_known_by_its_hash);
	g_test_add_func("/keys/wrong", every_other_is_wrong);
	g_test_add_func("/keys/bounds", time_and_scope_bound_it);
	g_test_add_func("/keys/bad", bad_files_are_refused);
	g_test_add_func("/keys/limits", files_have_limits);
	g_test_add_func("/keys/hash", hashes_are_read_back);
	g_test_add_func("/keys/weak", weak_keys_are_not_hashed);
	return g_test_run();
}
