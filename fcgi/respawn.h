/* respawn.h - when a process that died may be replaced. Pure: the caller brings
 * the time, in monotonic microseconds.
 *
 * Two brakes. After starts that came to nothing the next ones come later and
 * later, doubling to a cap: what can't start now can't a moment later either.
 * And deaths use up an allowance that refills at a steady rate, so that a pool
 * in which every request kills its worker does not spend the machine on
 * forking; once it is used up the rate falls for a while, which is an emergency.
 * Who was told to leave has not died.
 */
#pragma once

#include <glib.h>

#include "fcgi/quota.h"

enum {
	RESPAWN_PER_S = 20,
	RESPAWN_PER_S_EMERGENCY = 4,
	RESPAWN_EMERGENCY_S = 10,
	RESPAWN_FIRST_MS = 50,
	RESPAWN_MOST_MS = 10000,
};

struct respawn {
	struct quota deaths;
	guint backoff_ms;
	gint64 retry_us;	 /* no start before */
	gint64 emergency_end_us; /* 0: none */
};

/* most: deaths at once that are no emergency. */
void respawn_init(struct respawn *respawn, guint most, gint64 now_us);

/* Whether somebody may be started. */
gboolean respawn_may_start(struct respawn *respawn, gint64 now_us);

/* One died; was_of_use: after it had got as far as doing its work. */
void respawn_died(struct respawn *respawn, gboolean was_of_use, gint64 now_us);

/* One was started and is of use: the next failure is a first one. */
void respawn_succeeded(struct respawn *respawn);

gboolean respawn_is_emergency(const struct respawn *respawn, gint64 now_us);
