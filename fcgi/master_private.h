/* master_private.h - what the master's files share; for nobody else.
 *
 * master.c has the loop and the signals, master_post.c the children of roles
 * that have one each, master_pool.c the workers.
 */
#pragma once

#include "fcgi/access_log.h"
#include "fcgi/child.h"
#include "fcgi/listener.h"
#include "fcgi/respawn.h"
#include "fcgi/role.h"
#include "fcgi/scoreboard.h"
#include "fcgi/settings.h"

/* A role in the running pool. */
struct post {
	const struct role *role;
	struct listener listener; /* fd -1: none */
	struct child child;	  /* not the workers' */
	struct respawn respawn;
};

struct worker_child {
	struct child child;
	guint slot;
	gboolean is_ready; /* has been seen serving */
	/* Why the master ended it; else its exit status tells. */
	enum scoreboard_restart why;
};

struct master {
	const struct settings *settings; /* in force */
	struct access_log *access_log;
	struct scoreboard *board;
	int board_fd;
	struct memory memory;
	struct post posts[ROLE_COUNT];
	GPtrArray *workers; /* struct worker_child */
	gboolean was_ready; /* a worker has been able to serve */
	gboolean is_stopping;
	gint64 stop_deadline_us;
	int status;
};

/* Stops the pool; the first call counts, and its status. */
void master_stop(struct master *master, int status);

/* The listening sockets, in the order of the roles. Errors: those of
 * listener_open(). */
gboolean posts_open(struct master *master, GError **error);
void posts_close(struct master *master);
/* Starts who is due, of the roles that have one child. */
void posts_tend(struct master *master);
/* FALSE: it was nobody's here. */
gboolean posts_ended(struct master *master, pid_t pid, int wait_status);
void posts_signal(const struct master *master, int number);
gboolean posts_is_anyone_left(const struct master *master);

/* In a forked child: becomes what the role says and never returns. */
void post_become(const struct master *master, const struct post *post,
		 struct role_start *start) G_GNUC_NORETURN;

void pool_init(struct master *master);
void pool_fini(struct master *master);
/* Starts who is missing. */
void pool_tend(struct master *master);
/* Ends who is over a deadline. */
void pool_watch(struct master *master);
gboolean pool_ended(struct master *master, pid_t pid, int wait_status);
void pool_signal(const struct master *master, int number);
