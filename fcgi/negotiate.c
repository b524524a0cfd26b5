#include "config.h"

#include "fcgi/negotiate.h"

#include <string.h>
#include <time.h>

/* A media range's weight for what was offered; how: 0 none, 1 by a wildcard
 * for all, 2 by its type, 3 by name. */
struct match {
	double weight;
	int how;
};

static double weight_of(char *const *params)
{
	for (; *params; params++) {
		const char *param = g_strstrip(*params);
		double weight;
		char *end;

		if (g_ascii_strncasecmp(param, "q=", 2) != 0)
			continue;
		weight = g_ascii_strtod(param + 2, &end);
		if (end == param + 2 || !(weight >= 0))
			return 0;
		return MIN(weight, 1);
	}
	return 1;
}

static int how_it_matches(const char *range, const char *type)
{
	gsize length = strcspn(type, "/");

	if (strcmp(range, "*/*") == 0)
		return 1;
	if (g_ascii_strncasecmp(range, type, length + 1) != 0)
		return 0;
	if (strcmp(range + length, "/*") == 0)
		return 2;
	/* An offer `image/` stands for every picture. */
	if (!type[length + 1] || g_ascii_strcasecmp(range, type) == 0)
		return 3;
	return 0;
}

static void take_better(struct match *best, const char *range, const char *type,
			double weight)
{
	int how = how_it_matches(range, type);

	if (how > best->how ||
	    (how > 0 && how == best->how && weight > best->weight))
		*best = (struct match){weight, how};
}

/* What an Accept header says of each of n types. */
static void match_all(const char *accept, const char *const *types, gsize n,
		      struct match *out)
{
	g_auto(GStrv) ranges = g_strsplit(accept, ",", 64);

	for (char **range = ranges; *range; range++) {
		g_auto(GStrv) parts = g_strsplit(*range, ";", 16);
		double weight = parts[0] ? weight_of(parts + 1) : 0;

		if (!parts[0])
			continue;
		(void)g_strstrip(parts[0]);
		for (gsize i = 0; i < n; i++)
			take_better(&out[i], parts[0], types[i], weight);
	}
}

enum negotiate_form negotiate_error(const char *accept, gboolean is_picture)
{
	static const char *const types[] = {"text/html", "image/",
					    "application/json"};
	static const enum negotiate_form forms[] = {
		NEGOTIATE_PAGE, NEGOTIATE_PICTURE, NEGOTIATE_JSON};
	struct match matches[G_N_ELEMENTS(types)] = {{0, 0}};
	struct match best = {0, 1}; /* more than a wildcard for all */
	enum negotiate_form form = NEGOTIATE_JSON;

	match_all(accept, types, G_N_ELEMENTS(types), matches);
	best.weight = matches[2].weight;
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		const struct match *match = &matches[i];

		if (forms[i] == NEGOTIATE_PICTURE && !is_picture)
			continue;
		if (match->weight < best.weight || match->weight == 0 ||
		    (match->weight == best.weight && match->how <= best.how))
			continue;
		best = *match;
		form = forms[i];
	}
	return form;
}

gboolean negotiate_is_json(const char *accept)
{
	static const char *const types[] = {"application/json", "image/"};
	struct match matches[G_N_ELEMENTS(types)] = {{0, 0}};
	const struct match *json = &matches[0], *image = &matches[1];

	match_all(accept, types, G_N_ELEMENTS(types), matches);
	if (json->weight != image->weight)
		return json->weight > image->weight;
	return json->weight > 0 && json->how == 3 && image->how < 2;
}

static const char *opaque_part(const char *tag)
{
	return g_str_has_prefix(tag, "W/") ? tag + 2 : tag;
}

static gboolean matches_any(const char *header, const char *etag)
{
	g_auto(GStrv) tags = g_strsplit(header, ",", 64);

	for (char **tag = tags; *tag; tag++) {
		const char *given = opaque_part(g_strstrip(*tag));

		if (strcmp(given, "*") == 0 || strcmp(given, etag) == 0)
			return TRUE;
	}
	return FALSE;
}

/* The three forms that a recipient must read (RFC 9110, 5.6.7). strptime() puts
 * RFC 850's two digits of a year between 1969 and 2068, as near to the fifty
 * years of the RFC as matters here. */
static gboolean read_http_date(const char *text, gint64 *out_unix_s)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT",
		"%a %b %e %H:%M:%S %Y",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);

		if (!end || *end)
			continue;
		*out_unix_s = timegm(&tm);
		return TRUE;
	}
	return FALSE;
}

gboolean negotiate_is_not_modified(const struct validators *validators,
				   const char *if_none_match,
				   const char *if_modified_since)
{
	gint64 since_s;

	if (*if_none_match)
		return matches_any(if_none_match, validators->etag);
	return read_http_date(if_modified_since, &since_s) &&
	       since_s >= validators->modified_s;
}

char *negotiate_http_date(gint64 unix_s)
{
	time_t time = (time_t)unix_s;
	struct tm tm;
	char date[64];

	if (!gmtime_r(&time, &tm))
		return g_strdup("Thu, 01 Jan 1970 00:00:00 GMT");
	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return g_strdup(date);
}
