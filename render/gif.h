/* gif.h - GIF: templates kept as index rows and LZW bands, spliced.
 *
 * A section holds an animation (or a still picture: one frame) of width x
 * height pixels as a complete GIF89a file, cut into frames and each frame's
 * LZW codes into bands of whole rows. A band starts with an empty code table
 * and ends on a byte and on a sub-block, so its bytes depend on nothing but
 * its own pixels; an answer copies the bands that no ink touches and encodes
 * the others anew. Beside the file lie each frame's index rows and palette.
 *
 * Frames are kept in a normal form: as wide as the picture, not interlaced,
 * drawn over the frame before (disposal 1, or 3 where the source says so), or
 * else every frame whole and cleared after it (disposal 2).
 *
 * Nothing here calls giflib: see gif_read.h.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"

/* giflib has a GIF_ERROR. */
#define GIF_PICTURE_ERROR (gif_picture_error_quark())
GQuark gif_picture_error_quark(void);
enum gif_picture_error {
	GIF_PICTURE_ERROR_CORRUPT, /* gif_read: not a GIF, or damaged */
	GIF_PICTURE_ERROR_LIMIT, /* gif_read: limits.h; message has both numbers */
	GIF_PICTURE_ERROR_SECTION, /* not a section of ours */
};

/* Checks size bytes at data, whole: every offset, length and index. What it
 * accepts, every function below may trust. data is aligned to 4 bytes. */
gboolean gif_section_check(const guint8 *data, gsize size, int width_px,
			   int height_px, GError **error);

struct gif_info {
	int width_px, height_px;
	guint n_frames;	    /* at least 1 */
	guint loop_count;   /* as NETSCAPE2.0: 0 is forever; 1 = play once
				   more. GIF_LOOP_NONE: no such block */
	gboolean is_opaque; /* no pixel of any frame is transparent */
	guint duration_ms;  /* the sum of all delays; 0 for one frame */
};
#define GIF_LOOP_NONE G_MAXUINT

void gif_section_info(const guint8 *data, gsize size, struct gif_info *out);

/* How long a frame shows. Delays of 0 and 1/100 s have become 1/10 s, as
 * browsers show them. */
guint gif_section_delay_ms(const guint8 *data, gsize size, guint frame);

/* The frames that begin in [start, stop) of the duration, both 0-1: first to
 * end - 1. There is always one: the frame that shows at start. */
void gif_section_span(const guint8 *data, gsize size, double start, double stop,
		      guint *out_first, guint *out_end);

/* The frames as they show, one after the other: for WebP, for a first frame.
 * data must outlive the player. */
struct gif_player *gif_player_new(const guint8 *data, gsize size);
void gif_player_free(struct gif_player *player);
typedef struct gif_player gif_player_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_player_auto, gif_player_free)

/* The next frame: RGB24 where gif_info says opaque, else ARGB32. NULL after the
 * last. The surface stays the player's, is only read, and holds until the next
 * call. */
cairo_surface_t *gif_player_next(struct gif_player *player);

/* Captions that show on the same frames. */
#define GIF_MAX_LAYERS 32
struct gif_layer {
	cairo_surface_t *ink; /* ARGB32, the picture's size: what is painted,
				 transparent everywhere else */
	const cairo_region_t *damage; /* holds all that is painted */
	guint first, end;	      /* frames first to end - 1 show it */
};

/* Appends the file: layers over each frame in their order, later ones on top.
 * No layers: the blank template. Pixels that no ink covers are exactly the
 * template's; the others are the blend's nearest palette entry, for which
 * entries that the frame leaves free are spent where they help most. data must
 * outlive out. Cannot fail. */
void gif_splice(const guint8 *data, gsize size, const struct gif_layer *layers,
		gsize n_layers, struct chain *out);

/* Encodes one surface as a still GIF, quantised: gif_builder.h says how quality
 * (1-100) counts. Appends to out. */
void gif_encode(cairo_surface_t *surface, int quality, struct chain *out);
