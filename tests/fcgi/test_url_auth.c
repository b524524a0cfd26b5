#include "config.h"

#include "fcgi/url_auth.h"

#include <string.h>

/* Upper and lower case are the same in an escape, and curl's choice. */
static char *upper_escapes(const char *url)
{
	char *out = g_strdup(url);

	for (char *p = strchr(out, '%'); p; p = strchr(p + 1, '%')) {
		if (!g_ascii_isxdigit(p[1]) || !g_ascii_isxdigit(p[2]))
			continue;
		p[1] = g_ascii_toupper(p[1]);
		p[2] = g_ascii_toupper(p[2]);
	}
	return out;
}

static struct url_auth *auth_of(const char *const *pairs)
{
	g_autoptr(GError) error = NULL;
	struct url_auth *auth = url_auth_new();

	for (; *pairs; pairs++) {
		g_assert_true(url_auth_add_pair(auth, *pairs, &error));
		g_assert_no_error(error);
	}
	return auth;
}

static void check_merge(const char *const *pairs, const char *url,
			enum url_auth_doubles doubles, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(url_auth_auto) auth = auth_of(pairs);
	g_autofree char *merged = url_auth_merge(auth, url, doubles, &error);
	g_autofree char *shown = merged ? upper_escapes(merged) : NULL;

	g_assert_no_error(error);
	g_assert_cmpstr(shown, ==, expected);
}

