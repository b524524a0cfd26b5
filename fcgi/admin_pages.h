/* admin_pages.h - what the admin listener answers with.
 *
 * All of it is read from the scoreboard, so that it is there while every worker
 * is busy; a page waits for nobody.
 */
#pragma once

#include <glib.h>

#include "fcgi/admin_server.h"
#include "fcgi/queue_depth.h"
#include "fcgi/scoreboard.h"
#include "fcgi/settings.h"

struct admin_view {
	const struct settings *settings;
	struct scoreboard *board;
	struct queue_depth queue;
	gint64 probed_us; /* when a caption was asked for last; monotonic */
};

/* What the workers do at this moment. */
struct admin_census {
	guint states[SCOREBOARD_LEAVING + 1];
	guint total, idle, active;
};
void admin_count(const struct admin_view *view, struct admin_census *out);

/* Whether the master lives: its loop went round of late. */
gboolean admin_is_alive(const struct admin_view *view);

/* Whether a caption was drawn by a worker of late; the reason, which the caller
 * frees, says so either way. */
gboolean admin_is_ready(const struct admin_view *view, char **out_reason);

/* Asks for a caption to be drawn, where no client has asked for one of late.
 * To be called now and then. */
void admin_probe(struct admin_view *view);

/* Keeps the maxima that /status tells; likewise. */
void admin_note_most(struct admin_view *view);

/* The pages: /status as text, JSON, with each worker or without; /metrics as
 * OpenMetrics 1.0, or for who does not know it Prometheus' text 0.0.4. */
void admin_status(const struct admin_view *view,
		  const struct admin_request *request,
		  struct admin_answer *answer);
void admin_metrics(const struct admin_view *view, gboolean is_plain,
		   struct admin_answer *answer);
