#include "config.h"

#include "fcgi/url_auth.h"

#include <string.h>

#include <curl/curl.h>

G_DEFINE_QUARK(captiond_url_auth_error, url_auth_error)

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLU, curl_url_cleanup)

struct param {
	char *name, *value;
};

struct url_auth {
	GArray *params; /* struct param */
};

static void param_clear(void *element)
{
	struct param *param = element;

	explicit_bzero(param->value, strlen(param->value));
	g_free(param->name);
	g_free(param->value);
}

struct url_auth *url_auth_new(void)
{
	struct url_auth *auth = g_new(struct url_auth, 1);

	auth->params = g_array_new(FALSE, FALSE, sizeof(struct param));
	g_array_set_clear_func(auth->params, param_clear);
	return auth;
}

void url_auth_free(struct url_auth *auth)
{
	if (!auth)
		return;
	g_array_unref(auth->params);
	g_free(auth);
}

static gboolean fail(GError **error, enum url_auth_error code,
		     const char *message)
{
	g_set_error_literal(error, URL_AUTH_ERROR, (int)code, message);
	return FALSE;
}

gboolean url_auth_add(struct url_auth *auth, const char *name,
		      const char *value, GError **error)
{
	struct param param;

	if (!*name)
		return fail(error, URL_AUTH_ERROR_PARAM,
			    "a parameter without a name");
	if (strlen(name) > URL_AUTH_NAME_BYTES ||
	    strlen(value) > URL_AUTH_VALUE_BYTES)
		return fail(error, URL_AUTH_ERROR_LIMIT,
			    "a parameter that is too long");
	if (auth->params->len >= URL_AUTH_PARAMS_MAX)
		return fail(error, URL_AUTH_ERROR_LIMIT, "too many parameters");
	param = (struct param){g_strdup(name), g_strdup(value)};
	g_array_append_val(auth->params, param);
	return TRUE;
}

gboolean url_auth_add_pair(struct url_auth *auth, const char *pair,
			   GError **error)
{
	const char *equals = strchr(pair, '=');
	g_autofree char *name = NULL;

	if (!equals)
		return fail(error, URL_AUTH_ERROR_PARAM,
			    "a parameter without `=`");
	name = g_strndup(pair, (gsize)(equals - pair));
	return url_auth_add(auth, name, equals + 1, error);
}

guint url_auth_n(const struct url_auth *auth)
{
	return auth->params->len;
}

/* A name in a query as the one who reads it has it; one whose encoding is
 * broken stands for itself. */
static char *decode_name(const char *start, gsize size)
{
	g_autofree char *raw = g_strndup(start, size);
	char *decoded;

	g_strdelimit(raw, "+", ' ');
	decoded = g_uri_unescape_string(raw, NULL);
	return decoded ? decoded : g_steal_pointer(&raw);
}

/* The decoded names that the URL's query has. */
static GHashTable *names_of(CURLU *url)
{
	GHashTable *names =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	char *query = NULL;

	if (curl_url_get(url, CURLUPART_QUERY, &query, 0) != CURLUE_OK)
		return names;
	for (const char *at = query; *at;) {
		gsize size = strcspn(at, "&");

		g_hash_table_add(names,
				 decode_name(at, MIN(size, strcspn(at, "="))));
		at += size + (at[size] == '&');
	}
	curl_free(query);
	return names;
}

/* Encoded here: curl would take a name's own `=` for the one that ends it. */
static gboolean append(CURLU *url, const struct param *param)
{
	g_autofree char *name = g_uri_escape_string(param->name, NULL, FALSE);
	g_autofree char *value = g_uri_escape_string(param->value, NULL, FALSE);
	g_autofree char *pair = g_strconcat(name, "=", value, NULL);

	return curl_url_set(url, CURLUPART_QUERY, pair, CURLU_APPENDQUERY) ==
	       CURLUE_OK;
}

static gboolean append_all(CURLU *url, const struct url_auth *auth,
			   enum url_auth_doubles doubles)
{
	g_autoptr(GHashTable) there = names_of(url);

	for (guint i = 0; i < auth->params->len; i++) {
		const struct param *param =
			&g_array_index(auth->params, struct param, i);

		if (doubles == URL_AUTH_NO_DOUBLES &&
		    g_hash_table_contains(there, param->name))
			continue;
		if (!append(url, param))
			return FALSE;
	}
	return TRUE;
}

static gboolean is_web(const char *url)
{
	return g_ascii_strncasecmp(url, "http://", 7) == 0 ||
	       g_ascii_strncasecmp(url, "https://", 8) == 0;
}

char *url_auth_merge(const struct url_auth *auth, const char *url,
		     enum url_auth_doubles doubles, GError **error)
{
	g_autoptr(CURLU) handle = NULL;
	char *whole = NULL, *merged;

	if (strlen(url) > URL_AUTH_URL_BYTES) {
		(void)fail(error, URL_AUTH_ERROR_LIMIT, "the URL is too long");
		return NULL;
	}
	handle = curl_url();
	/* A signature may cover the path: it stays as it is. */
	if (!handle || !is_web(url) ||
	    curl_url_set(handle, CURLUPART_URL, url, CURLU_PATH_AS_IS) !=
		    CURLUE_OK ||
	    !append_all(handle, auth, doubles) ||
	    curl_url_get(handle, CURLUPART_URL, &whole, 0) != CURLUE_OK) {
		(void)fail(error, URL_AUTH_ERROR_URL,
			   "a URL of http or https expected");
		return NULL;
	}
	merged = strlen(whole) > URL_AUTH_URL_BYTES ? NULL : g_strdup(whole);
	curl_free(whole);
	if (!merged)
		(void)fail(error, URL_AUTH_ERROR_LIMIT, "the URL is too long");
	return merged;
}
