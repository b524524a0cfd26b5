/* webp_animation.h - animated WebP out, by libwebpmux. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"
#include "render/webp.h"

struct webp_animation;

/* loop_count: how often it plays; 0 for ever. Errors: WEBP_ERROR_ENCODE. */
struct webp_animation *webp_animation_new(int width_px, int height_px,
					  int loop_count,
					  const struct webp_params *params,
					  GError **error);
void webp_animation_free(struct webp_animation *animation);
typedef struct webp_animation webp_animation_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(webp_animation_auto, webp_animation_free)

/* Adds a frame of that size, RGB24 or ARGB32; it is only read. */
gboolean webp_animation_add(struct webp_animation *animation,
			    cairo_surface_t *frame, guint delay_ms,
			    GError **error);

/* Appends the file to out; the animation is at its end. */
gboolean webp_animation_end(struct webp_animation *animation, struct chain *out,
			    GError **error);
