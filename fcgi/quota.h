/* quota.h - so many at once, and so many a second. Pure: the caller brings the
 * time, in monotonic microseconds.
 */
#pragma once

#include <glib.h>

struct quota {
	guint most;  /* at once */
	double left; /* may be under 0: see quota_charge() */
	gint64 filled_us;
};

void quota_init(struct quota *quota, guint most, gint64 now_us);

/* Adds what per_s has brought since the last call. */
void quota_refill(struct quota *quota, double per_s, gint64 now_us);

/* Whether there is one; without using it. */
gboolean quota_has(const struct quota *quota);

/* Uses one, whether there is one or not. */
void quota_charge(struct quota *quota);
