/* animation.h - captions over the frames of a GIF section.
 *
 * Captions that show on the same frames are one layer: painted once, laid over
 * each of the layer's frames.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"
#include "render/gif.h"
#include "render/layout.h"
#include "render/pack.h"
#include "render/webp.h"

#define ANIMATION_ERROR (animation_error_quark())
GQuark animation_error_quark(void);
enum animation_error {
	ANIMATION_ERROR_DEADLINE,
};

/* The layers of a plan over a section of size bytes, of the same width and
 * height: an array of struct gif_layer that frees its elements. plan NULL: an
 * empty one. */
GArray *animation_layers(const struct plan *plan, const guint8 *section,
			 gsize size);

/* Whether a caption shows on the first frame, and so on a still of it. */
gboolean animation_shows_first(const struct plan *plan, gsize i,
			       const guint8 *section, gsize size);

/* The frames in another size, as a new section. deadline_us is a
 * g_get_monotonic_time() value, 0 for none. */
GBytes *animation_resize(const guint8 *section, gsize size, int width_px,
			 int height_px, int quality, gint64 deadline_us,
			 GError **error);

/* All frames with their layers as an animated WebP. pack: has the frames as
 * pixels too, which the section has in fewer colours; or NULL. */
gboolean animation_to_webp(const guint8 *section, gsize size, struct pack *pack,
			   const GArray *layers,
			   const struct webp_params *params, gint64 deadline_us,
			   struct chain *out, GError **error);
