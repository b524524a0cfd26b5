#include "config.h"

#include "fcgi/fetcher_url.h"

#include <string.h>

/* Origins without a file: name, host, port, path. */
static struct origins *make_origins(void)
{
	static const struct {
		const char *name, *host, *path;
		gboolean is_http;
		guint16 port;
	} all[] = {
		{"all", "pics.example", "/", FALSE, 443},
		{"part", "part.example", "/pics/", FALSE, 443},
		{"plain", "127.0.0.1", "/", TRUE, 8080},
		{"six", "[2001:db8::1]", "/", FALSE, 443},
	};
	struct origins *origins = origins_new();

	for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
		struct origin *origin = g_new0(struct origin, 1);

		origin->name = g_strdup(all[i].name);
		origin->hosts = g_strsplit(all[i].host, ";", -1);
		origin->path = g_strdup(all[i].path);
		origin->is_http = all[i].is_http;
		origin->port = all[i].port;
		g_assert_true(origins_add(origins, origin, NULL));
	}
	return origins;
}

static void one_url_has_one_form(void)
{
	static const struct {
		const char *given, *text, *origin;
	} cases[] = {
		{"https://pics.example/a.jpg", "https://pics.example/a.jpg",
		 "all"},
		{"HTTPS://PICS.Example/A.jpg", "https://pics.example/A.jpg",
		 "all"},
		{"https://pics.example", "https://pics.example/", "all"},
		{"https://pics.example?a=1", "https://pics.example/?a=1",
		 "all"},
		{"https://pics.example:443/a", "https://pics.example/a", "all"},
		{"https://pics.example:/a", "https://pics.example/a", "all"},
		{"https://pics.example/a#f", "https://pics.example/a", "all"},
		{"https://pics.example/a?b=c&d=%20+x#f?",
		 "https://pics.example/a?b=c&d=%20+x", "all"},
		{"https://pics.example/a/../b/./c", "https://pics.example/b/c",
		 "all"},
		{"https://pics.example/ü?ü",
		 "https://pics.example/%c3%bc?%c3%bc", "all"},
		{"https://pics.example/a%2Fb", "https://pics.example/a%2Fb",
		 "all"},
		{"https://pics.example/...", "https://pics.example/...", "all"},
		{"https://pics.example/..a", "https://pics.example/..a", "all"},
		{"https://pics.example/a@b:c", "https://pics.example/a@b:c",
		 "all"},
		{"https://part.example/pics/a", "https://part.example/pics/a",
		 "part"},
		{"https://part.example/x/../pics/a",
		 "https://part.example/pics/a", "part"},
		{"http://127.0.0.1:8080/", "http://127.0.0.1:8080/", "plain"},
		{"http://0x7f.1:8080/", "http://127.0.0.1:8080/", "plain"},
		{"http://2130706433:8080/", "http://127.0.0.1:8080/", "plain"},
		{"https://[2001:db8:0:0::1]/", "https://[2001:db8::1]/", "six"},
		{"https://[2001:DB8::1]/", "https://[2001:db8::1]/", "six"},
	};
	g_autoptr(origins_auto) origins = make_origins();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fetcher_url url;

		if (fetcher_url_check(origins, cases[i].given, &url) !=
		    FETCHER_URL_OK)
			g_error("'%s' is refused", cases[i].given);
		g_assert_cmpstr(url.text, ==, cases[i].text);
		g_assert_cmpstr(url.origin->name, ==, cases[i].origin);
		fetcher_url_clear(&url);
	}
}

static void check_refused(const char *text, enum fetcher_url_verdict expected)
{
	g_autoptr(origins_auto) origins = make_origins();
	struct fetcher_url url = {NULL, NULL};
	enum fetcher_url_verdict verdict =
		fetcher_url_check(origins, text, &url);

	if (verdict != expected)
		g_error("'%s' gives %d, %d expected", text, (int)verdict,
			(int)expected);
	g_assert_null(url.text);
}