static void a_parameter_goes_into_any_url(void)
{
	static const char *const key[] = {"key=s3cret", NULL};
	static const char *const cases[][2] = {
		{"https://h/p", "https://h/p?key=s3cret"},
		{"https://h", "https://h/?key=s3cret"},
		{"https://h?a", "https://h/?a&key=s3cret"},
		{"https://h/p?", "https://h/p?key=s3cret"},
		{"https://h/p?&", "https://h/p?&key=s3cret"},
		{"https://h/p?a=1", "https://h/p?a=1&key=s3cret"},
		{"https://h/p?a=1&", "https://h/p?a=1&key=s3cret"},
		{"https://h/p?a=1&&b", "https://h/p?a=1&&b&key=s3cret"},
		{"https://h/p?a=?&b=/", "https://h/p?a=?&b=/&key=s3cret"},
		{"https://h/p#f", "https://h/p?key=s3cret#f"},
		{"https://h/p?#f", "https://h/p?key=s3cret#f"},
		{"https://h/p?a=1#f?key=1",
		 "https://h/p?a=1&key=s3cret#f?key=1"},
		{"https://h/p#", "https://h/p?key=s3cret"},
		{"https://h:8443/p", "https://h:8443/p?key=s3cret"},
		{"https://u:p%40ss@h/p", "https://u:p%40ss@h/p?key=s3cret"},
		{"https://[2001:db8::1]/p",
		 "https://[2001:db8::1]/p?key=s3cret"},
		{"http://[::1]:80/p?a", "http://[::1]:80/p?a&key=s3cret"},
		{"http://[fe80::1%25eth0]/p",
		 "http://[fe80::1%25eth0]/p?key=s3cret"},
		{"https://h/a/../b/./c", "https://h/a/../b/./c?key=s3cret"},
		{"https://h/a%2Fb?c=%2f%20+",
		 "https://h/a%2Fb?c=%2F%20+&key=s3cret"},
		{"https://h/ü?ü=ü", "https://h/ü?ü=ü&key=s3cret"},
		{"https://h/p?a=%zz%", "https://h/p?a=%zz%&key=s3cret"},
		{"HTTPS://h/p", "https://h/p?key=s3cret"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check_merge(key, cases[i][0], URL_AUTH_NO_DOUBLES, cases[i][1]);
}

static void names_and_values_are_encoded(void)
{
	static const struct {
		const char *name, *value, *query;
	} cases[] = {
		{"k", "a&b=c#d", "k=a%26b%3Dc%23d"},
		{"k", "a+b c", "k=a%2Bb%20c"},
		{"k", "100%41", "k=100%2541"},
		{"k", "grüße 🐈", "k=gr%C3%BC%C3%9Fe%20%F0%9F%90%88"},
		{"k", "a\r\nHost: x", "k=a%0D%0AHost%3A%20x"},
		{"k", "/?;:@!$'()*,[]",
		 "k=%2F%3F%3B%3A%40%21%24%27%28%29%2A%2C"
		 "%5B%5D"},
		{"k", "-._~", "k=-._~"},
		{"k", "", "k="},
		{"a=b&c", "d", "a%3Db%26c=d"},
		{"tag[]", "ä", "tag%5B%5D=%C3%A4"},
		{"\xff", "\xfe", "%FF=%FE"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(url_auth_auto) auth = url_auth_new();
		g_autofree char *expected =
			g_strconcat("https://h/p?", cases[i].query, NULL);
		g_autofree char *merged = NULL, *shown = NULL;

		g_assert_true(url_auth_add(auth, cases[i].name, cases[i].value,
					   NULL));
		merged = url_auth_merge(auth, "https://h/p",
					URL_AUTH_NO_DOUBLES, NULL);
		g_assert_nonnull(merged);
		shown = upper_escapes(merged);
		g_assert_cmpstr(shown, ==, expected);
	}
}

static void a_list_gives_a_parameter_several_times(void)
{
	static const char *const list[] = {"tag=a", "key=x=y", "tag=b", "tag=a",
					   NULL};
	static const char *const none[] = {NULL};

	check_merge(list, "https://h/p?q#f", URL_AUTH_NO_DOUBLES,
		    "https://h/p?q&tag=a&key=x%3Dy&tag=b&tag=a#f");
	check_merge(none, "https://h/p?q#f", URL_AUTH_NO_DOUBLES,
		    "https://h/p?q#f");
}

static void what_is_there_is_not_doubled(void)
{
	static const char *const pairs[] = {"a key=1", "tag=b", "tag=c", NULL};
	static const struct {
		const char *url, *single, *doubled;
	} cases[] = {
		{"https://h/?tag=x", "https://h/?tag=x&a%20key=1",
		 "https://h/?tag=x&a%20key=1&tag=b&tag=c"},
		{"https://h/?tag", "https://h/?tag&a%20key=1",
		 "https://h/?tag&a%20key=1&tag=b&tag=c"},
		{"https://h/?%74a%67=x&a+key=", "https://h/?%74a%67=x&a+key=",
		 "https://h/?%74a%67=x&a+key=&a%20key=1&tag=b&tag=c"},
		{"https://h/?a%20key", "https://h/?a%20key&tag=b&tag=c",
		 "https://h/?a%20key&a%20key=1&tag=b&tag=c"},
		/* Other names, and what is no name. */
		{"https://h/?Tag=x&tags=y&z=tag#tag=1",
		 "https://h/?Tag=x&tags=y&z=tag&a%20key=1&tag=b&tag=c#tag=1",
		 "https://h/?Tag=x&tags=y&z=tag&a%20key=1&tag=b&tag=c#tag=1"},
		{"https://h/tag=x", "https://h/tag=x?a%20key=1&tag=b&tag=c",
		 "https://h/tag=x?a%20key=1&tag=b&tag=c"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		check_merge(pairs, cases[i].url, URL_AUTH_NO_DOUBLES,
			    cases[i].single);
		check_merge(pairs, cases[i].url, URL_AUTH_DOUBLES,
			    cases[i].doubled);
	}
}

static void what_is_no_url_is_refused(void)
{
	static const char *const urls[] = {
		"",
		"h/p",
		"//h/p",
		"https:h",
		"https://",
		"https://h p/",
		"https://h/a b",
		"https://h/\x01",
		"https://h\\x/",
		"https://h:65536/",
		"https://h:x/",
		"https://[::1/",
		"https://a@b@h/",
		"ftp://h/p",
		"file:///p",
		"javascript:alert(1)",
	};
	static const char *const key[] = {"key=s3cret", NULL};
	g_autoptr(url_auth_auto) auth = auth_of(key);

	for (gsize i = 0; i < G_N_ELEMENTS(urls); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(url_auth_merge(auth, urls[i], URL_AUTH_NO_DOUBLES,
					     &error));
		g_assert_error(error, URL_AUTH_ERROR, URL_AUTH_ERROR_URL);
		g_assert_null(strstr(error->message, "s3cret"));
	}
}

static void what_is_no_parameter_is_refused(void)
{
	static const char *const pairs[] = {"", "key", "=value"};

	for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autoptr(url_auth_auto) auth = url_auth_new();
		g_autoptr(GError) error = NULL;

		g_assert_false(url_auth_add_pair(auth, pairs[i], &error));
		g_assert_error(error, URL_AUTH_ERROR, URL_AUTH_ERROR_PARAM);
		g_assert_cmpuint(url_auth_n(auth), ==, 0);
	}
}

static void check_add(gsize name_bytes, gsize value_bytes, gboolean is_good)
{
	g_autoptr(url_auth_auto) auth = url_auth_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_strnfill(name_bytes, 'n');
	g_autofree char *value = g_strnfill(value_bytes, 'v');

	g_assert_cmpint(url_auth_add(auth, name, value, &error), ==, is_good);
	if (!is_good)
		g_assert_error(error, URL_AUTH_ERROR, URL_AUTH_ERROR_LIMIT);
}

static void limits_hold_on_both_sides(void)
{
	g_autoptr(url_auth_auto) auth = url_auth_new();
	g_autoptr(GError) error = NULL;

	check_add(URL_AUTH_NAME_BYTES, 1, TRUE);
	check_add(URL_AUTH_NAME_BYTES + 1, 1, FALSE);
	check_add(1, URL_AUTH_VALUE_BYTES, TRUE);
	check_add(1, URL_AUTH_VALUE_BYTES + 1, FALSE);
	for (guint i = 0; i < URL_AUTH_PARAMS_MAX; i++)
		g_assert_true(url_auth_add(auth, "k", "v", NULL));
	g_assert_cmpuint(url_auth_n(auth), ==, URL_AUTH_PARAMS_MAX);
	g_assert_false(url_auth_add(auth, "k", "v", &error));
	g_assert_error(error, URL_AUTH_ERROR, URL_AUTH_ERROR_LIMIT);
}

/* A URL that has size bytes with `key=v` on it. */
static char *merge_to(gsize size)
{
	static const char *const key[] = {"key=v", NULL};
	g_autoptr(url_auth_auto) auth = auth_of(key);
	g_autofree char *path =
		g_strnfill(size - strlen("https://h/") - strlen("?key=v"), 'p');
	g_autofree char *url = g_strconcat("https://h/", path, NULL);

	return url_auth_merge(auth, url, URL_AUTH_NO_DOUBLES, NULL);
}

static void a_url_has_a_longest_length(void)
{
	static const char *const none[] = {NULL};
	g_autoptr(url_auth_auto) auth = auth_of(none);
	g_autoptr(GError) error = NULL;
	g_autofree char *most = merge_to(URL_AUTH_URL_BYTES);
	g_autofree char *over = merge_to(URL_AUTH_URL_BYTES + 1);
	g_autofree char *path = g_strnfill(URL_AUTH_URL_BYTES, 'p');
	g_autofree char *url = g_strconcat("https://h/", path, NULL);

	g_assert_nonnull(most);
	g_assert_cmpuint(strlen(most), ==, URL_AUTH_URL_BYTES);
	g_assert_null(over);
	g_assert_null(url_auth_merge(auth, url, URL_AUTH_DOUBLES, &error));
	g_assert_error(error, URL_AUTH_ERROR, URL_AUTH_ERROR_LIMIT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/url_auth/any-url", a_parameter_goes_into_any_url);
	g_test_add_func("/url_auth/encoding", names_and_values_are_encoded);
	g_test_add_func("/url_auth/list",
			a_list_gives_a_parameter_several_times);
	g_test_add_func("/url_auth/doubles", what_is_there_is_not_doubled);
	g_test_add_func("/url_auth/no-url", what_is_no_url_is_refused);
	g_test_add_func("/url_auth/no-parameter",
			what_is_no_parameter_is_refused);
	g_test_add_func("/url_auth/limits", limits_hold_on_both_sides);
	g_test_add_func("/url_auth/longest", a_url_has_a_longest_length);
	return g_test_run();
}
