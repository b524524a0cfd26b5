/* The workers: started, watched, replaced. */
#include "config.h"

#include "fcgi/master_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "fcgi/log.h"

enum {
	/* Past a request's own deadline, for a worker that has been told to
	 * leave. */
	LEAVE_MARGIN_MS = 1000,
};

/* How many workers there should be. */
static guint target(const struct master *master)
{
	return (guint)renewal_settings(master)->workers;
}

void pool_init(struct master *master)
{

	master->workers = g_ptr_array_new_with_free_func(g_free);
	respawn_init(&master->posts[ROLE_WORKER].respawn,
		     2 * target(master) + RESPAWN_PER_S,
		     g_get_monotonic_time());
	master->generation = 1;
}

void pool_fini(struct master *master)
{
	g_ptr_array_unref(master->workers);
}

static struct scoreboard_slot *slot_of(const struct master *master,
				       const struct worker_child *worker)
{
	return &master->board->slots[worker->slot];
}

static void clear_slot(const struct master *master,
		       const struct worker_child *worker,
		       enum scoreboard_state state)
{
	struct scoreboard_slot *slot = slot_of(master, worker);

	atomic_store(&master->board->fetches[worker->slot].is_held, 0);
	atomic_store(&slot->pid, 0);
	atomic_store(&slot->deadline_us, 0);
	atomic_store(&slot->templates.entries, 0);
	atomic_store(&slot->fonts.entries, 0);
	atomic_store(&slot->variants.entries, 0);
	scoreboard_set_request(slot, "", "");
	atomic_store(&slot->state, state);
}

static gboolean is_taken(const struct master *master, guint slot)
{
	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];

		if (worker->slot == slot)
			return TRUE;
	}
	return FALSE;
}

/* The lowest, so that who reads the board reads few. */
static guint free_slot(const struct master *master)
{
	guint slot = 0;

	while (is_taken(master, slot))
		slot++;
	if (atomic_load(&master->board->n_slots) <= slot)
		atomic_store(&master->board->n_slots, slot + 1);
	return slot;
}

static void start_worker(struct master *master)
{
	struct post *post = &master->posts[ROLE_WORKER];
	struct worker_child *worker = g_new0(struct worker_child, 1);
	struct role_start start = {
		.settings = renewal_settings(master),
		.access_log = renewal_access_log(master),
		.board = master->board,
		.board_fd = master->board_fd,
		.listener_fd = renewal_listener_fd(master, ROLE_WORKER),
		.bell_fd = master->bell_fd,
	};
	pid_t pid;

	worker->slot = start.slot = free_slot(master);
	worker->generation = renewal_newest(master);
	clear_slot(master, worker, SCOREBOARD_STARTING);
	pid = child_fork(&worker->child);
	if (pid == 0)
		post_become(master, post, &start);
	if (pid < 0) {
		log_error("cannot fork a worker: %s", g_strerror(errno));
		respawn_died(&post->respawn, FALSE, g_get_monotonic_time());
		clear_slot(master, worker, SCOREBOARD_EMPTY);
		g_free(worker);
		return;
	}
	atomic_store(&slot_of(master, worker)->pid, (gint32)pid);
	atomic_store(&slot_of(master, worker)->started_us,
		     worker->child.started_us);
	atomic_store(&slot_of(master, worker)->generation, worker->generation);
	g_ptr_array_add(master->workers, worker);
}

/* Who says that it serves. A worker may write anything into its slot, and
 * gains nothing by it. */
static void note_ready(struct master *master)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];
		guint32 state = atomic_load(&slot_of(master, worker)->state);

		if (worker->is_ready || state < SCOREBOARD_WAITING ||
		    state > SCOREBOARD_LEAVING)
			continue;
		worker->is_ready = TRUE;
		master->was_ready = TRUE;
		respawn_succeeded(&master->posts[ROLE_WORKER].respawn);
	}
}

static gboolean is_leaving(const struct worker_child *worker)
{
	return worker->child.leave_by_us != 0;
}

/* Whether it is one of those who are to be there. */
static gboolean is_staying(const struct worker_child *worker, guint generation)
{
	return worker->generation == generation &&
	       worker->why == SCOREBOARD_RESTART_NONE;
}

static guint n_staying(const struct master *master, guint generation)
{
	guint n = 0;

	for (guint i = 0; i < master->workers->len; i++)
		n += is_staying(master->workers->pdata[i], generation);
	return n;
}

guint pool_n_ready(const struct master *master, guint generation)
{
	guint n = 0;

	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];

		n += worker->is_ready && is_staying(worker, generation);
	}
	return n;
}

gboolean pool_is_settled(const struct master *master)
{
	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];

		if (worker->generation != master->generation)
			return FALSE;
	}
	return TRUE;
}

/* Never more than two generations' worth, whatever is going on. */
static void start_missing(struct master *master)
{
	struct post *post = &master->posts[ROLE_WORKER];
	guint generation = renewal_newest(master);
	guint wanted = target(master);
	guint most = (guint)master->settings->workers + wanted;

	while (n_staying(master, generation) < wanted &&
	       master->workers->len < most &&
	       respawn_may_start(&post->respawn, g_get_monotonic_time()))
		start_worker(master);
}

static gint64 patience_ms(const struct master *master)
{
	const struct settings *settings = master->settings;

	return MAX(settings->request_timeout_s, settings->shutdown_timeout_s) *
		       G_GINT64_CONSTANT(1000) +
	       LEAVE_MARGIN_MS;
}

