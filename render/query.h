/* query.h - application/x-www-form-urlencoded, read and written.
 *
 * https://url.spec.whatwg.org/#application/x-www-form-urlencoded, with two
 * differences: a percent sign that two hex digits do not follow is an error,
 * and so is what is not UTF-8 after decoding.
 */
#pragma once

#include <glib.h>

#define QUERY_ERROR (query_error_quark())
GQuark query_error_quark(void);
enum query_error {
	QUERY_ERROR_SYNTAX,
	QUERY_ERROR_UTF8,
};

struct query_pair {
	char *key;	/* decoded; no NUL inside */
	char *value;	/* decoded; "" where there was no `=` */
};

/* Splits size bytes at query at `&`, then each part at its first `=`, then
 * decodes both once. Empty parts are left out. Returns an array of struct
 * query_pair that frees its elements; NULL with an error, whose message shows
 * the part at fault. Errors: QUERY_ERROR_SYNTAX (a NUL, raw or escaped, and a
 * size past LIMIT_BODY_BYTES too), QUERY_ERROR_UTF8. */
GArray *query_parse(const char *query, gsize size, GError **error);

/* Appends key=value to a query being built, with `&` where needed. What stays
 * unescaped: RFC 3986's unreserved characters. A space is %20. */
void query_append(GString *query, const char *key, const char *value);
