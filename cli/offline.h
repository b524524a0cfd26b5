/* offline.h - a macro drawn here, as captiond would draw it.
 */
#pragma once

#include <glib.h>

#include "fcgi/settings.h"
#include "render/macro.h"

struct offline_picture {
	GBytes *bytes;
	enum macro_format format;
	int width_px, height_px;
};

/* Draws the macro with the settings' templates, fonts and qualities: byte for
 * byte what a captiond with these settings answers. packs_dir as in
 * template_pack.h. The caller drops the bytes. Errors: those of
 * template_pack_open, FONTS_ERROR, FAILURE. */
gboolean offline_draw(const struct settings *settings, const char *packs_dir,
		      const struct macro *macro, struct offline_picture *out,
		      GError **error);
