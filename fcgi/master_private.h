/* master_private.h - what the master's files share; for nobody else.
 *
 * master.c has the loop and the signals, master_post.c the children of roles
 * that have one each, master_pool.c how many workers there are, master_watch.c
 * what becomes of them, master_renewal.c the change from one generation to the
 * next, master_upgrade.c that from one program to the next.
 */
#pragma once

#include "fcgi/access_log.h"
#include "fcgi/child.h"
#include "fcgi/killers.h"
#include "fcgi/listener.h"
#include "fcgi/respawn.h"
#include "fcgi/role.h"
#include "fcgi/scaling.h"
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
	guint slot, generation;
	gboolean is_ready; /* has been seen serving */
	/* Why it is to leave, once that is known. */
	enum scoreboard_restart why;
	int leave_signal;      /* 0: the role's */
	gint64 stopped_us;     /* by SIGSTOP; 0: it runs */
	gboolean is_condemned; /* SIGKILL is on its way */
};

/* A fresh generation that is being started beside the one in force. */
struct renewal {
	gboolean is_under_way;
	struct settings *settings;	       /* own; NULL: as they were */
	struct access_log *access_log;	       /* own; with settings */
	struct listener listeners[ROLE_COUNT]; /* fd -1: as it was */
	gboolean is_moving[ROLE_COUNT];	       /* to that listener */
	gint64 give_up_us;
	gboolean is_reopening; /* for USR1: who holds a log starts anew */
};

/* What systemd has been told. */
struct manager {
	gboolean is_ready, is_reloading, is_stopping;
	gint64 feed_every_us, feed_at_us; /* the watchdog; 0: there is none */
};

/* A successor that is starting. */
struct upgrade {
	pid_t pid;    /* 0: none */
	int ready_fd; /* where it says that it serves */
	gint64 give_up_us;
};

struct master {
	int argc;
	char **argv;
	struct settings *settings; /* in force; own */
	struct access_log *access_log;
	struct scoreboard *board;
	int board_fd;
	int bell_fd; /* the fetcher's; see fetches.h */
	struct memory memory;
	struct post posts[ROLE_COUNT];
	GPtrArray *workers; /* struct worker_child, of all generations */
	guint generation;   /* in force */
	struct scaling scaling;
	struct killers killers;
	gint64 last_watch_us, patient_until_us;
	struct renewal renewal;
	struct upgrade upgrade;
	char *program;	    /* that a successor is to be; own */
	int predecessor_fd; /* where to say that we serve; -1: nowhere */
	gboolean is_upgrade_asked, has_given_way;
	gboolean is_reload_asked, is_reopen_asked;
	struct manager manager;
	gboolean was_ready; /* a worker has been able to serve */
	gboolean was_emergency;
	gboolean is_stopping, were_posts_told;
	gint64 stop_deadline_us;
	int status;
};

/* Stops the pool; the first call counts, and its status. */
void master_stop(struct master *master, int status);

/* The listening sockets, in the order of the roles. Errors: those of
 * listener_open(). */
gboolean posts_open(struct master *master, GError **error);
void posts_close(struct master *master);
/* Starts who is due, of the roles that have one child, and kills who is late
 * to leave. */
void posts_tend(struct master *master);
/* The settings before gave way to master's. */
void posts_renew(struct master *master, const struct settings *before);
/* Ends those of which there can't be two, before a successor starts its own;
 * posts_tend() starts them again when there is none. */
void posts_pause(struct master *master);
/* FALSE: it was nobody's here. */
gboolean posts_ended(struct master *master, pid_t pid, int wait_status);
void posts_signal(const struct master *master, int number);
gboolean posts_is_anyone_left(const struct master *master);

gboolean post_is_wanted(const struct post *post,
			const struct settings *settings);
/* Gives the role's new socket to those who may use it. */
gboolean post_allow(const struct post *post, struct listener *listener,
		    const struct settings *settings, GError **error);
/* In a forked child: becomes what the role says and never returns. */
void post_become(const struct master *master, const struct post *post,
		 struct role_start *start) G_GNUC_NORETURN;

void pool_init(struct master *master);
/* How many workers there should be. */
guint pool_target(const struct master *master);
void pool_fini(struct master *master);
/* Starts who is missing, and lets those go who have a successor. */
void pool_tend(struct master *master);
/* Ends who is over a deadline. */
void pool_watch(struct master *master);
/* One was stopped, or goes on. */
void pool_stopped(struct master *master, pid_t pid, gboolean is_stopped);
/* Counts and tells a death; before the slot is cleared. */
void pool_note_death(struct master *master, const struct worker_child *worker,
		     int wait_status);
struct scoreboard_slot *pool_slot(const struct master *master,
				  const struct worker_child *worker);
gboolean pool_ended(struct master *master, pid_t pid, int wait_status);
void pool_signal(const struct master *master, int number);
/* How many of the generation are serving, and stay. */
guint pool_n_ready(const struct master *master, guint generation);
/* Whether everybody is of the generation in force. */
gboolean pool_is_settled(const struct master *master);
/* Lets a generation go. leave_signal 0: the role's. */
void pool_retire(struct master *master, guint generation, int leave_signal);

/* Begins, watches over and ends what HUP and USR1 asked for. */
void renewal_tend(struct master *master);
/* A worker of the fresh generation says that it can't start. */
void renewal_failed(struct master *master, const char *why);
void renewal_cancel(struct master *master);
/* Begins, watches over and ends what USR2 asked for. */
void upgrade_tend(struct master *master);
void upgrade_cancel(struct master *master);
/* FALSE: it was not the successor. */
gboolean upgrade_ended(struct master *master, pid_t pid, int wait_status);
/* Once we serve: a predecessor is waiting for it. */
void upgrade_tell(struct master *master);
/* The caller frees; NULL: there is none. */
char *upgrade_find_program(const char *argv0);

/* What a worker that is started now gets. */
guint renewal_newest(const struct master *master);
const struct settings *renewal_settings(const struct master *master);
struct access_log *renewal_access_log(const struct master *master);
int renewal_listener_fd(const struct master *master, enum role_number role);

void manager_init(struct master *master);
/* Tells what has changed. Called in every turn of the loop. */
void manager_tell(struct master *master);
