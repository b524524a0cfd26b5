/* paint.h - a plan onto pixels. Decides nothing. */
#pragma once

#include <cairo.h>

#include "render/layout.h"
#include "render/tiles.h"

/* Paints the plan on target, an image surface (ARGB32 or RGB24) of the plan's
 * size. Changes no pixel outside plan_damage(). The same plan on the same
 * pixels gives the same bytes, always. */
void paint_plan(const struct plan *plan, cairo_surface_t *target);

/* The same, and takes each tile first that ink falls on. */
void paint_plan_tiles(const struct plan *plan, struct tiles *tiles);

/* Paints the i-th caption alone: an animation shows them at different times. */
void paint_plan_caption(const struct plan *plan, gsize i, struct tiles *tiles);
