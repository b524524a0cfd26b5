/* webp_picture.h - a Cairo surface as libwebp wants it; for webp*.c only. */
#pragma once

#include <cairo.h>
#include <glib.h>
#include <webp/encode.h>

/* FALSE: of another version of libwebp, too large, or no memory. On success
 * the caller ends it with WebPPictureFree. */
gboolean webp_picture_init(WebPPicture *picture, cairo_surface_t *surface);
