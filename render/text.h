/* text.h - what every text from outside goes through before Pango sees it. */
#pragma once

#include <glib.h>

#define TEXT_ERROR (text_error_quark())
GQuark text_error_quark(void);
enum text_error {
	TEXT_ERROR_UTF8,	/* not UTF-8, a NUL or another control inside */
	TEXT_ERROR_LIMIT,	/* a limit of limits.h; the message has both numbers */
};

enum text_case { TEXT_CASE_NONE, TEXT_CASE_UPPER, TEXT_CASE_LOWER,
		 TEXT_CASE_TITLE };

/* Checks size bytes at bytes and returns them as a NUL-terminated NFC string:
 * UTF-8, no NUL, every line end (CRLF, CR, U+2028, U+2029) made LF, control
 * characters other than LF and TAB refused, and code points, combining marks in
 * a row and line breaks within limits.h. The caller frees it; NULL with an
 * error. Cleaning a clean text changes nothing. */
char *text_clean(const char *bytes, gsize size, GError **error);

/* A clean text in another case, by Unicode's locale-independent mapping (ß → SS;
 * no Turkish dotless i). The result is NFC; it may have more code points than
 * LIMIT_CODE_POINTS, three times as many at most. The caller frees it. */
char *text_to_case(const char *text, enum text_case to);
