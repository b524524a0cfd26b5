/* coverage.h - a caption's layers, as how much of each pixel they cover. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/plan.h"

/* Each layer is an A8 surface of box's size, or NULL; pictures is ARGB32. */
struct coverage {
	cairo_rectangle_int_t box; /* in the picture */
	cairo_surface_t *background, *shadow, *outline, *fill, *pictures;
};

/* Draws the caption's layers, as far as they fall into box, which holds its
 * ink. Text of ordinary size that stands upright is put together from kept
 * masks; other is drawn from its paths. Never NULL; box may be empty. */
struct coverage *coverage_new(const struct plan *plan,
			      const struct plan_caption *caption,
			      const cairo_rectangle_int_t *box);
void coverage_free(struct coverage *coverage);
typedef struct coverage coverage_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(coverage_auto, coverage_free)

/* The smallest rectangle that holds every pixel the caption changes. Keeps what
 * it found out for that in caption->letters or caption->coverage. */
cairo_rectangle_int_t coverage_ink(const struct plan *plan,
				   struct plan_caption *caption);
