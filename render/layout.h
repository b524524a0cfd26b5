/* layout.h - the plan: what will be painted where. Pure; touches no pixel.
 *
 * A plan holds every decision (lines, sizes, places, boxes), so that painting
 * decides nothing and a plan can be tested without pixels. All lengths are in
 * pixels of the result, x to the right, y down.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/fonts.h"
#include "render/macro.h"

struct plan;

#define LAYOUT_ERROR (layout_error_quark())
GQuark layout_error_quark(void);
enum layout_error {
	LAYOUT_ERROR_DEADLINE, /* the deadline passed */
};

/* Lays the macro's captions out on a picture of width × height pixels.
 * deadline_us is a g_get_monotonic_time() value, 0 for none, looked at between
 * captions and inside long loops. Errors: FONTS_ERROR_NOT_FOUND,
 * LAYOUT_ERROR_DEADLINE. The plan keeps references to what it needs of fonts,
 * nothing of macro, and must be freed before fonts is closed. */
struct plan *layout_plan(const struct macro *macro, int width_px, int height_px,
			 struct fonts *fonts, gint64 deadline_us,
			 GError **error);
void plan_free(struct plan *plan);
typedef struct plan plan_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(plan_auto, plan_free)

/* What the description (and a test) asks about caption i, in the macro's
 * order. ink is outline, shadow and background included, exact: the smallest
 * rectangle that holds every pixel the caption changes; empty for a text that
 * has no ink. */
struct plan_caption_info {
	double size_px;
	const char *font_name;	  /* the plan's */
	const char *const *lines; /* NULL-terminated, the plan's */
	cairo_rectangle_int_t ink;
	double start, stop; /* as in the macro */
};
gsize plan_n_captions(const struct plan *plan);
void plan_caption_info(const struct plan *plan, gsize i,
		       struct plan_caption_info *out);

/* The pixels that painting may change, within the picture. A new region: the
 * caller destroys it. */
cairo_region_t *plan_damage(const struct plan *plan);
