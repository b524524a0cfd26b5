/* load_client.h - one HTTP client of the load generator: a connection that is
 * kept, one request on it at a time, its answer checked.
 */
#pragma once

#include <glib.h>
#include <netinet/in.h>

enum client_end {
	CLIENT_ANSWERED, /* status, body and the rest are there */
	CLIENT_REFUSED,	 /* could not connect */
	CLIENT_CLOSED,	 /* closed before the answer, or in its head */
	CLIENT_CUT,	 /* closed in the body, or not the picture it says */
	CLIENT_GARBLED,	 /* not an HTTP answer */
	CLIENT_TIMEOUT,
	CLIENT_ENDS,
	CLIENT_BUSY = CLIENT_ENDS, /* goes on */
};

struct client {
	int fd; /* -1: not connected */
	gboolean is_asking;
	gboolean is_connecting;
	gint64 due_us;	/* when it should have been sent; monotonic */
	guint target;	/* the caller's */
	char *request;	/* own; until it is sent */
	GByteArray *in; /* what came of the answer */
	gsize head_bytes, body_bytes;
	int status;
	gboolean closes, has_retry_after;
};

void client_init(struct client *client);
void client_fini(struct client *client);

/* Sends a request, connecting first where that is needed. The request is taken
 * over. The client's descriptor is (then) in epoll_fd with the client as data.
 * CLIENT_BUSY, or CLIENT_REFUSED. */
enum client_end client_ask(struct client *client, int epoll_fd,
			   const struct sockaddr_in *address, char *request);

/* Goes on after an event. Past CLIENT_BUSY the client is free again; what it
 * holds of the answer stays until the next request. */
enum client_end client_go_on(struct client *client, int epoll_fd);

/* Only connects, and keeps the connection. FALSE: refused. */
gboolean client_connect(struct client *client,
			const struct sockaddr_in *address);

void client_close(struct client *client);

/* The body of an answer. */
const guint8 *client_body(const struct client *client);
