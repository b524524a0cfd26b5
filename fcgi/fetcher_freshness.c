#include "config.h"

#include "fcgi/fetcher_freshness.h"

#include <string.h>

#include <curl/curl.h>

/* What Cache-Control says; -1: nothing. */
struct directives {
	gint64 max_age_s, shared_age_s, stale_s;
	gboolean is_never, is_strict;
};

/* A time to come that is too large to be read is as good as the ceiling. */
static gint64 read_seconds(const char *text)
{
	gsize digits = strspn(text, G_CSET_DIGITS);
	guint64 value;

	if (digits == 0 || text[digits] != '\0')
		return -1;
	if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &value, NULL))
		return G_MAXINT32;
	return (gint64)value;
}

/* The value of a directive, quoted or not. */
static gint64 value_of(char *equals)
{
	char *value;

	if (!equals)
		return -1;
	value = g_strstrip(equals + 1);
	if (*value == '"') {
		char *end = strchr(value + 1, '"');

		if (!end || end[1])
			return -1;
		*end = '\0';
		value++;
	}
	return read_seconds(value);
}

static void read_directive(char *text, struct directives *out)
{
	char *equals = strchr(text, '=');
	gint64 value = value_of(equals);
	const char *name;

	if (equals)
		*equals = '\0';
	name = g_strstrip(text);
	if (g_ascii_strcasecmp(name, "max-age") == 0)
		out->max_age_s = MAX(value, 0);
	else if (g_ascii_strcasecmp(name, "s-maxage") == 0)
		out->shared_age_s = MAX(value, 0);
	else if (g_ascii_strcasecmp(name, "stale-if-error") == 0)
		out->stale_s = value;
	else if (g_ascii_strcasecmp(name, "no-store") == 0 ||
		 g_ascii_strcasecmp(name, "no-cache") == 0 ||
		 g_ascii_strcasecmp(name, "private") == 0)
		out->is_never = TRUE;
	else if (g_ascii_strcasecmp(name, "must-revalidate") == 0 ||
		 g_ascii_strcasecmp(name, "proxy-revalidate") == 0)
		out->is_strict = TRUE;
}

static struct directives read_directives(const char *text)
{
	struct directives out = {-1, -1, -1, FALSE, FALSE};
	g_auto(GStrv) parts = g_strsplit(text ? text : "", ",", -1);

	for (char **at = parts; *at; at++)
		read_directive(*at, &out);
	return out;
}

static gint64 life_by_date(const struct freshness_headers *headers)
{
	gint64 expires, date;

	if (!headers->expires)
		return FRESHNESS_DEFAULT_S;
	/* `Expires: 0` and what is no date are in the past. */
	expires = curl_getdate(headers->expires, NULL);
	date = headers->date ? curl_getdate(headers->date, NULL) : -1;
	if (expires < 0)
		return 0;
	if (date < 0)
		date = g_get_real_time() / G_USEC_PER_SEC;
	return expires - date;
}

struct freshness freshness_read(const struct freshness_headers *headers)
{
	struct directives directives = read_directives(headers->cache_control);
	gint64 age_s = headers->age ? MAX(read_seconds(headers->age), 0) : 0;
	struct freshness out;

	if (directives.is_never)
		out.fresh_s = 0;
	else if (directives.shared_age_s >= 0)
		out.fresh_s = directives.shared_age_s;
	else if (directives.max_age_s >= 0)
		out.fresh_s = directives.max_age_s;
	else
		out.fresh_s = life_by_date(headers);
	out.fresh_s = CLAMP(out.fresh_s - age_s, FRESHNESS_FLOOR_S,
			    FRESHNESS_CEILING_S);
	out.stale_s = directives.is_strict || directives.is_never ? 0
		      : directives.stale_s >= 0
			      ? MIN(directives.stale_s, FRESHNESS_STALE_S)
			      : FRESHNESS_STALE_S;
	return out;
}
