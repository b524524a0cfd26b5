#include "config.h"

#include "fcgi/fetcher_url.h"

#include <string.h>

#include <curl/curl.h>

#include "render/limits.h"

G_STATIC_ASSERT((int)FETCHER_URL_BYTES == (int)LIMIT_URL_BYTES);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLU, curl_url_cleanup)

enum {
	/* Twice is what careless proxies do; more is nobody's mistake. */
	ENCODINGS_MAX = 4,
};

static gboolean is_plain_text(const char *text)
{
	gsize size = strlen(text);

	if (size == 0 || size > FETCHER_URL_BYTES)
		return FALSE;
	for (gsize i = 0; i < size; i++)
		if ((guchar)text[i] <= 0x20 || text[i] == 0x7f ||
		    text[i] == '\\')
			return FALSE;
	return g_utf8_validate(text, (gssize)size, NULL);
}

/* The authority's begin; NULL: there is no scheme of ours before one. */
static const char *find_authority(const char *text)
{
	if (g_ascii_strncasecmp(text, "http://", 7) == 0)
		return text + 7;
	if (g_ascii_strncasecmp(text, "https://", 8) == 0)
		return text + 8;
	return NULL;
}

/* curl takes more for a host than should be one. */
static gboolean is_plain_authority(const char *authority)
{
	gsize size = strcspn(authority, "/?#");

	return size > 0 && authority[0] != ':' &&
	       strspn(authority,
		      G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._:[]") >= size;
}

static gboolean is_plain_segment(const char *segment, gsize size)
{
	/* Java's servers take `..;x` for `..`. */
	gsize dots = strspn(segment, ".");

	return dots == 0 || dots > 2 || (dots < size && segment[dots] != ';');
}

static gboolean are_plain_segments(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((guchar)*p < 0x20 || *p == 0x7f)
			return FALSE;
	for (;;) {
		gsize size = strcspn(path, "/\\");

		if (!is_plain_segment(path, size))
			return FALSE;
		if (!path[size])
			return TRUE;
		path += size + 1;
	}
}

static gboolean is_escape(const char *text)
{
	return text[0] == '%' && g_ascii_isxdigit(text[1]) &&
	       g_ascii_isxdigit(text[2]);
}

/* What is no escape is text, and hides none that is: who decodes twice may be
 * as forgiving. A NUL becomes another control character. */
static char *decode_once(const char *text)
{
	GString *plain = g_string_new(NULL);

	while (*text) {
		int byte = (guchar)*text;

		if (is_escape(text)) {
			byte = g_ascii_xdigit_value(text[1]) << 4 |
			       g_ascii_xdigit_value(text[2]);
			text += 2;
		}
		g_string_append_c(plain, (char)MAX(byte, 1));
		text++;
	}
	return g_string_free(plain, FALSE);
}

static gboolean has_bad_escape(const char *path)
{
	while ((path = strchr(path, '%')))
		if (!is_escape(path++))
			return TRUE;
	return FALSE;
}

/* An origin's path is a promise of what is below it. */
static gboolean is_plain_path(const char *path)
{
	g_autofree char *now = g_strdup(path);

	if (has_bad_escape(path))
		return FALSE;
	for (int i = 0; i < ENCODINGS_MAX; i++) {
		char *decoded = decode_once(now);

		if (!are_plain_segments(decoded)) {
			g_free(decoded);
			return FALSE;
		}
		if (strcmp(decoded, now) == 0) {
			g_free(decoded);
			return TRUE;
		}
		g_free(now);
		now = decoded;
	}
	return FALSE;
}

/* A part of a URL as a string of ours; NULL: it has none. */
static char *get_part(CURLU *url, CURLUPart part, unsigned int flags)
{
	char *value = NULL, *copy;

	if (curl_url_get(url, part, &value, flags) != CURLUE_OK)
		return NULL;
	copy = g_strdup(value);
	curl_free(value);
	return copy;
}

static gboolean set_host(CURLU *url, const char *host)
{
	return curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK;
}

static enum fetcher_url_verdict judge(const struct origins *origins, CURLU *url,
				      struct fetcher_url *out)
{
	g_autofree char *scheme = get_part(url, CURLUPART_SCHEME, 0);
	g_autofree char *given = get_part(url, CURLUPART_HOST, 0);
	g_autofree char *host = given ? origins_host(given) : NULL;
	g_autofree char *port =
		get_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	g_autofree char *path = get_part(url, CURLUPART_PATH, 0);
	guint64 number;

	if (!scheme || !host || !path || !port || !is_plain_path(path) ||
	    !g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL) ||
	    !set_host(url, host))
		return FETCHER_URL_BAD;
	out->origin = origins_find(origins, strcmp(scheme, "http") == 0, host,
				   (guint)number, path);
	if (!out->origin)
		return FETCHER_URL_NOT_ALLOWED;
	(void)curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
	out->text = get_part(url, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
	return out->text && strlen(out->text) <= 3 * FETCHER_URL_BYTES
		       ? FETCHER_URL_OK
		       : FETCHER_URL_BAD;
}

enum fetcher_url_verdict fetcher_url_check(const struct origins *origins,
					   const char *text,
					   struct fetcher_url *out)
{
	const char *authority = find_authority(text);
	g_autoptr(CURLU) url = NULL;
	struct fetcher_url judged = {NULL, NULL};
	enum fetcher_url_verdict verdict;

	if (!authority || !is_plain_text(text) ||
	    !is_plain_authority(authority))
		return FETCHER_URL_BAD;
	url = curl_url();
	if (!url ||
	    curl_url_set(url, CURLUPART_URL, text,
			 CURLU_URLENCODE | CURLU_DISALLOW_USER) != CURLUE_OK)
		return FETCHER_URL_BAD;
	verdict = judge(origins, url, &judged);
	if (verdict == FETCHER_URL_OK)
		*out = judged;
	else
		fetcher_url_clear(&judged);
	return verdict;
}

void fetcher_url_clear(struct fetcher_url *url)
{
	g_clear_pointer(&url->text, g_free);
	url->origin = NULL;
}

char *fetcher_url_resolve(const char *base, const char *location)
{
	g_autoptr(CURLU) url = curl_url();

	/* curl reads `https:/host` as it reads `https://host`. */
	if (!url || !is_plain_text(location) ||
	    curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_set(url, CURLUPART_URL, location, 0) != CURLUE_OK)
		return NULL;
	return get_part(url, CURLUPART_URL, 0);
}
