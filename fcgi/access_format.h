/* access_format.h - one request as one line, in a format that a site chooses.
 *
 * A format is `json` (all fields, an object), `text` (the usual ones), or a text
 * of its own with {field} where a value goes, {{ for a brace. No field holds
 * anything of the query: people's texts and keys are in it.
 *
 * Bytes that a client sent are escaped: a line is one line, its fields are told
 * apart by spaces, and it is ACCESS_LINE_BYTES long at most, so that one write
 * to a pipe takes it whole.
 */
#pragma once

#include <glib.h>

#include "fcgi/account.h"

enum {
	ACCESS_LINE_BYTES = 4096, /* Linux' PIPE_BUF */
	ACCESS_TEXT_BYTES = 512,  /* of one field, escaped */
	ACCESS_FORMAT_BYTES = 1024,
};

struct access_format;

/* Errors: SETTINGS_ERROR_USAGE, naming what is wrong with text. name is what
 * the setting is called. */
struct access_format *access_format_new(const char *name, const char *text,
					GError **error);
void access_format_free(struct access_format *format);
typedef struct access_format access_format_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(access_format_auto, access_format_free)

/* Appends the line of an account that was ended at time_us (Unix), with \n. */
void access_format_line(const struct access_format *format,
			const struct account *account, gint64 time_us,
			GString *line);

/* The names of the fields, separated by spaces. The caller frees it. */
char *access_format_fields(void);
