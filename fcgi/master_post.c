/* Roles: their sockets, and the children of those that have one each. */
#include "config.h"

#include "fcgi/master_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "fcgi/handover.h"
#include "fcgi/log.h"

enum {
	/* A shorter life is a failed start. */
	SHORT_LIFE_MS = 1000,
	DEATHS_AT_ONCE = 8,
	/* For one that was told to leave. */
	LEAVE_MS = 5000,
	/* Above every descriptor that a program is given. */
	FIRST_FREE_FD = 10,
};

gboolean post_is_wanted(const struct post *post,
			const struct settings *settings)
{
	return !post->role->is_wanted || post->role->is_wanted(settings);
}

/* A predecessor may have left the socket. */
static gboolean open_or_adopt(struct post *post,
			      const struct settings *settings, GError **error)
{
	const struct role *role = post->role;
	gboolean is_listening = role->address && post_is_wanted(post, settings);
	const char *address = is_listening ? role->address(settings) : NULL;
	int fd = handover_take_listener(role->name, address);

	if (!is_listening)
		return TRUE;
	if (fd >= 0)
		return listener_adopt(&post->listener, fd, address, error);
	return listener_open(&post->listener, address, error);
}

/* Whoever connects to workers makes them work; admin has its own user. */
gboolean post_allow(const struct post *post, struct listener *listener,
		    const struct settings *settings, GError **error)
{
	return listener_give(listener, settings->runs_as, error) &&
	       (post->role != &role_table[ROLE_WORKER] ||
		listener_allow(listener, &settings->listen_access, error));
}

gboolean posts_open(struct master *master, GError **error)
{
	gint64 now_us = g_get_monotonic_time();

	for (int i = 0; i < ROLE_COUNT; i++) {
		struct post *post = &master->posts[i];

		post->role = &role_table[i];
		post->listener = (struct listener){.fd = -1};
		respawn_init(&post->respawn, DEATHS_AT_ONCE, now_us);
	}
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct post *post = &master->posts[i];

		if (!open_or_adopt(post, master->settings, error))
			return FALSE;
		if (post->listener.fd >= 0 &&
		    !post_allow(post, &post->listener, master->settings, error))
			return FALSE;
	}
	return TRUE;
}

void posts_close(struct master *master)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		listener_close(&master->posts[i].listener);
}

/* Moves fd to number, where the new program looks for it. */
static gboolean place(int fd, int number)
{
	return dup2(fd, number) == number && fcntl(number, F_SETFD, 0) == 0;
}

