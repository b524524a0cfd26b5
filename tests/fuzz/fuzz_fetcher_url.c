#include "config.h"

#include <stdint.h>
#include <string.h>

#include "fcgi/fetcher_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One origin, so that inputs get past the check of the host. */
static struct origins *make_origins(void)
{
	struct origins *origins = origins_new();
	struct origin *origin = g_new0(struct origin, 1);

	origin->name = g_strdup("o");
	origin->hosts = g_strsplit("h;[::1];1.2.3.4", ";", -1);
	origin->path = g_strdup("/p/");
	origin->port = 443;
	g_assert_true(origins_add(origins, origin, NULL));
	return origins;
}

static gboolean is_of_origin(const char *text)
{
	return g_str_has_prefix(text, "https://h/p/") ||
	       g_str_has_prefix(text, "https://[::1]/p/") ||
	       g_str_has_prefix(text, "https://1.2.3.4/p/");
}

/* A query may have any dots. */
static void check_path(const char *text)
{
	g_autofree char *path = g_strndup(text, strcspn(text, "?"));

	g_assert_null(strstr(path, "/../"));
	g_assert_false(g_str_has_suffix(path, "/.."));
}

/* What is let through is the origin's, plain, and the same when read again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(origins_auto) origins = make_origins();
	struct fetcher_url url, again;

	if (fetcher_url_check(origins, text, &url) == FETCHER_URL_OK) {
		g_assert_true(is_of_origin(url.text));
		g_assert_null(strpbrk(url.text, "\\ \r\n#"));
		check_path(url.text);
		if (strlen(url.text) <= FETCHER_URL_BYTES) {
			g_assert_cmpint(
				fetcher_url_check(origins, url.text, &again),
				==, FETCHER_URL_OK);
			g_assert_cmpstr(again.text, ==, url.text);
			fetcher_url_clear(&again);
		}
		fetcher_url_clear(&url);
	}
	g_free(fetcher_url_resolve("https://h/p/a?b", text));
	return 0;
}