static void what_is_not_plain_is_refused(void)
{
	static const char *const urls[] = {
		"",
		"https:",
		"https://",
		"https:///pics.example/",
		"https:/pics.example/",
		"https:pics.example",
		"//pics.example/",
		"pics.example/",
		"/a.jpg",
		"ftp://pics.example/",
		"file:///etc/passwd",
		"gopher://pics.example/",
		"data:image/png;base64,AAAA",
		"javascript:alert(1)",
		" https://pics.example/",
		"https://pics.example/ ",
		"https://pics.example/a b",
		"https://pics.example/\t",
		"https://pics.example/\r\nHost: x",
		"https://pics.example/\x7f",
		"https://pics.example\\a",
		"https://pics.example/a\\b",
		"https:\\\\pics.example/",
		"https://evil.example\\@pics.example/",
		/* Somebody else's host before or behind an `@`. */
		"https://pics.example@evil.example/",
		"https://evil.example@pics.example/",
		"https://user:password@pics.example/",
		"https://@pics.example/",
		"https://:@pics.example/",
		"https://pics.example%40evil.example/",
		"https://pics%2eexample/",
		"https://%70ics.example/",
		"https://pics.example:x/",
		"https://pics.example:65536/",
		"https://pics.example:0/",
		"https://pics.example:443:443/",
		"https://:443/",
		"https://[2001:db8::1/",
		"https://2001:db8::1]/",
		"https://[2001:db8::1%25eth0]/",
		"https://[2001:db8::1%eth0]/",
		"https://[fe80::1%25lo]/",
		"https://[::1]x/",
		"https://pics.example;x/",
		"https://pics.example,evil.example/",
		"https://pïcs.example/",
		"https://pics\xe3\x80\x82"
		"example/",
		"https://pics.example/\xff",
		/* Dots that would leave a path, for whoever decodes them. */
		"https://part.example/pics/%2e%2e/secret",
		"https://part.example/pics/%2E./secret",
		"https://part.example/pics/..%2fsecret",
		"https://part.example/pics/x%2f..%2f..%2fsecret",
		"https://part.example/pics/%252e%252e/secret",
		"https://part.example/pics/%25252e%25252e/secret",
		"https://part.example/pics/%252e%252e/secret%25",
		"https://part.example/pics/%25zz/%252e%252e/secret",
		"https://part.example/pics/%2500",
		"https://part.example/pics/..%5csecret",
		"https://part.example/pics/..;/secret",
		"https://part.example/pics/..;a=b/secret",
		"https://part.example/pics/%00",
		"https://part.example/pics/%0d%0a",
		"https://part.example/pics/%250a",
		"https://part.example/pics/%",
		"https://part.example/pics/%zz",
		"https://pics.example/%2525252525252541",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(urls); i++)
		check_refused(urls[i], FETCHER_URL_BAD);
}

static void what_is_nobody_s_is_not_allowed(void)
{
	static const char *const urls[] = {
		"https://evil.example/",
		"https://pics.example.evil.example/",
		"https://xpics.example/",
		"https://pics.example./",
		"http://pics.example/",
		"https://pics.example:8443/",
		"https://pics.example:80/",
		"http://127.0.0.1/",
		"https://127.0.0.1:8080/",
		"http://127.0.0.2:8080/",
		"http://localhost:8080/",
		"http://[::1]:8080/",
		"http://[::ffff:127.0.0.1]:8080/",
		"https://part.example/",
		"https://part.example/pic",
		"https://part.example/pics",
		"https://part.example/picsx/a",
		"https://part.example/pics/../secret",
		"https://part.example//pics/a",
		"https://169.254.169.254/latest/meta-data/",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(urls); i++)
		check_refused(urls[i], FETCHER_URL_NOT_ALLOWED);
}

static char *url_of_size(gsize size)
{
	static const char begin[] = "https://pics.example/";
	g_autofree char *rest = g_strnfill(size - strlen(begin), 'a');

	return g_strconcat(begin, rest, NULL);
}

static void a_url_has_a_longest_length(void)
{
	g_autoptr(origins_auto) origins = make_origins();
	g_autofree char *most = url_of_size(FETCHER_URL_BYTES);
	g_autofree char *over = url_of_size(FETCHER_URL_BYTES + 1);
	struct fetcher_url url;

	g_assert_cmpint(fetcher_url_check(origins, most, &url), ==,
			FETCHER_URL_OK);
	fetcher_url_clear(&url);
	g_assert_cmpint(fetcher_url_check(origins, over, &url), ==,
			FETCHER_URL_BAD);
}

static void a_location_is_resolved(void)
{
	static const struct {
		const char *location, *expected; /* NULL: nowhere */
	} cases[] = {
		{"b.jpg", "https://h/a/b.jpg"},
		{"/b.jpg", "https://h/b.jpg"},
		{"?x=1", "https://h/a/c?x=1"},
		{"../b", "https://h/b"},
		{"//g/b", "https://g/b"},
		{"http://g/b", "http://g/b"},
		{"", NULL},
		{"\\\\g/b", NULL},
		{"/\\g/b", NULL},
		{"b c", NULL},
		{"b\r\nX: y", NULL},
		{"\xff", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *url = fetcher_url_resolve("https://h/a/c?q=1",
							   cases[i].location);

		g_assert_cmpstr(url, ==, cases[i].expected);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fetcher_url/form", one_url_has_one_form);
	g_test_add_func("/fetcher_url/not-plain", what_is_not_plain_is_refused);
	g_test_add_func("/fetcher_url/not-allowed",
			what_is_nobody_s_is_not_allowed);
	g_test_add_func("/fetcher_url/longest", a_url_has_a_longest_length);
	g_test_add_func("/fetcher_url/location", a_location_is_resolved);
	return g_test_run();
}
