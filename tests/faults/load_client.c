#include "config.h"

#include "tests/faults/load_client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, HEAD_BYTES_MOST = 32 * 1024 };

void client_init(struct client *client)
{
	*client = (struct client){.fd = -1, .in = g_byte_array_new()};
}

void client_fini(struct client *client)
{
	client_close(client);
	g_byte_array_unref(client->in);
	g_free(client->request);
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	client->is_asking = FALSE;
	client->is_connecting = FALSE;
}

gboolean client_connect(struct client *client,
			const struct sockaddr_in *address)
{
	client->fd =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 &&
	    (connect(client->fd, (const struct sockaddr *)address,
		     sizeof(*address)) == 0 ||
	     errno == EINPROGRESS))
		return TRUE;
	client_close(client);
	return FALSE;
}

static gboolean watch(struct client *client, int epoll_fd, int how,
		      guint32 events)
{
	struct epoll_event event = {.events = events, .data.ptr = client};

	return epoll_ctl(epoll_fd, how, client->fd, &event) == 0;
}

static enum client_end fail(struct client *client, enum client_end end)
{
	client_close(client);
	return end;
}

/* Requests are short: a socket's buffer takes one as a whole. */
static enum client_end send_request(struct client *client)
{
	gsize size = strlen(client->request);
	ssize_t n = send(client->fd, client->request, size, MSG_NOSIGNAL);

	return n == (ssize_t)size ? CLIENT_BUSY : fail(client, CLIENT_CLOSED);
}

enum client_end client_ask(struct client *client, int epoll_fd,
			   const struct sockaddr_in *address, char *request)
{
	g_free(client->request);
	client->request = request;
	g_byte_array_set_size(client->in, 0);
	client->head_bytes = 0;
	client->is_asking = TRUE;
	if (client->fd >= 0)
		return send_request(client);
	client->is_asking = client_connect(client, address);
	client->is_connecting = TRUE;
	if (client->is_asking &&
	    watch(client, epoll_fd, EPOLL_CTL_ADD, EPOLLOUT))
		return CLIENT_BUSY;
	return fail(client, CLIENT_REFUSED);
}

static enum client_end connected(struct client *client, int epoll_fd)
{
	socklen_t size = sizeof(int);
	int failure = 0;

	(void)getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
	if (failure != 0 || !watch(client, epoll_fd, EPOLL_CTL_MOD, EPOLLIN))
		return fail(client, CLIENT_REFUSED);
	client->is_connecting = FALSE;
	return send_request(client);
}

/* A header's value in the head, which is terminated; NULL: none. */
static const char *find_header(const char *head, const char *name)
{
	gsize length = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line;
	     line = strstr(line + 2, "\r\n"))
		if (g_ascii_strncasecmp(line + 2, name, length) == 0 &&
		    line[2 + length] == ':')
			return line + 2 + length + 1 +
			       strspn(line + 2 + length + 1, " ");
	return NULL;
}

/* FALSE: not an answer that tells how long it is. */
static gboolean read_head(struct client *client)
{
	g_autofree char *head = g_strndup((const char *)client->in->data,
					  client->head_bytes - 2);
	const char *length = find_header(head, "content-length");
	const char *connection = find_header(head, "connection");

	if (!g_str_has_prefix(head, "HTTP/1.1 "))
		return FALSE;
	client->status = (int)g_ascii_strtoull(head + 9, NULL, 10);
	client->closes =
		connection && g_ascii_strncasecmp(connection, "close", 5) == 0;
	client->has_retry_after = find_header(head, "retry-after") != NULL;
	if (!length && client->status != 304 && client->status != 204)
		return FALSE;
	client->body_bytes =
		length ? (gsize)g_ascii_strtoull(length, NULL, 10) : 0;
	return TRUE;
}

const guint8 *client_body(const struct client *client)
{
	return client->in->data + client->head_bytes;
}

/* Whether what begins like a picture ends like it. */
static gboolean is_whole(const guint8 *body, gsize size)
{
	static const struct {
		const char *start, *end;
		gsize start_bytes, end_bytes;
	} kinds[] = {
		{"\xff\xd8\xff", "\xff\xd9", 3, 2},
		{"\x89PNG\r\n\x1a\n", "IEND\xae\x42\x60\x82", 8, 8},
		{"GIF8", ";", 4, 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (size >= kinds[i].start_bytes + kinds[i].end_bytes &&
		    memcmp(body, kinds[i].start, kinds[i].start_bytes) == 0)
			return memcmp(body + size - kinds[i].end_bytes,
				      kinds[i].end, kinds[i].end_bytes) == 0;
	/* RIFF says how long it is. */
	if (size >= 12 && memcmp(body, "RIFF", 4) == 0)
		return (gsize)(body[4] | body[5] << 8 | body[6] << 16 |
			       (guint)body[7] << 24) +
			       8 ==
		       size;
	return size > 0 && (body[0] == '{' || body[0] == '[');
}

static enum client_end finish(struct client *client)
{
	client->is_asking = FALSE;
	if (client->closes)
		client_close(client);
	if (client->status == 200 &&
	    !is_whole(client_body(client), client->body_bytes))
		return fail(client, CLIENT_CUT);
	return CLIENT_ANSWERED;
}

static enum client_end examine(struct client *client)
{
	if (client->head_bytes == 0) {
		const guint8 *end = memmem(client->in->data, client->in->len,
					   "\r\n\r\n", 4);

		if (!end)
			return client->in->len > HEAD_BYTES_MOST
				       ? fail(client, CLIENT_GARBLED)
				       : CLIENT_BUSY;
		client->head_bytes = (gsize)(end - client->in->data) + 4;
		if (!read_head(client))
			return fail(client, CLIENT_GARBLED);
	}
	if (client->in->len - client->head_bytes < client->body_bytes)
		return CLIENT_BUSY;
	if (client->in->len - client->head_bytes > client->body_bytes)
		return fail(client, CLIENT_GARBLED);
	return finish(client);
}

enum client_end client_go_on(struct client *client, int epoll_fd)
{
	guint8 piece[READ_BYTES];
	ssize_t n;

	if (client->is_connecting)
		return connected(client, epoll_fd);
	n = recv(client->fd, piece, sizeof(piece), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CLIENT_BUSY;
	/* A kept connection that nginx closes between two requests. */
	if (n <= 0 && !client->is_asking)
		return fail(client, CLIENT_BUSY);
	if (n <= 0)
		return fail(client,
			    client->head_bytes ? CLIENT_CUT : CLIENT_CLOSED);
	if (!client->is_asking)
		return fail(client, CLIENT_GARBLED);
	g_byte_array_append(client->in, piece, (guint)n);
	return examine(client);
}
