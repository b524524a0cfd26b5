/* webp.h - WebP out, by libwebp: whole pictures. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"

#define WEBP_ERROR (webp_error_quark())
GQuark webp_error_quark(void);
enum webp_error {
	WEBP_ERROR_ENCODE, /* libwebp's error number */
};

struct webp_params {
	int quality; /* 1-100 */
	int method;  /* 0 (fast) to 6 (small) */
};

/* Encodes the surface (RGB24 or ARGB32; with the latter an alpha plane) lossy.
 * At most 16383 pixels a side (VP8's limit). Appends to out. */
gboolean webp_encode(cairo_surface_t *surface, const struct webp_params *params,
		     struct chain *out, GError **error);