static void dismiss(const struct master *master, struct worker_child *worker)
{
	const struct role *role = master->posts[ROLE_WORKER].role;

	log_debug("worker %d is told to leave", (int)worker->child.pid);
	child_dismiss(&worker->child,
		      worker->leave_signal ? worker->leave_signal
					   : role->stop_signal,
		      patience_ms(master));
}

static guint n_serving(const struct master *master)
{
	guint n = 0;

	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];

		n += worker->is_ready && !is_leaving(worker);
	}
	return n;
}

/* Who is to leave goes when there are enough without it. */
static void dismiss_spare(struct master *master)
{
	guint serving = n_serving(master);
	guint wanted = (guint)master->settings->workers;

	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];

		if (worker->why == SCOREBOARD_RESTART_NONE ||
		    is_leaving(worker))
			continue;
		if (worker->is_ready && serving <= wanted)
			continue;
		serving -= worker->is_ready;
		dismiss(master, worker);
	}
}

void pool_retire(struct master *master, guint generation, int leave_signal)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];

		if (worker->generation != generation)
			continue;
		worker->leave_signal = leave_signal;
		if (worker->why == SCOREBOARD_RESTART_NONE)
			worker->why = SCOREBOARD_RESTART_GENERATION;
	}
}

static void note_emergency(struct master *master)
{
	gboolean is_one = respawn_is_emergency(
		&master->posts[ROLE_WORKER].respawn, g_get_monotonic_time());

	if (is_one && !master->was_emergency)
		log_error("emergency: workers die faster than %d a second, "
			  "at most %d a second are replaced now",
			  RESPAWN_PER_S, RESPAWN_PER_S_EMERGENCY);
	if (!is_one && master->was_emergency)
		log_notice("the emergency is over");
	master->was_emergency = is_one;
}

void pool_tend(struct master *master)
{
	note_ready(master);
	note_emergency(master);
	start_missing(master);
	dismiss_spare(master);
}

/* The victim's request is told here, since the worker no longer can. */
static void log_death(const struct scoreboard_slot *slot, pid_t pid,
		      int wait_status)
{
	g_autofree char *cause = child_cause(wait_status);
	char id[SCOREBOARD_ID_BYTES], path[SCOREBOARD_TARGET_BYTES];

	scoreboard_copy_text(slot->request_id, sizeof(id), id);
	scoreboard_copy_text(slot->target, sizeof(path), path);
	if (*id)
		log_error("worker %d %s during request %s '%s', stage %s",
			  (int)pid, cause, id, path,
			  tally_stage_name(atomic_load(&slot->tally.stage)));
	else
		log_error("worker %d %s", (int)pid, cause);
}

/* A worker that can't start says that the configuration is bad where none ever
 * could, or where it is a new one: otherwise it is the machine that is in
 * trouble (a font folder being replaced, no memory), which the running workers
 * may outlast. */
static void judge_failed_start(struct master *master, guint generation)
{
	if (!master->was_ready) {
		log_error("no worker can start with this configuration");
		master_stop(master, EX_CONFIG);
	} else if (master->renewal.is_under_way &&
		   generation == renewal_newest(master)) {
		renewal_failed(master, "no worker can start with it");
	}
}

static enum scoreboard_restart reason_of(const struct worker_child *worker,
					 int wait_status)
{
	if (worker->why != SCOREBOARD_RESTART_NONE)
		return worker->why;
	return WIFSIGNALED(wait_status) ? SCOREBOARD_RESTART_SIGNAL
					: SCOREBOARD_RESTART_EXIT;
}

static void note_death(struct master *master, const struct worker_child *worker,
		       int wait_status)
{
	const struct post *post = &master->posts[ROLE_WORKER];

	atomic_fetch_add(
		&master->board->restarts[reason_of(worker, wait_status)], 1);
	if (wait_status != 0)
		log_death(slot_of(master, worker), worker->child.pid,
			  wait_status);
	if (!is_leaving(worker))
		respawn_died(&master->posts[ROLE_WORKER].respawn,
			     worker->is_ready, g_get_monotonic_time());
	if (WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == post->role->setup_status)
		judge_failed_start(master, worker->generation);
}

gboolean pool_ended(struct master *master, pid_t pid, int wait_status)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];

		if (worker->child.pid != pid)
			continue;
		note_ready(master);
		if (!master->is_stopping)
			note_death(master, worker, wait_status);
		access_log_victim(master->access_log, slot_of(master, worker),
				  worker->child.pid);
		clear_slot(master, worker, SCOREBOARD_EMPTY);
		g_ptr_array_remove_index_fast(master->workers, i);
		return TRUE;
	}
	return FALSE;
}

static void kill_overdue(struct master *master, struct worker_child *worker)
{
	struct scoreboard_slot *slot = slot_of(master, worker);

	log_warning("worker %d is over its deadline", (int)worker->child.pid);
	atomic_store(&slot->deadline_us, 0);
	worker->why = SCOREBOARD_RESTART_DEADLINE;
	child_signal(&worker->child, SIGKILL);
}

void pool_watch(struct master *master)
{
	gint64 now_us = g_get_monotonic_time();

	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];
		gint64 deadline_us =
			atomic_load(&slot_of(master, worker)->deadline_us);

		if (deadline_us != 0 && now_us > deadline_us)
			kill_overdue(master, worker);
		if (child_is_late(&worker->child, now_us))
			child_signal(&worker->child, SIGKILL);
	}
}

void pool_signal(const struct master *master, int number)
{
	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];

		child_signal(&worker->child, number);
	}
}
