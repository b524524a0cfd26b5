/* HUP and USR1: a fresh generation of workers beside the old one, which leaves
 * once the fresh one serves; or stays, where it can't.
 *
 * While one is under way, or while the old generation still finishes, further
 * signals only leave a note: there are never more than two generations, however
 * often somebody asks. */
#include "config.h"

#include "fcgi/master_private.h"

#include <signal.h>

#include "fcgi/access_log.h"
#include "fcgi/configuration.h"
#include "fcgi/log.h"

/* For a fresh generation to serve: as long as a worker may take to start. */
enum { GIVE_UP_S = 300 };

guint renewal_newest(const struct master *master)
{
	return master->generation + (master->renewal.is_under_way ? 1 : 0);
}

const struct settings *renewal_settings(const struct master *master)
{
	return master->renewal.settings ? master->renewal.settings
					: master->settings;
}

struct access_log *renewal_access_log(const struct master *master)
{
	return master->renewal.settings ? master->renewal.access_log
					: master->access_log;
}

int renewal_listener_fd(const struct master *master, enum role_number role)
{
	const struct renewal *renewal = &master->renewal;

	return renewal->is_under_way && renewal->is_moving[role]
		       ? renewal->listeners[role].fd
		       : master->posts[role].listener.fd;
}

static void forget(struct renewal *renewal)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (renewal->is_moving[i])
			listener_close(&renewal->listeners[i]);
	g_clear_pointer(&renewal->settings, settings_free);
	access_log_close(renewal->access_log);
	*renewal = (struct renewal){0};
}

void renewal_cancel(struct master *master)
{
	if (master->renewal.is_under_way)
		forget(&master->renewal);
}

void renewal_failed(struct master *master, const char *why)
{
	(void)log_open(master->settings->log, NULL);
	log_error("the configuration stays as it was: %s", why);
	pool_retire(master, renewal_newest(master), 0);
	forget(&master->renewal);
}

static const char *address_of(const struct post *post,
			      const struct settings *settings)
{
	return post->role->address && post_is_wanted(post, settings)
		       ? post->role->address(settings)
		       : NULL;
}

/* Sockets whose address has changed are opened now, so that nothing has to be
 * taken back where one can't be had. One that came with the start can't be
 * opened anew. */
static gboolean open_moved(const struct master *master, struct renewal *renewal,
			   GError **error)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct post *post = &master->posts[i];
		const char *old = address_of(post, master->settings);
		const char *new = address_of(post, renewal->settings);

		if (g_strcmp0(old, new) == 0)
			continue;
		if (!new &&i == ROLE_WORKER) {
			g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
				    "listen: nothing given, an address "
				    "expected, as at the start");
			return FALSE;
		}
		renewal->listeners[i] = (struct listener){.fd = -1};
		renewal->is_moving[i] = TRUE;
		if (!new)
			continue;
		if (!listener_open(&renewal->listeners[i], new, error) ||
		    !post_allow(post, &renewal->listeners[i], renewal->settings,
				error))
			return FALSE;
	}
	return TRUE;
}

/* The fresh workers write to the new logs from their start. */
static gboolean open_logs(struct renewal *renewal, GError **error)
{
	renewal->access_log = access_log_open(renewal->settings, error);
	return renewal->access_log && log_open(renewal->settings->log, error);
}

/* What can't be opened anew goes on as it was. */
static void reopen_logs(const struct master *master)
{
	g_autoptr(GError) error = NULL;

	if (!log_reopen(&error) ||
	    !access_log_reopen(master->access_log, &error))
		log_error("cannot reopen a log: %s", error->message);
}

/* All of it is judged before any of it counts. */
static gboolean read_anew(const struct master *master, struct renewal *renewal,
			  GError **error)
{
	enum settings_action action;

	renewal->settings =
		settings_read(master->argc, master->argv, &action, error);
	return renewal->settings &&
	       configuration_compile(renewal->settings, error) &&
	       open_moved(master, renewal, error) && open_logs(renewal, error);
}

/* Logs are reopened with the old settings where new ones are no good. */
static void begin(struct master *master)
{
	g_autoptr(GError) error = NULL;
	struct renewal renewal = {0};

	if (master->is_reload_asked && !read_anew(master, &renewal, &error)) {
		log_error("the configuration stays as it was: %s",
			  error->message);
		forget(&renewal);
	}
	if (master->is_reopen_asked)
		reopen_logs(master);
	renewal.is_under_way = renewal.settings || master->is_reopen_asked;
	renewal.is_reopening = master->is_reopen_asked;
	renewal.give_up_us =
		g_get_monotonic_time() + GIVE_UP_S * G_USEC_PER_SEC;
	master->renewal = renewal;
	master->is_reload_asked = FALSE;
	master->is_reopen_asked = FALSE;
}

static void move_listener(struct post *post, struct listener *listener)
{
	listener_close(&post->listener);
	post->listener = *listener;
	*listener = (struct listener){.fd = -1};
}

/* The socket that stayed may be for others now. */
static void allow_anew(struct master *master)
{
	struct post *post = &master->posts[ROLE_WORKER];
	g_autoptr(GError) error = NULL;

	if (!listener_allow(&post->listener, &master->settings->listen_access,
			    &error))
		log_error("%s", error->message);
}

/* The old workers hold the old socket: where it is another one, whoever is in
 * its queue is theirs to serve. */
static void take_over(struct master *master)
{
	struct renewal *renewal = &master->renewal;
	int leave_signal = renewal->is_moving[ROLE_WORKER] ? SIGQUIT : 0;
	g_autoptr(settings_auto) before = NULL;

	pool_retire(master, master->generation, leave_signal);
	master->generation = renewal_newest(master);
	if (renewal->settings) {
		before = master->settings;
		master->settings = g_steal_pointer(&renewal->settings);
		access_log_close(master->access_log);
		master->access_log = g_steal_pointer(&renewal->access_log);
	}
	for (int i = 0; i < ROLE_COUNT; i++)
		if (renewal->is_moving[i])
			move_listener(&master->posts[i],
				      &renewal->listeners[i]);
	allow_anew(master);
	log_set_level(log_level_from_verbosity(master->settings->verbosity));
	posts_renew(master, before ? before : master->settings);
	log_notice("generation %u serves with %u workers", master->generation,
		   pool_target(master));
	forget(renewal);
}

void renewal_tend(struct master *master)
{
	struct renewal *renewal = &master->renewal;

	if (!renewal->is_under_way) {
		if ((master->is_reload_asked || master->is_reopen_asked) &&
		    pool_is_settled(master))
			begin(master);
		return;
	}
	if (pool_n_ready(master, renewal_newest(master)) >= pool_target(master))
		take_over(master);
	else if (g_get_monotonic_time() > renewal->give_up_us)
		renewal_failed(master, "its workers do not get to serve");
}
