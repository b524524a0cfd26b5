#include "config.h"

#include "fcgi/master.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "fcgi/handover.h"
#include "fcgi/log.h"
#include "fcgi/master_private.h"
#include "fcgi/sandbox.h"

enum {
	TICK_MS = 100,
	/* After the last SIGKILL. */
	LEAVE_BEHIND_S = 5,
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

/* Where the queue ends with us, who is in it is served: nobody else will. */
static int drain_signal(const struct master *master)
{
	return listener_is_own(&master->posts[ROLE_WORKER].listener) ? SIGQUIT
								     : SIGTERM;
}

void master_stop(struct master *master, int status)
{
	if (master->is_stopping)
		return;
	master->is_stopping = TRUE;
	master->status = status;
	master->stop_deadline_us =
		g_get_monotonic_time() +
		(gint64)master->settings->shutdown_timeout_s * G_USEC_PER_SEC;
	renewal_cancel(master);
	upgrade_cancel(master);
	/* Nobody new can connect. */
	listener_unlink(&master->posts[ROLE_WORKER].listener);
	pool_signal(master, drain_signal(master));
}

/* The others once no worker is left: one may wait for a picture to be fetched
 * and packed, and somebody may want to look on. */
static void stop_posts(struct master *master)
{
	if (!master->is_stopping || master->workers->len > 0 ||
	    master->were_posts_told)
		return;
	master->were_posts_told = TRUE;
	posts_signal(master, SIGTERM);
}

static void kill_all(const struct master *master)
{
	pool_signal(master, SIGKILL);
	posts_signal(master, SIGKILL);
}

static void reap(struct master *master)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status,
			      WNOHANG | WUNTRACED | WCONTINUED)) > 0)
		if (WIFSTOPPED(wait_status) || WIFCONTINUED(wait_status))
			pool_stopped(master, pid, WIFSTOPPED(wait_status));
		else if (!posts_ended(master, pid, wait_status) &&
			 !pool_ended(master, pid, wait_status))
			(void)upgrade_ended(master, pid, wait_status);
}

static gboolean is_anyone_left(const struct master *master)
{
	return master->workers->len > 0 || posts_is_anyone_left(master);
}

static void act_on_signal(struct master *master, int number)
{
	switch (number) {
	case SIGTERM:
	case SIGQUIT:
	case SIGINT:
		if (master->is_stopping)
			kill_all(master);
		else
			log_notice("stopping: %s", strsignal(number));
		master_stop(master, 0);
		break;
	case SIGCHLD:
		reap(master);
		break;
	case SIGHUP:
		master->is_reload_asked = TRUE;
		break;
	case SIGUSR1:
		master->is_reopen_asked = TRUE;
		break;
	case SIGUSR2:
		master->is_upgrade_asked = TRUE;
		break;
	default:
		break;
	}
}

/* Which queue it is that admin is to measure. */
static void tell_listener(struct master *master)
{
	int fd = master->posts[ROLE_WORKER].listener.fd;
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);
	struct stat st;

	if (fstat(fd, &st) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return;
	atomic_store(&master->board->listener_inode, (guint64)st.st_ino);
	atomic_store(&master->board->listener_family, address.ss_family);
}

/* Whoever looks sees that this loop goes round. */
static void tell_board(struct master *master)
{
	atomic_store(&master->board->heartbeat_us, g_get_monotonic_time());
	tell_listener(master); /* HUP may have moved it */
	memory_tick(&master->memory);
}

/* A process that hangs in the kernel does not even die of SIGKILL. */
static gboolean is_over(const struct master *master)
{
	return master->is_stopping &&
	       (!is_anyone_left(master) ||
		g_get_monotonic_time() - master->stop_deadline_us >
			LEAVE_BEHIND_S * G_USEC_PER_SEC);
}

static void tend(struct master *master)
{
	upgrade_tend(master);
	if (master->is_stopping)
		return;
	if (master->upgrade.pid == 0)
		renewal_tend(master);
	posts_tend(master);
	pool_tend(master);
	upgrade_tell(master);
}

static void loop(struct master *master, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};

	while (!is_over(master)) {
		int number;

		tell_board(master); /* before admin starts, who reads it once */
		if (!master->is_stopping) {
			tend(master);
		}
		number = sigtimedwait(signals, NULL, &tick);
		if (number > 0)
			act_on_signal(master, number);
		pool_watch(master);
		manager_tell(master);
		log_tick();
		stop_posts(master);
		if (master->is_stopping &&
		    g_get_monotonic_time() > master->stop_deadline_us)
			kill_all(master);
	}
}

static int fail_open(const GError *error)
{
	log_error("%s", error->message);
	return g_error_matches(error, LISTENER_ERROR, LISTENER_ERROR_ADDRESS)
		       ? EX_USAGE
		       : EX_UNAVAILABLE;
}

/* What protects the pool, where it is less than it could be. */
static void tell_rights(const struct settings *settings)
{
	gboolean is_whole;
	g_autofree char *sandbox = sandbox_describe(&is_whole);

	if (strcmp(settings->sandbox, "off") == 0)
		log_warning("the sandbox is off");
	else if (is_whole)
		log_info("the sandbox: %s", sandbox);
	else
		log_warning("the sandbox lacks something: %s", sandbox);
	if (geteuid() == 0 && !settings->runs_as)
		log_warning("workers and packer run as root: 'user' says who "
			    "they should be");
}

/* nginx holds back at half of it; beyond, a unix socket refuses everybody. */
static void tell_backlog(void)
{
	guint most = listener_backlog_most();

	if (most < LISTENER_BACKLOG)
		log_warning("net.core.somaxconn lets %u connections wait, %d "
			    "wanted: keep max_conns in nginx under half of it",
			    most, LISTENER_BACKLOG);
}

static int run(struct master *master)
{
	g_autoptr(GError) error = NULL;
	sigset_t signals;

	block_signals(&signals);
	master->board = scoreboard_create(&master->board_fd, &error);
	if (!master->board) {
		log_error("%s", error->message);
		return EX_OSERR;
	}
	master->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (master->bell_fd < 0) {
		log_error("cannot make an eventfd: %s", g_strerror(errno));
		return EX_OSERR;
	}
	memory_open(&master->memory, &master->board->memory[SCOREBOARD_MASTER]);
	pool_init(master);
	log_notice("listening on '%s' with %d workers",
		   master->posts[ROLE_WORKER].listener.name,
		   master->settings->workers);
	tell_rights(master->settings);
	tell_backlog();
	manager_init(master);
	loop(master, &signals);
	log_notice("stopped");
	(void)close(master->board_fd);
	(void)close(master->bell_fd);
	pool_fini(master);
	memory_close(&master->memory);
	return master->status;
}

/* While this may still be told on the standard error we were given. */
static gboolean open_logs(struct master *master)
{
	g_autoptr(GError) error = NULL;

	master->access_log = access_log_open(master->settings, &error);
	if (master->access_log && log_open(master->settings->log, &error))
		return TRUE;
	log_error("%s", error->message);
	return FALSE;
}

int master_run(struct settings *settings, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct master master = {
		.argc = argc,
		.argv = argv,
		.settings = settings,
		.board_fd = -1,
		.bell_fd = -1,
		.program = upgrade_find_program(argv[0]),
		.predecessor_fd = handover_take_ready_fd(),
	};
	int status = EX_CANTCREAT;

	log_set_role("master");
	if (open_logs(&master)) {
		status = posts_open(&master, &error) ? run(&master)
						     : fail_open(error);
		posts_close(&master);
	}
	access_log_close(master.access_log);
	settings_free(master.settings);
	g_free(master.program);
	return status;
}
