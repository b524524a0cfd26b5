/* USR2: another program, or the same anew, takes over the sockets.
 *
 * It is started as this one was, with the sockets left open and named in its
 * environment. Both serve from them until it says that it does; then this one
 * drains. If it ends, or says nothing for too long, this one goes on. */
#include "config.h"

#include "fcgi/master_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/handover.h"
#include "fcgi/log.h"
#include "fcgi/notify.h"

/* For the successor to serve. Meanwhile nobody packs new templates. */
enum { GIVE_UP_S = 120 };

/* Now, since later the file may be another one, or the folder. */
char *upgrade_find_program(const char *argv0)
{
	if (strchr(argv0, '/'))
		return g_canonicalize_filename(argv0, NULL);
	return g_find_program_in_path(argv0);
}

static void leave_listeners(const struct master *master)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct post *post = &master->posts[i];

		if (post->listener.fd < 0)
			continue;
		if (!handover_leave_listener(
			    post->role->name, post->listener.fd,
			    post->role->address(master->settings)))
			log_error("cannot leave a socket: %s",
				  g_strerror(errno));
	}
}

/* systemd's watchdog names the process that is to feed it. */
static void leave_watchdog(void)
{
	g_autofree char *pid = g_strdup_printf("%d", (int)getpid());

	if (g_getenv("WATCHDOG_PID"))
		(void)g_setenv("WATCHDOG_PID", pid, TRUE);
}

/* In a child that becomes the successor: a master, not one of ours. */
static void become_successor(const struct master *master,
			     int ready_fd) G_GNUC_NORETURN;
static void become_successor(const struct master *master, int ready_fd)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	leave_listeners(master);
	leave_watchdog();
	if (handover_leave_ready_fd(ready_fd))
		(void)execv(master->program, master->argv);
	log_error("cannot start '%s': %s", master->program, g_strerror(errno));
	_exit(EXIT_FAILURE);
}

static void begin(struct master *master)
{
	struct upgrade *upgrade = &master->upgrade;
	int ends[2];
	pid_t pid;

	if (!master->program || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		log_error("cannot start a successor: %s",
			  master->program ? g_strerror(errno)
					  : "the program is gone");
		return;
	}
	pid = fork();
	if (pid == 0)
		become_successor(master, ends[1]);
	(void)close(ends[1]);
	if (pid < 0) {
		log_error("cannot fork a successor: %s", g_strerror(errno));
		(void)close(ends[0]);
		return;
	}
	*upgrade = (struct upgrade){
		.pid = pid,
		.ready_fd = ends[0],
		.give_up_us =
			g_get_monotonic_time() + GIVE_UP_S * G_USEC_PER_SEC,
	};
	posts_pause(master);
	log_notice("'%s' starts as process %d", master->program, (int)pid);
}

static void forget(struct upgrade *upgrade)
{
	(void)close(upgrade->ready_fd);
	*upgrade = (struct upgrade){0};
}

static void fail(struct master *master, const char *why)
{
	log_error("process %d %s: this one goes on", (int)master->upgrade.pid,
		  why);
	(void)kill(master->upgrade.pid, SIGKILL);
	forget(&master->upgrade);
}

/* The sockets and their files are the successor's. */
static void give_way(struct master *master)
{
	log_notice("process %d has taken over", (int)master->upgrade.pid);
	(void)notify_state("MAINPID=%d\nREADY=1", (int)master->upgrade.pid);
	for (int i = 0; i < ROLE_COUNT; i++)
		listener_disown(&master->posts[i].listener);
	forget(&master->upgrade);
	master->has_given_way = TRUE;
	master_stop(master, 0);
}

gboolean upgrade_ended(struct master *master, pid_t pid, int wait_status)
{
	g_autofree char *cause = child_cause(wait_status);

	if (pid != master->upgrade.pid)
		return FALSE;
	log_error("process %d %s before it served: this one goes on", (int)pid,
		  cause);
	forget(&master->upgrade);
	return TRUE;
}

static void watch(struct master *master)
{
	char word;
	ssize_t n = read(master->upgrade.ready_fd, &word, 1);

	if (n == 1)
		give_way(master);
	else if (n == 0)
		fail(master, "has given up");
	else if (g_get_monotonic_time() > master->upgrade.give_up_us)
		fail(master, "does not get to serve");
}

/* One change at a time: a renewal is waited for. */
void upgrade_tend(struct master *master)
{
	if (master->upgrade.pid > 0) {
		watch(master);
	} else if (master->is_upgrade_asked && pool_is_settled(master) &&
		   !master->renewal.is_under_way) {
		master->is_upgrade_asked = FALSE;
		begin(master);
	}
}

void upgrade_cancel(struct master *master)
{
	if (master->upgrade.pid <= 0)
		return;
	(void)kill(master->upgrade.pid, SIGKILL);
	forget(&master->upgrade);
}

void upgrade_tell(struct master *master)
{
	if (master->predecessor_fd < 0 ||
	    pool_n_ready(master, master->generation) < pool_target(master))
		return;
	if (write(master->predecessor_fd, "r", 1) != 1)
		log_error("cannot tell the predecessor: %s", g_strerror(errno));
	(void)close(master->predecessor_fd);
	master->predecessor_fd = -1;
}
