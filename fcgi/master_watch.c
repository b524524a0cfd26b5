/* The workers: who is over a limit, and what it meant that one died.
 *
 * All that stands in a slot may have been written by a worker run wild: it is
 * compared, counted or escaped, and never followed. */
#include "config.h"

#include "fcgi/master_private.h"

#include <signal.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "fcgi/log.h"

enum {
	/* The longest --request-timeout: no honest deadline is further off. */
	DEADLINE_MOST_S = 3600,
	/* Everything may have to be loaded, from a cold, busy disk. */
	START_MOST_S = 300,
	/* An idle worker tells each second that it lives. */
	BEAT_MOST_S = 5,
	/* Somebody may stop a worker for a look; clients wait meanwhile. */
	STOPPED_MOST_MS = 1000,
	/* Where this loop itself came round so late, the machine or all of us
	 * stood still, and nobody is late for it. */
	LATE_ROUND_MS = 2000,
};

/* The victim's request is told here, since the worker no longer can. */
static void log_death(const struct scoreboard_slot *slot, pid_t pid,
		      int wait_status)
{
	g_autofree char *how = child_cause(wait_status);
	gint32 shot_by = atomic_load(&slot->shot_by);
	g_autofree char *cause =
		shot_by ? g_strdup_printf("%s by process %d", how, shot_by)
			: g_steal_pointer(&how);
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

/* Whether the request at work may be what it died of. SIGKILL that is not ours
 * comes from outside: a request can't get so large that the kernel would
 * choose, see RLIMIT_DATA in worker.c. */
static gboolean is_of_request(const struct worker_child *worker,
			      const struct scoreboard_slot *slot,
			      int wait_status)
{
	/* Who reads slowly is not the request's fault. */
	if (worker->why != SCOREBOARD_RESTART_NONE)
		return worker->why == SCOREBOARD_RESTART_DEADLINE &&
		       atomic_load(&slot->state) == SCOREBOARD_RENDERING;
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status) != 0;
	return WTERMSIG(wait_status) != SIGKILL &&
	       WTERMSIG(wait_status) != SIGTERM &&
	       atomic_load(&slot->shot_by) == 0;
}

static void note_killer(struct master *master,
			const struct worker_child *worker, int wait_status)
{
	struct scoreboard_slot *slot = pool_slot(master, worker);

	if (is_of_request(worker, slot, wait_status) &&
	    killers_note(&master->killers, atomic_load(&slot->fingerprint),
			 g_get_monotonic_time(),
			 &master->board->refused) == KILLERS_DEATHS)
		log_error("a request has killed %d workers and is refused now",
			  KILLERS_DEATHS);
}

void pool_note_death(struct master *master, const struct worker_child *worker,
		     int wait_status)
{
	const struct post *post = &master->posts[ROLE_WORKER];

	atomic_fetch_add(
		&master->board->restarts[reason_of(worker, wait_status)], 1);
	if (wait_status != 0)
		log_death(pool_slot(master, worker), worker->child.pid,
			  wait_status);
	note_killer(master, worker, wait_status);
	if (worker->child.leave_by_us == 0)
		respawn_died(&master->posts[ROLE_WORKER].respawn,
			     worker->is_ready, g_get_monotonic_time());
	if (WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == post->role->setup_status)
		judge_failed_start(master, worker->generation);
}

static gboolean is_over_deadline(const struct scoreboard_slot *slot,
				 gint64 now_us)
{
	gint64 deadline_us = atomic_load(&slot->deadline_us);

	return deadline_us != 0 &&
	       (now_us > deadline_us ||
		deadline_us - now_us >
			DEADLINE_MOST_S * G_GINT64_CONSTANT(1000000));
}

static gboolean has_stood_still(const struct worker_child *worker,
				const struct scoreboard_slot *slot,
				gint64 now_us)
{
	if (worker->stopped_us != 0)
		return now_us - worker->stopped_us >
		       STOPPED_MOST_MS * G_GINT64_CONSTANT(1000);
	if (!worker->is_ready)
		return now_us - worker->child.started_us >
		       START_MOST_S * G_USEC_PER_SEC;
	/* The worker's word: taken from now_us it could overflow. */
	return atomic_load(&slot->state) == SCOREBOARD_WAITING &&
	       atomic_load(&slot->beat_us) <
		       now_us - BEAT_MOST_S * G_USEC_PER_SEC;
}

static void end(struct worker_child *worker, enum scoreboard_restart why,
		const char *what)
{
	log_warning("worker %d %s", (int)worker->child.pid, what);
	worker->why = why;
	worker->is_condemned = TRUE;
	child_signal(&worker->child, SIGKILL);
}

static void watch(const struct master *master, struct worker_child *worker,
		  gint64 now_us)
{
	const struct scoreboard_slot *slot = pool_slot(master, worker);

	if (worker->is_condemned)
		return;
	if (is_over_deadline(slot, now_us))
		end(worker, SCOREBOARD_RESTART_DEADLINE,
		    "is over its deadline");
	else if (child_is_late(&worker->child, now_us))
		end(worker, worker->why, "does not leave");
	else if (now_us >= master->patient_until_us &&
		 has_stood_still(worker, slot, now_us))
		end(worker, SCOREBOARD_RESTART_STALLED,
		    worker->stopped_us ? "was stopped" : "stands still");
}

void pool_watch(struct master *master)
{
	gint64 now_us = g_get_monotonic_time();

	if (now_us - master->last_watch_us >
	    LATE_ROUND_MS * G_GINT64_CONSTANT(1000))
		master->patient_until_us =
			now_us + BEAT_MOST_S * G_USEC_PER_SEC;
	master->last_watch_us = now_us;
	for (guint i = 0; i < master->workers->len; i++)
		watch(master, master->workers->pdata[i], now_us);
}

void pool_stopped(struct master *master, pid_t pid, gboolean is_stopped)
{
	for (guint i = 0; i < master->workers->len; i++) {
		struct worker_child *worker = master->workers->pdata[i];

		if (worker->child.pid == pid)
			worker->stopped_us =
				is_stopped ? g_get_monotonic_time() : 0;
	}
}
