/* fetcher_url.h - which URLs may be fetched at all.
 *
 * A URL is refused rather than repaired: what two programs can read in two ways
 * (RFC 3986 against WHATWG's) is how a check is got around.
 */
#pragma once

#include <glib.h>

#include "fcgi/origins.h"

enum { FETCHER_URL_BYTES = 2048 }; /* LIMIT_URL_BYTES */

enum fetcher_url_verdict {
	FETCHER_URL_OK,
	FETCHER_URL_BAD,	 /* it is no URL, or not a plain one */
	FETCHER_URL_NOT_ALLOWED, /* it is no configured origin's */
};

struct fetcher_url {
	char *text; /* one form for all spellings: lower case scheme and host,
		       no default port, no dots in the path, escaped beyond
		       ASCII, no fragment */
	const struct origin *origin; /* the caller's */
};

/* Takes only what begins with http:// or https:// and a host, and has none of:
 * userinfo, an IPv6 zone, an escape in the host, a backslash, a space, a
 * control code; nor, however often they are encoded, a dot segment or a control
 * code in the path. out is written on OK alone; fetcher_url_clear() frees. */
enum fetcher_url_verdict fetcher_url_check(const struct origins *origins,
					   const char *text,
					   struct fetcher_url *out);
void fetcher_url_clear(struct fetcher_url *url);

/* Where a Location leads from a URL, as yet unchecked. NULL: nowhere. */
char *fetcher_url_resolve(const char *base, const char *location);
