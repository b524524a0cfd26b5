/* queue_depth.h - how many wait in a listening socket's queue.
 *
 * Asked of the kernel over netlink (sock_diag(7)), for whoever has not got the
 * socket itself: of a unix socket TCP_INFO says nothing anyway. The netlink
 * socket is opened before the sandbox.
 */
#pragma once

#include <glib.h>

struct queue_depth {
	int fd; /* of netlink; -1: not to be had */
	int family;
	guint32 inode; /* 0: of no socket */
};

void queue_depth_open(struct queue_depth *depth);
/* Says of which listening socket: AF_UNIX, AF_INET or AF_INET6, and what
 * fstat(2) calls its st_ino. */
void queue_depth_aim(struct queue_depth *depth, int family, guint64 inode);
void queue_depth_close(struct queue_depth *depth);

/* How many connections wait to be accepted, and how many there is room for.
 * FALSE: the kernel does not tell (no such socket, no sock_diag, another
 * network namespace).
 * Does not block. */
gboolean queue_depth_read(const struct queue_depth *depth, guint *out_waiting,
			  guint *out_room);