/* Until the new program looks, which then finds it waiting. */
static void hold_back_hup(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void become_program(const struct role_start *start, char **command)
{
	/* Out of each other's way first. */
	int board = fcntl(start->board_fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	int own = start->listener_fd >= 0
			  ? fcntl(start->listener_fd, F_DUPFD_CLOEXEC,
				  FIRST_FREE_FD)
			  : -1;
	int bell = start->bell_fd >= 0 ? fcntl(start->bell_fd, F_DUPFD_CLOEXEC,
					       FIRST_FREE_FD)
				       : -1;

	hold_back_hup();
	if (place(board, ROLE_BOARD_FD) &&
	    (bell < 0 || place(bell, ROLE_BELL_FD)) &&
	    (own < 0 || place(own, ROLE_LISTENER_FD)))
		(void)execv(command[0], command);
	log_error("cannot start '%s': %s", command[0], g_strerror(errno));
}

/* Other roles' sockets are none of a child's business. */
static void close_others(const struct master *master, const struct post *post)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (&master->posts[i] != post &&
		    master->posts[i].listener.fd >= 0)
			(void)close(master->posts[i].listener.fd);
}

static void drop_privileges(const struct settings *settings)
{
	g_autoptr(GError) error = NULL;

	if (privileges_drop(settings->runs_as, &error)) {
		privileges_harden();
		return;
	}
	log_error("%s", error->message);
	_exit(EX_NOPERM);
}

void post_become(const struct master *master, const struct post *post,
		 struct role_start *start)
{
	g_autofree char *name =
		g_strconcat("captiond-", post->role->name, NULL);

	log_set_role(post->role->name);
	(void)prctl(PR_SET_NAME, name); /* for ps and top */
	drop_privileges(start->settings);
	if (post->role->command)
		become_program(start, post->role->command(start));
	if (!post->role->run)
		_exit(EX_UNAVAILABLE);
	close_others(master, post);
	(void)close(start->board_fd);
	start->board_fd = -1;
	_exit(post->role->run(start));
}

static void start_post(struct master *master, struct post *post)
{
	struct role_start start = {
		.settings = master->settings,
		.access_log = master->access_log,
		.board = master->board,
		.board_fd = master->board_fd,
		.listener_fd = post->listener.fd,
		.bell_fd = post->role == &role_table[ROLE_FETCHER]
				   ? master->bell_fd
				   : -1,
	};
	pid_t pid;

	if (post->role->prepare)
		post->role->prepare(master->settings);
	pid = child_fork(&post->child);
	if (pid == 0)
		post_become(master, post, &start);
	if (pid > 0)
		return;
	log_error("cannot fork the %s: %s", post->role->name,
		  g_strerror(errno));
	respawn_died(&post->respawn, FALSE, g_get_monotonic_time());
}

void posts_tend(struct master *master)
{
	gint64 now_us = g_get_monotonic_time();

	for (int i = 0; i < ROLE_COUNT; i++) {
		struct post *post = &master->posts[i];

		if (child_is_late(&post->child, now_us))
			child_signal(&post->child, SIGKILL);
		if (master->upgrade.pid > 0 && post->role->is_alone)
			continue;
		if (i != ROLE_WORKER && post->child.pid == 0 &&
		    post_is_wanted(post, master->settings) &&
		    respawn_may_start(&post->respawn, now_us))
			start_post(master, post);
	}
}

void posts_pause(struct master *master)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (master->posts[i].role->is_alone)
			child_dismiss(&master->posts[i].child,
				      master->posts[i].role->stop_signal,
				      LEAVE_MS);
}

/* Whether the role's program would be started with other words now. */
static gboolean is_changed(const struct master *master, const struct post *post,
			   const struct settings *before)
{
	const struct role_start old = {.settings = before};
	const struct role_start new = {.settings = master->settings};
	g_auto(GStrv) old_command = post->role->command(&old);
	g_auto(GStrv) new_command = post->role->command(&new);

	return !g_strv_equal((const char *const *)old_command,
			     (const char *const *)new_command);
}

/* Whoever leaves is followed by one that has the settings in force. */
void posts_renew(struct master *master, const struct settings *before)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct post *post = &master->posts[i];

		if (post->role->renewal == ROLE_NUDGE &&
		    !master->renewal.is_reopening &&
		    post_is_wanted(post, master->settings) &&
		    !is_changed(master, post, before))
			child_signal(&post->child, SIGHUP);
		else
			child_dismiss(&post->child, post->role->stop_signal,
				      LEAVE_MS);
	}
}

static void note_end(struct master *master, struct post *post, int wait_status)
{
	g_autofree char *cause = child_cause(wait_status);
	gint64 now_us = g_get_monotonic_time();
	gboolean was_of_use = now_us - post->child.started_us >=
			      SHORT_LIFE_MS * G_GINT64_CONSTANT(1000);
	gboolean was_told = post->child.leave_by_us != 0;

	child_clear(&post->child);
	if (was_of_use)
		respawn_succeeded(&post->respawn);
	if (was_told || master->is_stopping)
		return;
	respawn_died(&post->respawn, was_of_use, now_us);
	log_error("the %s %s", post->role->name, cause);
	/* Who has served before may have been changed since, or taken over:
	 * neither is to end the workers. */
	if (!master->was_ready && WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == post->role->setup_status)
		master_stop(master, EX_CONFIG);
}

gboolean posts_ended(struct master *master, pid_t pid, int wait_status)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (pid != master->posts[i].child.pid)
			continue;
		note_end(master, &master->posts[i], wait_status);
		return TRUE;
	}
	return FALSE;
}

void posts_signal(const struct master *master, int number)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		child_signal(&master->posts[i].child, number);
}

gboolean posts_is_anyone_left(const struct master *master)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (master->posts[i].child.pid > 0)
			return TRUE;
	return FALSE;
}
