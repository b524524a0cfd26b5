/* listener.h - the listening socket: bound here, or inherited. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

#include "fcgi/listener_access.h"
#include "fcgi/privileges.h"

#define LISTENER_ERROR (listener_error_quark())
GQuark listener_error_quark(void);
enum listener_error {
	LISTENER_ERROR_ADDRESS, /* can't be read; exit status 64 */
	LISTENER_ERROR_BIND,	/* can't be had; exit status 69 */
};

struct listener {
	int fd;		  /* non-blocking, close-on-exec; -1: closed */
	gboolean is_own;  /* bound here */
	char *path;	  /* a unix socket that we made; else NULL */
	struct stat made; /* that socket file: only our own is ever removed */
	char *name;	  /* for the log */
};

/* Listens on `unix:PATH` (mode 0660) or `HOST:PORT` ([HOST]:PORT for IPv6).
 * A stale socket file is replaced, a live one is not stolen. address NULL:
 * takes the socket that systemd (LISTEN_FDS) or spawn-fcgi (descriptor 0)
 * left. Descriptor 0 is /dev/null afterwards. */
gboolean listener_open(struct listener *listener, const char *address,
		       GError **error);

/* A unix socket that we made belongs to them from now on; the mode lets in the
 * group. privileges NULL: nothing to do. */
gboolean listener_give(struct listener *listener,
		       const struct privileges *privileges, GError **error);

/* Who may connect to a unix socket that we made, beyond what it was made
 * with. */
gboolean listener_allow(struct listener *listener,
			const struct listener_access *access, GError **error);

/* Splits HOST:PORT at its last colon and takes brackets off. FALSE: it is none.
 * The caller frees both. */
gboolean listener_split_host(const char *address, char **out_host,
			     char **out_port);

/* How many connections may wait to be accepted: what is asked for, and what the
 * kernel lets be (net.core.somaxconn). More than nginx's max_conns ever sends: a
 * full unix socket is a 502 at once, so the queue is bounded by nginx and never
 * here. */
enum { LISTENER_BACKLOG = 4096 };
guint listener_backlog_most(void);

/* Whether fd is a socket that listens. */
gboolean listener_is_listening(int fd);

/* Whether the queue ends with us: nobody else holds this socket. */
gboolean listener_is_own(const struct listener *listener);

/* Takes a socket that another process opened for address; NULL: that came with
 * its start. fd is handed over. */
gboolean listener_adopt(struct listener *listener, int fd, const char *address,
			GError **error);

/* Another process goes on with the socket: neither its queue nor its file is
 * ours to end. */
void listener_disown(struct listener *listener);

/* Nobody can connect any more; who is in the queue is still served. */
void listener_unlink(struct listener *listener);

void listener_close(struct listener *listener);
