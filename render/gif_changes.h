/* gif_changes.h - where a captioned frame differs from the template's.
 *
 * Follows both animations, frame after frame, at the pixels that have ink at
 * some time. What the answer shows is held as the colour that was wanted, not
 * as the palette entry that it became, so that a pixel is drawn again only when
 * another colour is wanted.
 */
#pragma once

#include <glib.h>

#include "render/gif.h"
#include "render/gif_room.h"
#include "render/gif_section.h"

struct gif_change {
	guint32 at;    /* row x width + column */
	guint32 group; /* of the room, or GIF_LEFT_ALONE */
};
#define GIF_LEFT_ALONE G_MAXUINT32 /* transparent: what shows stays */

/* The changes of one frame. */
struct gif_changes {
	guint n;
	struct gif_change *list; /* by place */
	guint top, end;		 /* the rows from the first to the last */
	guint8 *is_touched;	 /* by row of the picture: there are some */
	guint32 covered[256];	 /* by index: the frame's pixels in the list */
};

/* The section and the layers stay the caller's and must outlive the tracker. */
struct gif_tracker *gif_tracker_new(const guint8 *data,
				    const struct gif_layer *layers,
				    gsize n_layers);
void gif_tracker_free(struct gif_tracker *tracker);
typedef struct gif_tracker gif_tracker_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_tracker_auto, gif_tracker_free)

/* Finds the changes of the next frame, and adds the colours that are to be
 * drawn to room. The result holds until the next call. */
const struct gif_changes *gif_tracker_next(struct gif_tracker *tracker,
					   struct gif_room *room);
