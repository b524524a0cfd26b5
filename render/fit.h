/* fit.h - the size of a caption's text, and its lines.
 *
 * For each number of lines there is one best way to break a text: the widest
 * line as narrow as can be. So the largest size is the largest over the numbers
 * of lines, each limited by its width and its height; no size is tried twice
 * and nothing is shaped again but the winner's lines.
 */
#pragma once

#include <glib.h>

#include "render/macro.h"
#include "render/plan.h"
#include "render/shape.h"

/* What a size makes of a caption's looks: lengths in pixels, and the room that
 * they need on each side of the text's ink. */
struct look {
	double outline_px;
	struct plan_shadow shadow;
	int background_x_px, background_y_px; /* the box's padding */
	double background_radius_px;
	double left_px, right_px, top_px, bottom_px;
};
void look_at(const struct caption *caption, double size_px, struct look *out);

struct fit_room {
	int width_px, height_px; /* of the area */
	int picture_height_px;
};

/* A text in its size and lines, not yet anywhere. */
struct fit {
	double size_px;
	struct look look;
	GArray *lines; /* struct shape_line */
	int pitch_px;  /* from baseline to baseline */
	int ascent_px; /* from the block's top to the first baseline */
	int height_px; /* the whole block, looks included */
};

/* Chooses size and lines. Always succeeds: what does not fit at any size is
 * left at the smallest. The caller calls fit_fini(). */
void fit_text(const struct caption *caption, struct shape *shape,
	      const struct fit_room *room, double cap_height_em,
	      struct fit *out);
void fit_fini(struct fit *fit);
