/* url_auth.h - parameters that go on every URL of a place, as its key does.
 *
 * They are merged into whatever query a URL has (RFC 3986, percent-encoded but
 * for unreserved characters), before its fragment. Path, query and fragment
 * stay as they came, to the byte: a signature may be over them. No error shows
 * a value or the URL: both may be secret.
 */
#pragma once

#include <glib.h>

#define URL_AUTH_ERROR (url_auth_error_quark())
GQuark url_auth_error_quark(void);
enum url_auth_error {
	URL_AUTH_ERROR_PARAM, /* a name or a value that can't be one */
	URL_AUTH_ERROR_URL,   /* no URL of http or https */
	URL_AUTH_ERROR_LIMIT, /* more than the limits below */
};

enum {
	URL_AUTH_PARAMS_MAX = 64,
	URL_AUTH_NAME_BYTES = 256,
	URL_AUTH_VALUE_BYTES = 4096,
	URL_AUTH_URL_BYTES = 64 * 1024, /* before and after */
};

/* What a URL that already has one of the names gets. A name is the same
 * however it is encoded. */
enum url_auth_doubles {
	URL_AUTH_NO_DOUBLES, /* none of that name: the URL's own stands */
	URL_AUTH_DOUBLES,    /* all, beside its own */
};

struct url_auth;

struct url_auth *url_auth_new(void);
/* Wipes the values too. */
void url_auth_free(struct url_auth *auth);
typedef struct url_auth url_auth_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(url_auth_auto, url_auth_free)

/* One more value; a name may be added again, for a list. The name is not
 * empty, the value may be. Neither is encoded yet. Errors:
 * URL_AUTH_ERROR_PARAM, URL_AUTH_ERROR_LIMIT. */
gboolean url_auth_add(struct url_auth *auth, const char *name,
		      const char *value, GError **error);

/* The same for "name=value", split at the first `=`. */
gboolean url_auth_add_pair(struct url_auth *auth, const char *pair,
			   GError **error);

guint url_auth_n(const struct url_auth *auth);

/* The URL with the parameters, in the order they were added. The caller frees
 * it. Errors: URL_AUTH_ERROR_URL, URL_AUTH_ERROR_LIMIT. */
char *url_auth_merge(const struct url_auth *auth, const char *url,
		     enum url_auth_doubles doubles, GError **error);
