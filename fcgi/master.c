#include "config.h"

#include "fcgi/master.h"

#include "fcgi/child.h"
#include "fcgi/log.h"
#include "fcgi/scoreboard.h"
#include "fcgi/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { TICK_MS = 100, BOARD_FD_IN_PACKER = 3 };

struct master {
	const struct settings *settings;
	struct listener *listener;
	struct scoreboard *board;
	int board_fd;
	struct child packer;
	struct child *workers; /* settings->workers of them */
	char *packer_path;
	gboolean was_ready; /* a worker has been able to serve */
	gboolean is_stopping;
	gint64 stop_deadline_us;
	int status;
};

static void block_signals(sigset_t *out)
{
	static const int numbers[] = {SIGTERM, SIGQUIT, SIGINT, SIGCHLD,
				      SIGHUP,  SIGUSR1, SIGUSR2};

	(void)sigemptyset(out);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		(void)sigaddset(out, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, out, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* Beside captiond itself, as in a build tree; else where it was installed. */
static char *find_packer(const struct settings *settings)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = self ? g_path_get_dirname(self) : NULL;
	g_autofree char *beside =
		dir ? g_build_filename(dir, "captiond-packer", NULL) : NULL;

	if (settings->packer)
		return g_strdup(settings->packer);
	if (beside && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	return g_strdup(LIBEXEC_DIR "/captiond-packer");
}

static void exec_packer(const struct master *master)
{
	const struct settings *settings = master->settings;
	g_autofree char *quality =
		g_strdup_printf("%d", settings->jpeg_quality);
	g_autofree char *gif_quality =
		g_strdup_printf("%d", settings->gif_quality);
	g_autofree char *cache =
		g_strdup_printf("%d", settings->pack_cache_mib);
	g_autoptr(GPtrArray) args = g_ptr_array_new();
	const char *const fixed[] = {
		"captiond-packer",
		"--templates",
		settings->templates_dir,
		"--packs",
		settings->packs_dir,
		"--jpeg-quality",
		quality,
		"--jpeg-chroma",
		settings->jpeg_chroma,
		"--gif-quality",
		gif_quality,
		"--pack-cache",
		cache,
		"--scoreboard-fd",
		"3",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
		g_ptr_array_add(args, (void *)fixed[i]);
	for (int i = 0; i < ABS(settings->verbosity); i++)
		g_ptr_array_add(args, settings->verbosity > 0 ? (void *)"-v"
							      : (void *)"-q");
	g_ptr_array_add(args, NULL);
	if (dup2(master->board_fd, BOARD_FD_IN_PACKER) == BOARD_FD_IN_PACKER) {
		(void)fcntl(BOARD_FD_IN_PACKER, F_SETFD, 0);
		(void)execv(master->packer_path, (char **)args->pdata);
	}
	log_error("cannot start '%s': %s", master->packer_path,
		  g_strerror(errno));
}

static void start_packer(struct master *master)
{
	pid_t pid = child_fork(&master->packer);

	if (pid < 0)
		log_error("cannot fork the packer: %s", g_strerror(errno));
	if (pid != 0)
		return;
	log_set_role("packer");
	exec_packer(master);
	_exit(EX_UNAVAILABLE);
}

static void clear_slot(struct scoreboard_slot *slot, pid_t pid,
		       enum scoreboard_state state)
{
	atomic_store(&slot->pid, (gint32)pid);
	atomic_store(&slot->deadline_us, 0);
	atomic_store(&slot->templates.entries, 0);
	atomic_store(&slot->fonts.entries, 0);
	atomic_store(&slot->variants.entries, 0);
	atomic_store(&slot->state, state);
}

static void start_worker(struct master *master, int i)
{
	struct worker_setup setup = {
		.settings = master->settings,
		.listener_fd = master->listener->fd,
		.is_queue_own = listener_is_own(master->listener),
		.board = master->board,
		.slot = (guint)i,
	};
	pid_t pid;

	clear_slot(&master->board->slots[i], 0, SCOREBOARD_STARTING);
	pid = child_fork(&master->workers[i]);
	if (pid == 0) {
		log_set_role("worker");
		(void)close(master->board_fd);
		_exit(worker_run(&setup));
	}
	if (pid < 0)
		log_error("cannot fork a worker: %s", g_strerror(errno));
	else
		atomic_store(&master->board->slots[i].pid, (gint32)pid);
}

static void start_what_is_due(struct master *master)
{
	if (master->is_stopping)
		return;
	if (child_is_due(&master->packer))
		start_packer(master);
	for (int i = 0; i < master->settings->workers; i++)
		if (child_is_due(&master->workers[i]))
			start_worker(master, i);
}

static void signal_workers(const struct master *master, int number)
{
	for (int i = 0; i < master->settings->workers; i++)
		if (master->workers[i].pid > 0)
			(void)kill(master->workers[i].pid, number);
}

static void begin_stop(struct master *master, int status)
{
	if (master->is_stopping)
		return;
	master->is_stopping = TRUE;
	master->status = status;
	master->stop_deadline_us =
		g_get_monotonic_time() +
		(gint64)master->settings->shutdown_timeout_s * G_USEC_PER_SEC;
	/* Nobody new; the workers serve who is in the queue. */
	listener_unlink(master->listener);
	signal_workers(master, SIGTERM);
	if (master->packer.pid > 0)
		(void)kill(master->packer.pid, SIGTERM);
}

static void kill_all(const struct master *master)
{
	signal_workers(master, SIGKILL);
	if (master->packer.pid > 0)
		(void)kill(master->packer.pid, SIGKILL);
}

/* The victim's request is told here, since the worker no longer can. */
static void log_death(const struct scoreboard_slot *slot, pid_t pid,
		      int wait_status)
{
	g_autofree char *cause = child_cause(wait_status);
	char id[SCOREBOARD_ID_BYTES], target[SCOREBOARD_TARGET_BYTES];

	scoreboard_copy_text(slot->request_id, sizeof(id), id);
	scoreboard_copy_text(slot->target, sizeof(target), target);
	if (*id)
		log_error("worker %d %s during request %s '%s'", (int)pid,
			  cause, id, target);
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
	begin_stop(master, EX_CONFIG);
}

static void note_ready(struct master *master)
{
	for (int i = 0; i < master->settings->workers; i++) {
		guint32 state = atomic_load(&master->board->slots[i].state);

		master->was_ready |= state >= SCOREBOARD_WAITING &&
				     state <= SCOREBOARD_LEAVING;
	}
}

static void worker_ended(struct master *master, int i, int wait_status)
{
	struct scoreboard_slot *slot = &master->board->slots[i];
	pid_t pid = master->workers[i].pid;

	child_ended(&master->workers[i]);
	note_ready(master);
	if (wait_status != 0 && !master->is_stopping) {
		log_death(slot, pid, wait_status);
		atomic_fetch_add(&master->board->restarts, 1);
	}
	clear_slot(slot, 0, SCOREBOARD_EMPTY);
	scoreboard_set_request(slot, "", "");
	if (WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == WORKER_EXIT_SETUP)
		judge_failed_start(master);
}

static void packer_ended(struct master *master, int wait_status)
{
	g_autofree char *cause = child_cause(wait_status);

	child_ended(&master->packer);
	if (master->is_stopping)
		return;
	log_error("the packer %s", cause);
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EX_USAGE)
		begin_stop(master, EX_CONFIG);
}

static void reap(struct master *master)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		if (pid == master->packer.pid)
			packer_ended(master, wait_status);
		for (int i = 0; i < master->settings->workers; i++)
			if (pid == master->workers[i].pid)
				worker_ended(master, i, wait_status);
	}
}

