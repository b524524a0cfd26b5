/* sidecar.h - the JSON file that may stand beside a template picture.
 *
 * An object with any of: `name`, `source`, `license` (strings), `keywords` (an
 * array of strings), `slots` (an array of captions without `text`). Anything
 * else in it is an error, so that a misspelt key does not go unnoticed.
 */
#pragma once

#include <glib.h>

#define SIDECAR_ERROR (sidecar_error_quark())
GQuark sidecar_error_quark(void);
enum sidecar_error {
	SIDECAR_ERROR_SYNTAX, /* see strict_json.h */
	SIDECAR_ERROR_FIELD,  /* the message names the key */
	SIDECAR_ERROR_LIMIT,  /* limits.h; the message has both numbers */
};

/* Reads size bytes and returns the same as JSON in one form: keys in one
 * order, no white space, texts in NFC. The caller frees it. */
char *sidecar_read(const char *bytes, gsize size, GError **error);
