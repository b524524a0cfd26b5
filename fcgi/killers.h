/* killers.h - requests that kill who serves them.
 *
 * nginx asks again when a worker has died, so a request that kills its worker
 * would kill another; and its client may come back. One that has killed two
 * within a minute is refused for a minute after the last.
 *
 * The master counts in memory of its own and publishes what is refused; the
 * workers only look. Pure: the caller brings the time, in monotonic
 * microseconds. A request is known by its fingerprint; 0 is none.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

enum {
	KILLERS_MAX = 64, /* known at a time; the oldest gives way */
	KILLERS_DEATHS = 2,
	KILLERS_LIFE_S = 60,
};

/* The master's. All zero is empty. */
struct killers {
	struct {
		guint64 fingerprint; /* 0: free */
		guint deaths;
		gint64 last_us;
	} known[KILLERS_MAX];
};

/* In shared memory. All zero is empty. */
struct killers_refused {
	struct {
		_Atomic guint64 fingerprint;
		_Atomic gint64 until_us;
	} list[KILLERS_MAX];
};

/* A worker died of it. Returns how many have in the last minute. */
guint killers_note(struct killers *killers, guint64 fingerprint, gint64 now_us,
		   struct killers_refused *refused);

gboolean killers_is_refused(const struct killers_refused *refused,
			    guint64 fingerprint, gint64 now_us);
