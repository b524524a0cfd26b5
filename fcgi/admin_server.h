/* admin_server.h - a few HTTP connections, served by one thread.
 *
 * Everything is bounded: connections, bytes of a request, the time for it to
 * come and for its answer to go. Where all connections are taken, the one that
 * is nearest to its end makes room, so that nobody can keep a health check out.
 */
#pragma once

#include <glib.h>

#include "fcgi/admin_http.h"

enum {
	ADMIN_CONNECTIONS = 64,
	ADMIN_TIMEOUT_S = 10, /* for a request, and again for its answer */
};

struct admin_answer {
	int status;		  /* 200 to begin with */
	const char *content_type; /* text/plain to begin with */
	GString *body;		  /* empty to begin with */
};

/* Fills answer. Never waits for anything. */
typedef void admin_handler(void *data, const struct admin_request *request,
			   struct admin_answer *answer);

struct admin_server;

/* listener_fd does not block, and stays the caller's. */
struct admin_server *admin_server_new(int listener_fd, admin_handler *handler,
				      void *data);
void admin_server_free(struct admin_server *server);

/* Serves who has something to say, for timeout_ms at most; a signal ends it
 * earlier. */
void admin_server_turn(struct admin_server *server, int timeout_ms);
