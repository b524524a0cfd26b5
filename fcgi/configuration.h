/* configuration.h - whether settings can be put to work.
 *
 * What one value allows is in settings_table.c; here is what depends on others
 * and on the machine: folders, programs, files that hold secrets. It is asked at
 * the start, by --check, and on HUP before anything is changed; nothing on the
 * disk is made and nothing bound. A part with something to check, or to read
 * once for all workers, adds its step to the list.
 */
#pragma once

#include "fcgi/settings.h"

/* Also makes of the settings what the workers use. Errors:
 * SETTINGS_ERROR_USAGE, or those of a part's own step. */
gboolean configuration_compile(struct settings *settings, GError **error);
