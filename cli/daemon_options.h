/* daemon_options.h - those of captiond's settings that a picture depends on,
 * as options of the client: the same names, ranges, defaults and file.
 */
#pragma once

#include <glib.h>

#include "fcgi/settings.h"

struct daemon_options {
	GPtrArray *arguments; /* as captiond would get them */
	gboolean has_packs;
};

void daemon_options_init(struct daemon_options *options);
void daemon_options_fini(struct daemon_options *options);

/* Appends the options named, NULL-terminated, which are rows of captiond's
 * table, and --config. The data of command_parse() must be the struct that they
 * are to fill in. */
void daemon_options_add(const char *const *names, GArray *options);

/* What is in force. Error: SETTINGS_ERROR. */
struct settings *daemon_options_read(const struct daemon_options *options,
				     GError **error);
