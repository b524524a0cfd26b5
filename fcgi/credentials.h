/* credentials.h - what a request brings to show that it may, taken out of it.
 *
 * `key=`, `exp=` and `sig=` in the query, `X-API-Key` and `Authorization:
 * Bearer` in the head. They are taken out before anybody else reads the
 * target, so that none of them can reach a log, a message, an ETag, the
 * canonical URL or a redirect.
 *
 * The names in a query are these bytes and no others: nginx sees them in the
 * same bytes, and cuts them out of the key of its cache. What only decoding
 * makes one of these names is refused.
 */
#pragma once

#include <glib.h>

struct credentials {
	const char *signed_target; /* as sent, sig included; the caller's */
	char *key;		   /* own, decoded; NULL: none is given */
	gboolean has_key_in_query;
	gboolean has_sig, has_exp;
	const char *fault; /* why this can't be read, for the client; NULL: it
			      can */
};

/* Reads what target has, and returns the target without it, which the caller
 * frees. target stays borrowed. */
char *credentials_read_target(struct credentials *credentials,
			      const char *target);

/* Reads a FastCGI parameter, `HTTP_NAME=value`; another header's is left alone,
 * and so is an empty one. */
void credentials_read_header(struct credentials *credentials,
			     const char *parameter);

/* Whether anything was brought. */
gboolean credentials_any(const struct credentials *credentials);

void credentials_fini(struct credentials *credentials);
