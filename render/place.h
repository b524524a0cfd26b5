/* place.h - a fitted text into its area: the last of the decisions. */
#pragma once

#include "render/fit.h"

/* Places the glyphs, lines and background of fit in out->area, and copies the
 * caption's looks. The ink is left for coverage_ink(). */
void place_text(const struct caption *caption, const struct fit *fit,
		struct plan_caption *out);
