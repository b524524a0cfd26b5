/* coverage.h - a caption's layers, as how much of each pixel they cover. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/plan.h"

/* Each layer is an A8 surface of box's size, or NULL; pictures is ARGB32. */
struct coverage {
	cairo_rectangle_int_t box; /* in the picture; whole tiles where plain */
	cairo_rectangle_int_t clip; /* of it, what may be covered */
	gboolean is_plain;	    /* opaque letters from masks, no more */
	cairo_surface_t *background, *shadow, *outline, *fill, *pictures;
};

/* Draws the caption's layers, as far as they fall into clip: its ink, or what
 * holds that. Text of ordinary size that stands upright is put together from
 * kept masks; other is drawn from its paths. Never NULL; box may be empty. */
struct coverage *coverage_new(const struct plan *plan,
			      const struct plan_caption *caption,
			      const cairo_rectangle_int_t *clip);
void coverage_free(struct coverage *coverage);
typedef struct coverage coverage_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(coverage_auto, coverage_free)

/* The smallest rectangle that holds every pixel the caption changes. May keep
 * what it drew to find out in caption->coverage. */
cairo_rectangle_int_t coverage_ink(const struct plan *plan,
				   struct plan_caption *caption);
