/* What the service manager is told: systemd, mostly. */
#include "config.h"

#include "fcgi/master_private.h"

#include "fcgi/notify.h"

static void tell_ready(const struct master *master)
{
	(void)notify_state("READY=1\nSTATUS=generation %u, %d workers",
			   master->generation, master->settings->workers);
}

/* Each change is told once; whether anybody hears it is no matter here. */
static void tell_state(struct master *master)
{
	struct manager *manager = &master->manager;
	gboolean is_reloading = master->renewal.is_under_way;

	/* The successor is the service now. */
	if (master->has_given_way)
		return;
	if (master->is_stopping) {
		if (!manager->is_stopping)
			(void)notify_state("STOPPING=1");
		manager->is_stopping = TRUE;
		return;
	}
	if (master->was_ready && !manager->is_ready)
		tell_ready(master);
	else if (is_reloading && !manager->is_reloading)
		(void)notify_reloading();
	else if (!is_reloading && manager->is_reloading)
		tell_ready(master);
	manager->is_ready = master->was_ready;
	manager->is_reloading = is_reloading;
}

/* From the loop itself, so that the dog sees it go round. */
static void feed_watchdog(struct manager *manager)
{
	gint64 now_us = g_get_monotonic_time();

	if (manager->feed_every_us == 0 || now_us < manager->feed_at_us)
		return;
	manager->feed_at_us = now_us + manager->feed_every_us;
	(void)notify_state("WATCHDOG=1");
}

void manager_init(struct master *master)
{
	master->manager.feed_every_us = notify_watchdog_us();
}

void manager_tell(struct master *master)
{
	tell_state(master);
	feed_watchdog(&master->manager);
}
