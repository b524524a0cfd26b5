/* scaling.h - how many workers there should be, between a least and a most.
 *
 * Pure: the caller brings what it sees and the time, in monotonic microseconds.
 * More at once when all are busy and somebody waits, a quarter of them at a
 * time; fewer when for a while at least two were idle at every moment, half of
 * the idle ones at a time. What is between changes nothing.
 */
#pragma once

#include <glib.h>

enum {
	SCALING_GROW_MS = 200,	   /* all busy for so long */
	SCALING_SHRINK_MS = 10000, /* some idle for so long */
};

struct scaling {
	guint target;
	gint64 full_since_us; /* 0: not all are busy */
	gint64 peak_since_us; /* when fewer than two were idle last */
	guint peak;	      /* most that were busy at a time since then */
};

struct scaling_sample {
	gint64 now_us;
	guint least, most;  /* as the settings say; 1 <= least <= most */
	guint ready, busy;  /* workers that serve; of these, at work */
	gboolean is_queued; /* somebody waits to be accepted */
};

/* All zero to begin with. Returns the target. */
guint scaling_decide(struct scaling *scaling,
		     const struct scaling_sample *sample);
