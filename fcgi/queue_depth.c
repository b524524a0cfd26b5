#include "config.h"

#include "fcgi/queue_depth.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STATE_LISTEN = 10, /* TCP_LISTEN, which unix sockets use too */
	ANSWER_BYTES = 16 * 1024,
	ANSWERS_MOST = 64, /* datagrams of one dump */
};

void queue_depth_open(struct queue_depth *depth)
{
	*depth = (struct queue_depth){
		.fd = socket(AF_NETLINK,
			     SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			     NETLINK_SOCK_DIAG),
	};
}

void queue_depth_aim(struct queue_depth *depth, int family, guint64 inode)
{
	depth->family = family;
	depth->inode = inode <= G_MAXUINT32 ? (guint32)inode : 0;
}

void queue_depth_close(struct queue_depth *depth)
{
	if (depth->fd >= 0)
		(void)close(depth->fd);
	depth->fd = -1;
}

static gboolean ask(const struct queue_depth *depth, guint16 flags,
		    const void *question, gsize size)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct nlmsghdr head = {
		.nlmsg_len = (guint32)(sizeof(head) + size),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	struct iovec pieces[] = {{&head, sizeof(head)},
				 {(void *)question, size}};
	struct msghdr message = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = pieces,
		.msg_iovlen = G_N_ELEMENTS(pieces),
	};

	return sendmsg(depth->fd, &message, 0) >= 0;
}

/* One unix socket can be asked for by its number alone. */
static gboolean ask_unix(const struct queue_depth *depth)
{
	const struct unix_diag_req question = {
		.sdiag_family = AF_UNIX,
		.udiag_states = 1u << STATE_LISTEN,
		.udiag_ino = depth->inode,
		.udiag_show = UDIAG_SHOW_RQLEN,
		.udiag_cookie = {~0u, ~0u},
	};

	return ask(depth, 0, &question, sizeof(question));
}

/* Ports can't: all that listen, which are few. */
static gboolean ask_inet(const struct queue_depth *depth)
{
	const struct inet_diag_req_v2 question = {
		.sdiag_family = (guint8)depth->family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = 1u << STATE_LISTEN,
	};

	return ask(depth, NLM_F_DUMP, &question, sizeof(question));
}

/* The attribute of a kind in the payload, at least size bytes long. */
static const void *find_attribute(const struct nlmsghdr *head, gsize fixed,
				  guint16 kind, gsize size)
{
	gsize left = NLMSG_PAYLOAD(head, fixed);
	const struct rtattr *attribute =
		(const void *)((const char *)NLMSG_DATA(head) +
			       NLMSG_ALIGN(fixed));

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == kind &&
		    RTA_PAYLOAD(attribute) >= size)
			return RTA_DATA(attribute);
	return NULL;
}

static gboolean read_unix(const struct nlmsghdr *head, guint *out_waiting,
			  guint *out_room)
{
	const struct unix_diag_rqlen *lengths =
		find_attribute(head, sizeof(struct unix_diag_msg),
			       UNIX_DIAG_RQLEN, sizeof(*lengths));

	if (!lengths)
		return FALSE;
	*out_waiting = lengths->udiag_rqueue;
	*out_room = lengths->udiag_wqueue;
	return TRUE;
}

static gboolean read_inet(const struct queue_depth *depth,
			  const struct nlmsghdr *head, guint *out_waiting,
			  guint *out_room)
{
	const struct inet_diag_msg *message = NLMSG_DATA(head);

	if (NLMSG_PAYLOAD(head, 0) < sizeof(*message) ||
	    message->idiag_inode != depth->inode)
		return FALSE;
	*out_waiting = message->idiag_rqueue;
	*out_room = message->idiag_wqueue;
	return TRUE;
}

/* One datagram. FALSE: it was the last. */
static gboolean read_answer(const struct queue_depth *depth, gboolean *is_found,
			    guint *out_waiting, guint *out_room)
{
	union {
		struct nlmsghdr head;
		char bytes[ANSWER_BYTES];
	} answer;
	const struct nlmsghdr *head = &answer.head;
	ssize_t n = recv(depth->fd, &answer, sizeof(answer), MSG_DONTWAIT);
	gsize left = n > 0 ? (gsize)n : 0;

	if (left == 0)
		return FALSE;
	for (; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
		if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			return FALSE;
		*is_found |=
			depth->family == AF_UNIX
				? read_unix(head, out_waiting, out_room)
				: read_inet(depth, head, out_waiting, out_room);
	}
	return TRUE;
}

gboolean queue_depth_read(const struct queue_depth *depth, guint *out_waiting,
			  guint *out_room)
{
	gboolean is_found = FALSE;

	if (depth->fd < 0 || depth->inode == 0 ||
	    !(depth->family == AF_UNIX ? ask_unix(depth) : ask_inet(depth)))
		return FALSE;
	/* To the end, so that the next question has its own answer. */
	for (int i = 0; i < ANSWERS_MOST; i++)
		if (!read_answer(depth, &is_found, out_waiting, out_room))
			break;
	return is_found;
}
