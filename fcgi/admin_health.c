/* Whether the pool lives, and whether it can draw. */
#include "config.h"

#include "fcgi/admin_pages.h"

enum {
	ALIVE_S = 5,  /* the master goes round ten times a second */
	FRESH_S = 10, /* at least: a request may take longer */
	PROBE_S = 4,
	PROBE_UNREADY_S = 1,
};

void admin_count(const struct admin_view *view, struct admin_census *out)
{
	*out = (struct admin_census){0};
	for (guint i = 0; i < scoreboard_n_slots(view->board); i++) {
		guint32 state = atomic_load(&view->board->slots[i].state);

		if (state == SCOREBOARD_EMPTY || state > SCOREBOARD_LEAVING)
			continue;
		out->states[state]++;
		out->total++;
		out->idle += state == SCOREBOARD_WAITING;
		out->active += state >= SCOREBOARD_READING &&
			       state <= SCOREBOARD_WRITING;
	}
}

gboolean admin_is_alive(const struct admin_view *view)
{
	gint64 age_us = g_get_monotonic_time() -
			atomic_load(&view->board->heartbeat_us);

	return age_us < ALIVE_S * G_USEC_PER_SEC;
}

/* When the newest caption was drawn; 0: never. A time to come, which no honest
 * worker tells, does not count. */
static gint64 drew_us(const struct admin_view *view, gint64 now_us)
{
	gint64 newest_us = 0;

	for (guint i = 0; i < scoreboard_n_slots(view->board); i++) {
		gint64 at_us =
			atomic_load(&view->board->slots[i].tally.drew_us);

		if (at_us <= now_us)
			newest_us = MAX(newest_us, at_us);
	}
	return newest_us;
}

/* Every worker may be at a request for as long as it may take. */
static gint64 fresh_us(const struct admin_view *view)
{
	return (FRESH_S + view->settings->request_timeout_s) * G_USEC_PER_SEC;
}

static char *why_not(const struct admin_view *view)
{
	guint32 status = atomic_load(&view->board->probe_status);
	struct admin_census census;

	admin_count(view, &census);
	if (census.total == 0)
		return g_strdup("there are no workers");
	if (atomic_load(&view->board->probe_asked) !=
	    atomic_load(&view->board->probe_taken))
		return g_strdup_printf(
			"no worker is free to draw a caption: %u of %u are "
			"busy",
			census.active, census.total);
	if (status == 404)
		return g_strdup("there is no template to draw on");
	if (status == 200 || status == 0)
		return g_strdup("no caption has been drawn yet");
	return g_strdup_printf("a caption could not be drawn: status %u",
			       status);
}

gboolean admin_is_ready(const struct admin_view *view, char **out_reason)
{
	gint64 now_us = g_get_monotonic_time();
	gint64 at_us = drew_us(view, now_us);

	if (!admin_is_alive(view)) {
		*out_reason = g_strdup("the master does not move");
		return FALSE;
	}
	if (at_us == 0 || now_us - at_us > fresh_us(view)) {
		*out_reason = why_not(view);
		return FALSE;
	}
	*out_reason =
		g_strdup_printf("a caption was drawn %.1f s ago",
				(double)(now_us - at_us) / G_USEC_PER_SEC);
	return TRUE;
}

void admin_probe(struct admin_view *view)
{
	gint64 now_us = g_get_monotonic_time();
	gint64 at_us = drew_us(view, now_us);
	gboolean is_ready = at_us > 0 && now_us - at_us <= fresh_us(view);
	gint64 every_us =
		(is_ready ? PROBE_S : PROBE_UNREADY_S) * G_USEC_PER_SEC;

	if (now_us - at_us < every_us || now_us - view->probed_us < every_us)
		return;
	view->probed_us = now_us;
	atomic_fetch_add(&view->board->probe_asked, 1);
}

static void raise_to(_Atomic guint32 *most, guint32 n)
{
	if (n > atomic_load(most))
		atomic_store(most, n);
}

void admin_note_most(struct admin_view *view)
{
	struct admin_census census;
	guint waiting, room;

	admin_count(view, &census);
	raise_to(&view->board->most_active, census.active);
	if (queue_depth_read(&view->queue, &waiting, &room))
		raise_to(&view->board->most_waiting, waiting);
}
