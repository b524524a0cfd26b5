#include "config.h"

#include "fcgi/status_client.h"

#include <errno.h>
#include <json.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/listener.h"

#define REQUEST                                \
	"GET /status?json&full HTTP/1.1\r\n"   \
	"Host: admin\r\nConnection: close\r\n" \
	"\r\n"

enum { PATIENCE_S = 5, PAGE_BYTES = 16 << 20, DEPTH = 16 };

static gboolean fail(GError **error, const char *address, const char *cause)
{
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
		    "cannot ask '%s': %s", address, cause);
	return FALSE;
}

static void set_patience(int fd)
{
	const struct timeval most = {.tv_sec = PATIENCE_S};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
}

static int connect_to(const struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	set_patience(fd);
	if (connect(fd, address, size) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	(void)g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	return connect_to((struct sockaddr *)&address, sizeof(address));
}

static int connect_inet(const char *address)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICSERV};
	struct addrinfo *info = NULL;
	g_autofree char *host = NULL;
	g_autofree char *port = NULL;
	int fd;

	errno = EINVAL;
	if (!listener_split_host(address, &host, &port) ||
	    getaddrinfo(host, port, &hints, &info) != 0)
		return -1;
	fd = connect_to(info->ai_addr, info->ai_addrlen);
	freeaddrinfo(info);
	return fd;
}

static GString *exchange(int fd)
{
	g_autoptr(GString) got = g_string_new(NULL);
	char piece[16384];
	ssize_t n;

	if (send(fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) < 0)
		return NULL;
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0) {
		if (got->len > PAGE_BYTES)
			return NULL;
		g_string_append_len(got, piece, n);
	}
	return n == 0 ? g_steal_pointer(&got) : NULL;
}

static struct json_object *read_page(const GString *answer)
{
	const char *body = strstr(answer->str, "\r\n\r\n");
	struct json_tokener *tokener;
	struct json_object *page;

	if (!body || !g_str_has_prefix(answer->str, "HTTP/1.1 200 "))
		return NULL;
	tokener = json_tokener_new_ex(DEPTH);
	page = json_tokener_parse_ex(tokener, body + 4, -1);
	json_tokener_free(tokener);
	if (json_object_is_type(page, json_type_object))
		return page;
	(void)json_object_put(page);
	return NULL;
}

struct json_object *status_client_ask(const char *address, GError **error)
{
	g_autoptr(GString) answer = NULL;
	struct json_object *page;
	int fd = g_str_has_prefix(address, "unix:")
			 ? connect_unix(address + strlen("unix:"))
			 : connect_inet(address);

	if (fd < 0) {
		(void)fail(error, address, g_strerror(errno));
		return NULL;
	}
	answer = exchange(fd);
	(void)close(fd);
	page = answer ? read_page(answer) : NULL;
	if (!page)
		(void)fail(error, address, "no answer that can be read");
	return page;
}
