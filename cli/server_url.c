#include "config.h"

#include "cli/server_url.h"

#include <curl/curl.h>
#include <string.h>
#include <sysexits.h>

#include "cli/failure.h"

typedef CURLU url_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(url_auto, curl_url_cleanup)

/* A part as it stands in the URL; NULL: it has none. The caller frees it. */
static char *get_part(CURLU *url, CURLUPart part, unsigned int flags)
{
	char *theirs = NULL;
	char *copy;

	if (curl_url_get(url, part, &theirs, flags) != CURLUE_OK)
		return NULL;
	copy = g_strdup(theirs);
	curl_free(theirs);
	return copy;
}

static CURLU *parse(const char *text)
{
	g_autoptr(url_auto) url = curl_url();
	g_autofree char *scheme = NULL;

	if (!url || curl_url_set(url, CURLUPART_URL, text,
				 CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME))
		return NULL;
	scheme = get_part(url, CURLUPART_SCHEME, 0);
	if (g_strcmp0(scheme, "http") != 0 && g_strcmp0(scheme, "https") != 0)
		return NULL;
	return g_steal_pointer(&url);
}

static gboolean has_credentials(CURLU *url)
{
	g_autofree char *user = get_part(url, CURLUPART_USER, 0);
	g_autofree char *password = get_part(url, CURLUPART_PASSWORD, 0);

	return user || password;
}

/* By hand: curl would spell the escapes anew, and a cache on the way would
 * take the URL for another. */
static char *assemble(CURLU *url, const char *path, const char *query)
{
	g_autofree char *scheme = get_part(url, CURLUPART_SCHEME, 0);
	g_autofree char *host = get_part(url, CURLUPART_HOST, 0);
	g_autofree char *port = get_part(url, CURLUPART_PORT, 0);
	g_autofree char *own_path = get_part(url, CURLUPART_PATH, 0);
	g_autofree char *own_query = get_part(url, CURLUPART_QUERY, 0);
	GString *whole = g_string_new(NULL);

	g_string_append_printf(whole, "%s://%s", scheme, host);
	if (port)
		g_string_append_printf(whole, ":%s", port);
	g_string_append(whole, own_path ? own_path : "");
	while (g_str_has_suffix(whole->str, "/"))
		g_string_truncate(whole, whole->len - 1);
	g_string_append(whole, path);
	if (own_query && *own_query)
		g_string_append_printf(whole, "?%s", own_query);
	if (query)
		g_string_append_printf(whole, "%c%s",
				       own_query && *own_query ? '&' : '?',
				       query);
	return g_string_free(whole, FALSE);
}

char *server_url_make(const char *server, const char *path, const char *query,
		      GError **error)
{
	g_autoptr(url_auto) url = parse(server);

	if (!url)
		(void)failure_set(error, EX_USAGE,
				  "--server: a URL of http or https expected");
	else if (has_credentials(url))
		(void)failure_set(error, EX_USAGE,
				  "--server: a URL without a user and a "
				  "password expected; a key goes into a file "
				  "for --key-file");
	else
		return assemble(url, path, query);
	return NULL;
}

static gboolean is_part_same(CURLU *from, CURLU *to, CURLUPart part)
{
	g_autofree char *one = get_part(from, part, CURLU_DEFAULT_PORT);
	g_autofree char *other = get_part(to, part, CURLU_DEFAULT_PORT);

	return one && other && g_ascii_strcasecmp(one, other) == 0;
}

static gboolean is_upgrade(CURLU *from, CURLU *to)
{
	g_autofree char *old = get_part(from, CURLUPART_SCHEME, 0);
	g_autofree char *new = get_part(to, CURLUPART_SCHEME, 0);
	g_autofree char *old_port =
		get_part(from, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	g_autofree char *new_port =
		get_part(to, CURLUPART_PORT, CURLU_DEFAULT_PORT);

	return strcmp(old, "http") == 0 && strcmp(new, "https") == 0 &&
	       g_strcmp0(old_port, "80") == 0 &&
	       g_strcmp0(new_port, "443") == 0;
}

gboolean server_url_is_same(const char *from, const char *to)
{
	g_autoptr(url_auto) one = parse(from);
	g_autoptr(url_auto) other = parse(to);

	if (!one || !other || has_credentials(other) ||
	    !is_part_same(one, other, CURLUPART_HOST))
		return FALSE;
	return is_upgrade(one, other) ||
	       (is_part_same(one, other, CURLUPART_SCHEME) &&
		is_part_same(one, other, CURLUPART_PORT));
}

char *server_url_host(const char *url)
{
	g_autoptr(url_auto) parts = parse(url);
	g_autofree char *host =
		parts ? get_part(parts, CURLUPART_HOST, 0) : NULL;
	g_autofree char *port =
		parts ? get_part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT)
		      : NULL;

	if (!host)
		return g_strdup("another place");
	return g_strconcat(host, ":", port, NULL);
}
