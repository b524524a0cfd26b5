#include "config.h"

#include "fcgi/admin_server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/negotiate.h"
#include "fcgi/response.h"

enum { DRAIN_PIECES = 16 };

struct connection {
	int fd; /* -1: free */
	gint64 end_us;
	GString *in, *out;
	gsize sent;
	gboolean is_ending; /* closed once out has gone */
};

struct admin_server {
	int listener_fd;
	admin_handler *handler;
	void *data;
	struct connection connections[ADMIN_CONNECTIONS];
};

struct admin_server *admin_server_new(int listener_fd, admin_handler *handler,
				      void *data)
{
	struct admin_server *server = g_new0(struct admin_server, 1);

	server->listener_fd = listener_fd;
	server->handler = handler;
	server->data = data;
	for (guint i = 0; i < ADMIN_CONNECTIONS; i++)
		server->connections[i].fd = -1;
	return server;
}

/* What was sent and not read would make the kernel take back an answer that is
 * still under way. */
static void drain(int fd)
{
	char piece[4096];

	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < DRAIN_PIECES; i++)
		if (recv(fd, piece, sizeof(piece), MSG_DONTWAIT) <= 0)
			return;
}

static void close_connection(struct connection *connection)
{
	if (connection->fd < 0)
		return;
	drain(connection->fd);
	(void)close(connection->fd);
	g_string_free(connection->in, TRUE);
	g_string_free(connection->out, TRUE);
	*connection = (struct connection){.fd = -1};
}

void admin_server_free(struct admin_server *server)
{
	if (!server)
		return;
	for (guint i = 0; i < ADMIN_CONNECTIONS; i++)
		close_connection(&server->connections[i]);
	g_free(server);
}

static void restart_clock(struct connection *connection)
{
	connection->end_us =
		g_get_monotonic_time() + ADMIN_TIMEOUT_S * G_USEC_PER_SEC;
}

/* A free one, else the one that has been at it for longest. */
static struct connection *make_room(struct admin_server *server)
{
	struct connection *oldest = &server->connections[0];

	for (guint i = 0; i < ADMIN_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->fd < 0)
			return connection;
		if (connection->end_us < oldest->end_us)
			oldest = connection;
	}
	close_connection(oldest);
	return oldest;
}

static void accept_one(struct admin_server *server)
{
	int fd = accept4(server->listener_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct connection *connection;

	if (fd < 0)
		return;
	connection = make_room(server);
	*connection = (struct connection){
		.fd = fd,
		.in = g_string_sized_new(512),
		.out = g_string_new(NULL),
	};
	restart_clock(connection);
}

static void put_answer(struct connection *connection,
		       const struct admin_request *request,
		       const struct admin_answer *answer)
{
	g_autofree char *date = negotiate_http_date(time(NULL));

	g_string_append_printf(connection->out,
			       "HTTP/1.1 %d %s\r\n"
			       "Date: %s\r\n"
			       "Content-Type: %s\r\n"
			       "Content-Length: %" G_GSIZE_FORMAT "\r\n"
			       "Cache-Control: no-store\r\n"
			       "X-Content-Type-Options: nosniff\r\n"
			       "%sConnection: %s\r\n\r\n",
			       answer->status, response_reason(answer->status),
			       date, answer->content_type, answer->body->len,
			       answer->status == 405 ? "Allow: GET, HEAD\r\n"
						     : "",
			       request->is_kept ? "keep-alive" : "close");
	if (!request->is_head)
		g_string_append_len(connection->out, answer->body->str,
				    (gssize)answer->body->len);
	connection->is_ending = !request->is_kept;
}

static void answer_request(struct admin_server *server,
			   struct connection *connection,
			   const struct admin_request *request)
{
	struct admin_answer answer = {
		.status = request->status ? request->status : 200,
		.content_type = "text/plain; charset=utf-8",
		.body = g_string_new(NULL),
	};

	if (request->status == 0)
		server->handler(server->data, request, &answer);
	else
		g_string_printf(answer.body, "%s\n",
				response_reason(answer.status));
	put_answer(connection, request, &answer);
	g_string_free(answer.body, TRUE);
	restart_clock(connection);
}

/* FALSE: it is over. */
static gboolean send_some(struct connection *connection)
{
	ssize_t n =
		send(connection->fd, connection->out->str + connection->sent,
		     connection->out->len - connection->sent, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	connection->sent += (gsize)n;
	if (connection->sent < connection->out->len)
		return TRUE;
	g_string_truncate(connection->out, 0);
	connection->sent = 0;
	return !connection->is_ending;
}

/* Answers what is in; the next request of a pipeline once the last answer has
 * gone. FALSE: it is over. */
static gboolean work(struct admin_server *server, struct connection *connection)
{
	struct admin_request request;

	while (connection->out->len == 0) {
		if (admin_http_read(connection->in->str, connection->in->len,
				    &request) == ADMIN_HTTP_MORE)
			return TRUE;
		answer_request(server, connection, &request);
		g_string_erase(connection->in, 0, (gssize)request.bytes);
		if (!send_some(connection))
			return FALSE;
	}
	return TRUE;
}

static gboolean receive_some(struct connection *connection)
{
	char piece[2048];
	gsize room = ADMIN_HEAD_BYTES - connection->in->len;
	ssize_t n = recv(connection->fd, piece, MIN(room, sizeof(piece)), 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	g_string_append_len(connection->in, piece, n);
	return n > 0;
}

/* What a poll says about it. FALSE: it is over. */
static gboolean serve(struct admin_server *server,
		      struct connection *connection, short events)
{
	if (events & POLLOUT && !send_some(connection))
		return FALSE;
	if (events & (POLLIN | POLLHUP | POLLERR) &&
	    connection->out->len == 0 && !receive_some(connection))
		return FALSE;
	return work(server, connection) &&
	       g_get_monotonic_time() < connection->end_us;
}

/* It reads when there is nothing to write: who does not take answers can't
 * pile them up. */
static short wanted_events(const struct connection *connection)
{
	return connection->out->len > 0 ? POLLOUT : POLLIN;
}

void admin_server_turn(struct admin_server *server, int timeout_ms)
{
	struct pollfd fds[ADMIN_CONNECTIONS + 1] = {
		{.fd = server->listener_fd, .events = POLLIN},
	};

	for (guint i = 0; i < ADMIN_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		fds[i + 1].fd = connection->fd;
		if (connection->fd >= 0)
			fds[i + 1].events = wanted_events(connection);
	}
	if (poll(fds, ADMIN_CONNECTIONS + 1, timeout_ms) < 0)
		return;
	for (guint i = 0; i < ADMIN_CONNECTIONS; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->fd >= 0 &&
		    !serve(server, connection, fds[i + 1].revents))
			close_connection(connection);
	}
	if (fds[0].revents & POLLIN)
		accept_one(server);
}
