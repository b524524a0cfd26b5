/* strict_json.h - JSON text into json-c objects, by RFC 8259 to the letter.
 *
 * json-c, even when strict, lets some things pass that would mean different
 * things to different readers; here they are errors: a key given twice (json-c
 * keeps the last), one in single quotes, NaN and Infinity, -01 and 1., raw
 * control characters, lone surrogates (json-c puts U+FFFD), a NUL in a string
 * or a key, and anything that is not UTF-8.
 */
#pragma once

#include <glib.h>

struct json_object;

#define STRICT_JSON_ERROR (strict_json_error_quark())
GQuark strict_json_error_quark(void);
enum strict_json_error {
	STRICT_JSON_ERROR_SYNTAX,    /* the message has the place, in bytes; or
					it is no object */
	STRICT_JSON_ERROR_DUPLICATE, /* the message names the key */
	STRICT_JSON_ERROR_LIMIT,     /* LIMIT_BODY_BYTES, LIMIT_JSON_DEPTH */
};

/* Reads size bytes: one JSON object, and white space around it. The caller drops
 * the reference it gets; NULL with an error. */
struct json_object *strict_json_parse(const char *text, gsize size,
				      GError **error);
