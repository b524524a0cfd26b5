/* The workers: how many there are, of which generation, and who is to leave. */
#include "config.h"

#include "fcgi/master_private.h"

#include <errno.h>
#include <poll.h>

#include "fcgi/log.h"

enum {
	/* Past a request's own deadline, for a worker that has been told to
	 * leave. */
	LEAVE_MARGIN_MS = 1000,
};

/* How many workers there should be. */
guint pool_target(const struct master *master)
{
	const struct settings *settings = renewal_settings(master);

	return CLAMP(master->scaling.target, (guint)settings->workers,
		     (guint)settings->workers_max);
}

void pool_init(struct master *master)
{
	master->workers = g_ptr_array_new_with_free_func(g_free);
	respawn_init(&master->posts[ROLE_WORKER].respawn,
		     2 * (guint)master->settings->workers_max + RESPAWN_PER_S,
		     g_get_monotonic_time());
	master->generation = 1;
}

void pool_fini(struct master *master)
{
	g_ptr_array_unref(master->workers);
}

struct scoreboard_slot *pool_slot(const struct master *master,
				  const struct worker_child *worker)
{
	return &master->board->slots[worker->slot];
}

static void clear_slot(const struct master *master,
		       const struct worker_child *worker,
		       enum scoreboard_state state)
{
	struct scoreboard_slot *slot = pool_slot(master, worker);

	atomic_store(&master->board->fetches[worker->slot].is_held, 0);
	atomic_store(&slot->pid, 0);
	atomic_store(&slot->deadline_us, 0);
	atomic_store(&slot->beat_us, g_get_monotonic_time());
	atomic_store(&slot->fingerprint, 0);
	atomic_store(&slot->retire, SCOREBOARD_RESTART_NONE);
	atomic_store(&slot->shot_by, 0);
	atomic_store(&slot->memory.pss_bytes, 0);
	atomic_store(&slot->memory.private_bytes, 0);
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
	atomic_store(&pool_slot(master, worker)->pid, (gint32)pid);
	atomic_store(&pool_slot(master, worker)->started_us,
		     worker->child.started_us);
	atomic_store(&pool_slot(master, worker)->generation,
		     worker->generation);
	g_ptr_array_add(master->workers, worker);
}

/* Who says that it serves. A worker may write anything into its slot, and
 * gains nothing by it. */
static void note_ready(struct master *master)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];
		guint32 state = atomic_load(&pool_slot(master, worker)->state);

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
	guint wanted = pool_target(master);
	/* Of the generation in force there may be as many again. */
	guint most = 2 * MAX(wanted, master->scaling.target);

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

		n += worker->is_ready && !is_leaving(worker) &&
		     !worker->is_condemned;
	}
	return n;
}

/* Who is to leave goes when there are enough without it. */
static void dismiss_spare(struct master *master)
{
	guint serving = n_serving(master);
	guint wanted = pool_target(master);

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

/* Who asks to be replaced. */
static void note_retiring(struct master *master)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];
		guint32 why = atomic_load(&pool_slot(master, worker)->retire);

		if (worker->is_ready &&
		    worker->why == SCOREBOARD_RESTART_NONE &&
		    (why == SCOREBOARD_RESTART_REQUESTS ||
		     why == SCOREBOARD_RESTART_MEMORY))
			worker->why = why;
	}
}

static guint n_busy(const struct master *master)
{
	guint n = 0;

	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];
		guint32 state = atomic_load(&pool_slot(master, worker)->state);

		n += is_staying(worker, master->generation) &&
		     state > SCOREBOARD_WAITING && state < SCOREBOARD_LEAVING;
	}
	return n;
}

/* A listening socket can be read when somebody is in its queue. */
static gboolean is_queued(const struct master *master)
{
	struct pollfd queue = {
		.fd = master->posts[ROLE_WORKER].listener.fd,
		.events = POLLIN,
	};

	return poll(&queue, 1, 0) > 0;
}

/* Not while generations change: then there are enough of them for a while. */
static void scale(struct master *master)
{
	guint before = master->scaling.target;
	const struct scaling_sample sample = {
		.now_us = g_get_monotonic_time(),
		.least = (guint)master->settings->workers,
		.most = (guint)master->settings->workers_max,
		.ready = pool_n_ready(master, master->generation),
		.busy = n_busy(master),
		.is_queued = is_queued(master),
	};

	if (master->renewal.is_under_way)
		return;
	if (scaling_decide(&master->scaling, &sample) != before && before != 0)
		log_info("%u workers from now on, %u before",
			 master->scaling.target, before);
}

/* The youngest go first: the others have warm caches. */
static void mark_surplus(struct master *master)
{
	guint staying = n_staying(master, master->generation);

	for (guint i = master->workers->len; i-- > 0;) {
		struct worker_child *worker = master->workers->pdata[i];

		if (staying <= pool_target(master) ||
		    master->renewal.is_under_way)
			return;
		if (!is_staying(worker, master->generation))
			continue;
		worker->why = SCOREBOARD_RESTART_SURPLUS;
		staying--;
	}
}

void pool_tend(struct master *master)
{
	note_ready(master);
	note_retiring(master);
	scale(master);
	mark_surplus(master);
	note_emergency(master);
	start_missing(master);
	dismiss_spare(master);
}

gboolean pool_ended(struct master *master, pid_t pid, int wait_status)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];

		if (worker->child.pid != pid)
			continue;
		note_ready(master);
		if (!master->is_stopping)
			pool_note_death(master, worker, wait_status);
		access_log_victim(master->access_log, pool_slot(master, worker),
				  worker->child.pid);
		clear_slot(master, worker, SCOREBOARD_EMPTY);
		g_ptr_array_remove_index(master->workers, i);
		return TRUE;
	}
	return FALSE;
}

void pool_signal(const struct master *master, int number)
{
	for (guint i = 0; i < master->workers->len; i++) {
		const struct worker_child *worker = master->workers->pdata[i];

		child_signal(&worker->child, number);
	}
}
