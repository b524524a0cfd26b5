/* connection.h - the worker's side of the listening socket.
 *
 * libfcgi never accepts: its own way loses signals and has no timeouts. The
 * worker waits here, with the signals that end it let in only while it waits.
 */
#pragma once

#include <glib.h>

struct acceptor {
	int epoll_fd;
	int listener_fd; /* the caller's */
	int io_timeout_ms;
};

enum acceptor_event {
	ACCEPTOR_CONNECTION,
	ACCEPTOR_NOTHING, /* nobody is in the queue, or a signal came in */
	ACCEPTOR_MUTE,	  /* one was, who said nothing and was left */
	ACCEPTOR_FAILED,  /* errno says why; worth a pause */
};

/* Also sets the handlers: TERM and QUIT are blocked but while waiting.
 * io_timeout_ms is how long a connection may make no progress at all, while its
 * request is read or its answer written; 0: for ever. */
gboolean acceptor_init(struct acceptor *acceptor, int listener_fd,
		       int io_timeout_ms);
void acceptor_fini(struct acceptor *acceptor);

/* What the worker has been told: QUIT is to drain, TERM to leave. */
enum acceptor_order { ACCEPTOR_STAY, ACCEPTOR_LEAVE, ACCEPTOR_DRAIN };
enum acceptor_order acceptor_order(void);

/* Waits up to timeout_ms for a connection that has something to say; a mute
 * one is closed after half a second. The descriptor is close-on-exec, blocking,
 * with send and receive timeouts; the caller closes it. */
enum acceptor_event acceptor_wait(const struct acceptor *acceptor,
				  int timeout_ms, int *out_fd);

/* How many wait to be accepted; where the kernel does not tell (it does for
 * TCP alone), G_MAXUINT. */
guint acceptor_queue_length(const struct acceptor *acceptor);

/* Whether the peer has closed its end: nobody waits for an answer. */
gboolean connection_is_gone(int fd);