static void kill_overdue(struct master *master)
{
	gint64 now_us = g_get_monotonic_time();

	for (int i = 0; i < master->settings->workers; i++) {
		struct scoreboard_slot *slot = &master->board->slots[i];
		gint64 deadline_us = atomic_load(&slot->deadline_us);

		if (deadline_us == 0 || now_us < deadline_us ||
		    master->workers[i].pid <= 0)
			continue;
		log_warning("worker %d is over its deadline",
			    (int)master->workers[i].pid);
		atomic_store(&slot->deadline_us, 0);
		atomic_fetch_add(&slot->outcomes[SCOREBOARD_TIMEOUT], 1);
		(void)kill(master->workers[i].pid, SIGKILL);
	}
}

static gboolean is_anyone_left(const struct master *master)
{
	for (int i = 0; i < master->settings->workers; i++)
		if (master->workers[i].pid > 0)
			return TRUE;
	return master->packer.pid > 0;
}

static void act_on_signal(struct master *master, int number)
{
	switch (number) {
	case SIGTERM:
	case SIGQUIT:
	case SIGINT:
		if (master->is_stopping)
			kill_all(master);
		if (!master->is_stopping)
			log_notice("stopping: %s", strsignal(number));
		begin_stop(master, 0);
		break;
	case SIGCHLD:
		reap(master);
		break;
	default:
		log_info("signal %d (%s) has no meaning here", number,
			 strsignal(number));
	}
}

static void loop(struct master *master, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};

	while (!master->is_stopping || is_anyone_left(master)) {
		int number;

		start_what_is_due(master);
		number = sigtimedwait(signals, NULL, &tick);
		if (number > 0)
			act_on_signal(master, number);
		kill_overdue(master);
		if (master->is_stopping &&
		    g_get_monotonic_time() > master->stop_deadline_us)
			kill_all(master);
	}
}

int master_run(const struct settings *settings, struct listener *listener)
{
	g_autoptr(GError) error = NULL;
	struct master master = {
		.settings = settings, .listener = listener, .board_fd = -1};
	sigset_t signals;

	log_set_role("master");
	block_signals(&signals);
	master.board = scoreboard_create(&master.board_fd, &error);
	if (!master.board) {
		log_error("%s", error->message);
		return EX_OSERR;
	}
	master.packer_path = find_packer(settings);
	master.workers = g_new0(struct child, settings->workers);
	log_notice("listening on '%s' with %d workers", listener->name,
		   settings->workers);
	loop(&master, &signals);
	log_notice("stopped");
	(void)close(master.board_fd);
	g_free(master.workers);
	g_free(master.packer_path);
	return master.status;
}
