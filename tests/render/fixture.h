/* fixture.h - the drawn fonts, and plans on them. */
#pragma once

#include <glib.h>

#include "render/fonts.h"
#include "render/layout.h"
#include "render/macro.h"

/* The folder that make_fonts.py wrote into; it has site/ and fallback/. */
const char *fixture_folder(void);

/* The fonts of site/ with Block as the default, and fallback/ behind them. The
 * caller closes them. */
struct fonts *fixture_fonts(void);

/* The macro that a query names; template=x is added. The caller frees it. */
struct macro *fixture_macro(const char *query);

/* Its plan on width × height pixels; the caller frees it. */
struct plan *fixture_plan(struct fonts *fonts, const char *query, int width_px,
			  int height_px);

/* The lines of a caption, with `|` between them. The caller frees it. */
char *fixture_lines(const struct plan_caption_info *info);
