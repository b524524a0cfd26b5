/* encoding.h - a blank template encoded whole, as a user of its format's library
 * would write it: what the splices are held against.
 */
#pragma once

#include <cairo.h>

#include "render/chain.h"
#include "render/pack.h"

/* JPEG: libjpeg-turbo, 4:2:0, its own tables. PNG: libpng at its default level.
 * GIF: giflib, all frames from their index rows, nothing but LZW and framing.
 * Other formats have none. */
struct encoding;
struct encoding *encoding_new(struct pack *pack, int jpeg_quality);
void encoding_free(struct encoding *encoding);
typedef struct encoding encoding_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(encoding_auto, encoding_free)

/* Appends the file to out. FALSE: the format has none. */
gboolean encoding_run(const struct encoding *encoding, struct chain *out);

/* A JPEG of any surface, as above. */
void encoding_jpeg(cairo_surface_t *surface, int quality, struct chain *out);

/* encoding_gif.c: the frames of a GIF's section (gif.h), and a file of them. */
struct frames;
struct frames *frames_new(const guint8 *section, gsize size);
void frames_free(struct frames *frames);
gboolean frames_encode(const struct frames *frames, struct chain *out);
