#include "config.h"

#include "fcgi/respawn.h"

void respawn_init(struct respawn *respawn, guint most, gint64 now_us)
{
	*respawn = (struct respawn){0};
	quota_init(&respawn->deaths, most, now_us);
}

gboolean respawn_is_emergency(const struct respawn *respawn, gint64 now_us)
{
	return now_us < respawn->emergency_end_us;
}

static void refill(struct respawn *respawn, gint64 now_us)
{
	quota_refill(&respawn->deaths,
		     respawn_is_emergency(respawn, now_us)
			     ? RESPAWN_PER_S_EMERGENCY
			     : RESPAWN_PER_S,
		     now_us);
}

gboolean respawn_may_start(struct respawn *respawn, gint64 now_us)
{
	refill(respawn, now_us);
	return now_us >= respawn->retry_us && quota_has(&respawn->deaths);
}

static void back_off(struct respawn *respawn, gint64 now_us)
{
	respawn->backoff_ms = CLAMP(respawn->backoff_ms * 2, RESPAWN_FIRST_MS,
				    RESPAWN_MOST_MS);
	respawn->retry_us =
		now_us + respawn->backoff_ms * G_GINT64_CONSTANT(1000);
}

void respawn_died(struct respawn *respawn, gboolean was_of_use, gint64 now_us)
{
	refill(respawn, now_us);
	quota_charge(&respawn->deaths);
	if (!quota_has(&respawn->deaths))
		respawn->emergency_end_us =
			now_us + RESPAWN_EMERGENCY_S * G_USEC_PER_SEC;
	if (!was_of_use)
		back_off(respawn, now_us);
}

void respawn_succeeded(struct respawn *respawn)
{
	respawn->backoff_ms = 0;
	respawn->retry_us = 0;
}
