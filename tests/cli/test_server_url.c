#include "config.h"

#include "cli/server_url.h"

#include <string.h>
#include <sysexits.h>

#include "cli/failure.h"

static void paths_and_queries_are_merged(void)
{
	static const struct {
		const char *server, *query, *url;
	} cases[] = {
		{"http://h", "a=b", "http://h/caption?a=b"},
		{"http://h/", "a=b", "http://h/caption?a=b"},
		{"https://h:8443", "a=b", "https://h:8443/caption?a=b"},
		{"HTTP://h", "a=b", "http://h/caption?a=b"},
		{"http://h/img", "a=b", "http://h/img/caption?a=b"},
		{"http://h/img///", "a=b", "http://h/img/caption?a=b"},
		{"http://h/a%2fb/../c", "a=b",
		 "http://h/a%2fb/../c/caption?a=b"},
		{"http://h?t=1", "a=b", "http://h/caption?t=1&a=b"},
		{"http://h/p?t=%20+1&u", "a=b",
		 "http://h/p/caption?t=%20+1&u&a=b"},
		{"http://h/?", "a=b", "http://h/caption?a=b"},
		{"http://h/#f", "a=b", "http://h/caption?a=b"},
		{"http://h/?t=1#f", NULL, "http://h/caption?t=1"},
		{"http://h", NULL, "http://h/caption"},
		{"http://[::1]:80/x", "a=b", "http://[::1]:80/x/caption?a=b"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *url = server_url_make(
			cases[i].server, "/caption", cases[i].query, &error);

		g_test_message("%s", cases[i].server);
		g_assert_no_error(error);
		g_assert_cmpstr(url, ==, cases[i].url);
	}
}

static void other_urls_are_refused(void)
{
	static const char *const servers[] = {
		"",
		"h",
		"h:80",
		"//h",
		"/caption",
		"ftp://h",
		"file:///etc/passwd",
		"http://",
		"http://a b/",
		"http://h:99999/",
		"http://user@h/",
		"http://user:word@h/",
		"http://:word@h/",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(servers); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", servers[i]);
		g_assert_null(server_url_make(servers[i], "/x", "a", &error));
		g_assert_error(error, FAILURE, EX_USAGE);
		g_assert_nonnull(strstr(error->message, "--server"));
		g_assert_null(strstr(error->message, "word@"));
	}
}

static void only_the_same_host_is_followed(void)
{
	static const struct {
		const char *from, *to;
		gboolean is_same;
	} cases[] = {
		{"http://h/a", "http://h/b?c", TRUE},
		{"http://h/a", "http://H:80/a", TRUE},
		{"http://h/a", "https://h/a", TRUE},
		{"https://h/a", "http://h/a", FALSE},
		{"http://h:8080/a", "https://h/a", FALSE},
		{"http://h/a", "https://h:8443/a", FALSE},
		{"http://h:8080/a", "http://h/a", FALSE},
		{"http://h/a", "http://h2/a", FALSE},
		{"http://h/a", "http://h.h2/a", FALSE},
		{"http://h/a", "http://h@h2/a", FALSE},
		{"http://h/a", "http://u:p@h/a", FALSE},
		{"http://h/a", "ftp://h/a", FALSE},
		{"http://h/a", "file:///h/a", FALSE},
		{"http://h/a", "", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].to);
		g_assert_cmpint(server_url_is_same(cases[i].from, cases[i].to),
				==, cases[i].is_same);
	}
}

static void messages_name_the_host_alone(void)
{
	static const struct {
		const char *url, *host;
	} cases[] = {
		{"http://h/a?key=b", "h:80"},
		{"https://h/a", "h:443"},
		{"http://u:p@h:81/a", "h:81"},
		{"nonsense", "another place"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *host = server_url_host(cases[i].url);

		g_assert_cmpstr(host, ==, cases[i].host);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server-url/merge", paths_and_queries_are_merged);
	g_test_add_func("/server-url/refused", other_urls_are_refused);
	g_test_add_func("/server-url/same", only_the_same_host_is_followed);
	g_test_add_func("/server-url/host", messages_name_the_host_alone);
	return g_test_run();
}
