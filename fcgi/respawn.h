/* respawn.h - when a process that ended may be started again. Pure: the caller
 * brings the time, in monotonic microseconds.
 *
 * Two brakes. Starts that fail come later and later, doubling to a cap: what
 * can't start now can't a moment later either. And all starts share an
 * allowance that refills at a steady rate, so that a pool in which every
 * request kills its worker does not spend the machine on forking; once the
 * allowance is used up the rate falls for a while, which is an emergency.
 */
#pragma once

#include <glib.h>

enum {
	RESPAWN_PER_S = 20,
	RESPAWN_PER_S_EMERGENCY = 4,
	RESPAWN_EMERGENCY_S = 10,
	RESPAWN_FIRST_MS = 50,
	RESPAWN_MOST_MS = 10000,
};

struct respawn {
	guint burst;	  /* the allowance when full */
	double allowance; /* starts */
	gint64 filled_us;
	guint backoff_ms;
	gint64 retry_us;	 /* no start before */
	gint64 emergency_end_us; /* 0: none */
};

void respawn_init(struct respawn *respawn, guint burst, gint64 now_us);

/* Whether a start may be made now; TRUE uses the allowance. */
gboolean respawn_take(struct respawn *respawn, gint64 now_us);

/* A start came to nothing: the process ended before it was of use. */
void respawn_failed(struct respawn *respawn, gint64 now_us);

/* A start succeeded: the next failure is a first one. */
void respawn_succeeded(struct respawn *respawn);

/* Whether the allowance was used up in the last RESPAWN_EMERGENCY_S. */
gboolean respawn_is_emergency(const struct respawn *respawn, gint64 now_us);
