#include "config.h"

#include "fcgi/respawn.h"

void respawn_init(struct respawn *respawn, guint burst, gint64 now_us)
{
	*respawn = (struct respawn){
		.burst = burst,
		.allowance = burst,
		.filled_us = now_us,
	};
}

gboolean respawn_is_emergency(const struct respawn *respawn, gint64 now_us)
{
	return now_us < respawn->emergency_end_us;
}

static void refill(struct respawn *respawn, gint64 now_us)
{
	int per_s = respawn_is_emergency(respawn, now_us)
			    ? RESPAWN_PER_S_EMERGENCY
			    : RESPAWN_PER_S;
	double passed_s =
		(double)(now_us - respawn->filled_us) / (double)G_USEC_PER_SEC;

	respawn->allowance =
		MIN(respawn->allowance + passed_s * per_s, respawn->burst);
	respawn->filled_us = now_us;
}

gboolean respawn_take(struct respawn *respawn, gint64 now_us)
{
	refill(respawn, now_us);
	if (now_us < respawn->retry_us)
		return FALSE;
	if (respawn->allowance < 1) {
		if (!respawn_is_emergency(respawn, now_us))
			respawn->emergency_end_us =
				now_us + RESPAWN_EMERGENCY_S * G_USEC_PER_SEC;
		return FALSE;
	}
	respawn->allowance -= 1;
	return TRUE;
}

void respawn_failed(struct respawn *respawn, gint64 now_us)
{
	respawn->backoff_ms = CLAMP(respawn->backoff_ms * 2, RESPAWN_FIRST_MS,
				    RESPAWN_MOST_MS);
	respawn->retry_us =
		now_us + respawn->backoff_ms * G_GINT64_CONSTANT(1000);
}

void respawn_succeeded(struct respawn *respawn)
{
	respawn->backoff_ms = 0;
	respawn->retry_us = 0;
}
