/* color_names.h - the 148 named colours of CSS. */
#pragma once

#include <glib.h>

/* Finds a colour by its name, case-insensitive; out_rgb is 0xrrggbb. FALSE:
 * no such name; out_rgb is untouched. `transparent` is not among them. */
gboolean color_name_find(const char *name, guint32 *out_rgb);
