/* gif_room.h - room in a frame's palette for a caption's colours.
 *
 * Colours that are alike (the same 5 bits a channel) are counted together as a
 * group, those that are wanted exactly each as its own. Then every group gets
 * an entry: the nearest that the frame has, or one that it leaves free, spent
 * where the most pixels are farthest off.
 */
#pragma once

#include <glib.h>

struct gif_room *gif_room_new(void);
void gif_room_free(struct gif_room *room);
typedef struct gif_room gif_room_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_room_auto, gif_room_free)

/* Forgets all groups. */
void gif_room_reset(struct gif_room *room);

/* Counts one pixel of a colour and returns its group. */
guint gif_room_add(struct gif_room *room, guint32 color, gboolean is_exact);

struct gif_room_palette {
	guint8 *entries; /* n_entries x 3 bytes; free ones are changed */
	guint n_entries;
	guint transparent;   /* never used; may be past the last */
	guint32 counts[256]; /* pixels that keep each entry; 0: it is free */

	/* Outputs. */
	gboolean is_changed;
	gboolean is_merged;
	guint8 merged[256]; /* what pixels of each entry become. Itself, unless
			       no entry was free for a colour that many pixels
			       have and none came near */
};

/* Gives every group its entry. */
void gif_room_settle(struct gif_room *room, struct gif_room_palette *palette);

/* A group's entry. */
guint8 gif_room_entry(const struct gif_room *room, guint group);
