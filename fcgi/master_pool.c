/* The workers: started, watched, replaced. */
#include "config.h"

#include "fcgi/master_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "fcgi/log.h"

void pool_init(struct master *master)
{
	guint burst = 2 * (guint)master->settings->workers + RESPAWN_PER_S;

	master->workers = g_ptr_array_new_with_free_func(g_free);
	respawn_init(&master->posts[ROLE_WORKER].respawn, burst,
		     g_get_monotonic_time());
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

static void clear_slot(struct scoreboard_slot *slot,
		       enum scoreboard_state state)
{
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
		.settings = master->settings,
		.access_log = master->access_log,
		.board = master->board,
		.board_fd = master->board_fd,
		.listener_fd = post->listener.fd,
	};
	pid_t pid;

	worker->slot = start.slot = free_slot(master);
	clear_slot(slot_of(master, worker), SCOREBOARD_STARTING);
	pid = child_fork(&worker->child);
	if (pid == 0)
		post_become(master, post, &start);
	if (pid < 0) {
		log_error("cannot fork a worker: %s", g_strerror(errno));
		respawn_failed(&post->respawn, g_get_monotonic_time());
		clear_slot(slot_of(master, worker), SCOREBOARD_EMPTY);
		g_free(worker);
		return;
	}
	atomic_store(&slot_of(master, worker)->pid, (gint32)pid);
	atomic_store(&slot_of(master, worker)->started_us,
		     worker->child.started_us);
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

void pool_tend(struct master *master)
{
	struct post *post = &master->posts[ROLE_WORKER];
	gint64 now_us = g_get_monotonic_time();

	note_ready(master);
	while (master->workers->len < (guint)master->settings->workers &&
	       respawn_take(&post->respawn, now_us))
		start_worker(master);
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

/* A worker that can't start says that the configuration is bad only as long as
 * none ever could: later it is the machine that is in trouble (a font folder
 * being replaced, no memory), which the running workers may outlast. */
static void judge_failed_start(struct master *master)
{
	if (master->was_ready)
		return;
	log_error("no worker can start with this configuration");
	master_stop(master, EX_CONFIG);
}

static enum scoreboard_restart reason_of(const struct worker_child *worker,
					 int wait_status)
{
	if (worker->why != SCOREBOARD_RESTART_NONE)
		return worker->why;
	return WIFSIGNALED(wait_status) ? SCOREBOARD_RESTART_SIGNAL
					: SCOREBOARD_RESTART_EXIT;
}

static void note_end(struct master *master, struct worker_child *worker,
		     int wait_status)
{
	const struct post *post = &master->posts[ROLE_WORKER];
	struct scoreboard_slot *slot = slot_of(master, worker);

	note_ready(master);
	if (!worker->is_ready)
		respawn_failed(&master->posts[ROLE_WORKER].respawn,
			       g_get_monotonic_time());
	if (!master->is_stopping) {
		if (wait_status != 0)
			log_death(slot, worker->child.pid, wait_status);
		atomic_fetch_add(
			&master->board
				 ->restarts[reason_of(worker, wait_status)],
			1);
	}
	access_log_victim(master->access_log, slot, worker->child.pid);
	clear_slot(slot, SCOREBOARD_EMPTY);
	if (WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == post->role->setup_status)
		judge_failed_start(master);
}

gboolean pool_ended(struct master *master, pid_t pid, int wait_status)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];

		if (worker->child.pid != pid)
			continue;
		note_end(master, worker, wait_status);
		g_ptr_array_remove_index_fast(master->workers, i);
		return TRUE;
	}
	return FALSE;
}

void pool_watch(struct master *master)
{
	gint64 now_us = g_get_monotonic_time();

	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];
		struct scoreboard_slot *slot = slot_of(master, worker);
		gint64 deadline_us = atomic_load(&slot->deadline_us);

		if (deadline_us == 0 || now_us < deadline_us)
			continue;
		log_warning("worker %d is over its deadline",
			    (int)worker->child.pid);
		atomic_store(&slot->deadline_us, 0);
		worker->why = SCOREBOARD_RESTART_DEADLINE;
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
