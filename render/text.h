/* text.h - what every text from outside goes through before Pango sees it. */
#pragma once

#include <glib.h>

#define TEXT_ERROR (text_error_quark())
GQuark text_error_quark(void);
enum text_error {
	TEXT_ERROR_UTF8,	/* not UTF-8, or a NUL inside */
	TEXT_ERROR_LIMIT,	/* a limit of limits.h; the message has both numbers */
};

enum text_case { TEXT_CASE_NONE, TEXT_CASE_UPPER, TEXT_CASE_LOWER,
		 TEXT_CASE_TITLE };

/* Checks size bytes at bytes and returns them as a NUL-terminated NFC string:
 * UTF-8, no NUL, CRLF and CR made LF, control characters other than LF and TAB
 * refused, and code points, combining marks in a row and line breaks within
 * limits.h. The caller frees it; NULL with an error. */
char *text_clean(const char *bytes, gsize size, GError **error);

/* The text in another case, by Unicode's locale-independent mapping (ß → SS;
 * no Turkish dotless i). The result is NFC. The caller frees it. */
char *text_to_case(const char *text, enum text_case to);
