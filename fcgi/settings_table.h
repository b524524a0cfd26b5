/* settings_table.h - one row a setting: its name, what it allows, its default.
 *
 * A row is an option of the command line and a key of the file's group
 * [captiond]. settings.c reads both by it.
 */
#pragma once

#include <glib.h>

#include "fcgi/settings.h"

enum setting_kind {
	SETTING_STRING,
	SETTING_INT,
	SETTING_RANGE, /* N or LEAST-MOST; two ints, one after the other */
	SETTING_CHOICE,
	SETTING_LIST,
};

/* A row's fields are what its kind reads. */
struct setting {
	const char *name;
	char letter; /* of the short option; 0: none */
	enum setting_kind kind;
	gsize offset; /* in struct settings: char *, int, char * or char ** */
	int min, max;
	const char *fallback; /* the default; NULL: unset */
	const char *choices;  /* SETTING_CHOICE: separated by | */
	const char *arg;
	const char *help;
};

extern const struct setting settings_table[];
extern const gsize settings_table_len;

/* NULL: none of that name. */
const struct setting *setting_find(const char *name);

/* name is how the user wrote it: `--workers`, or `workers` in the file.
 * Errors: SETTINGS_ERROR_USAGE. */
gboolean setting_set(const struct setting *setting, struct settings *settings,
		     const char *name, const char *value, GError **error);

/* The value as setting_set() would read it; NULL: unset. The caller frees. */
char *setting_to_text(const struct setting *setting,
		      const struct settings *settings);
void setting_clear(const struct setting *setting, struct settings *settings);

/* For settings that are not in the table. */
void setting_usage_error(GError **error, const char *name, const char *value,
			 const char *allowed);
gboolean setting_is_choice(const char *choices, const char *value);
gboolean setting_read_int(const char *name, const char *value, int min, int max,
			  int *out, GError **error);
