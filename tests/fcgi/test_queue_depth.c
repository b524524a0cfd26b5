#include "config.h"

#include "fcgi/queue_depth.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

enum { ROOM = 9, CLIENTS = 3 };

static guint64 inode_of(int fd)
{
	struct stat st;

	g_assert_cmpint(fstat(fd, &st), ==, 0);
	return st.st_ino;
}

/* Clients come, one is accepted, and the socket goes. */
static void measure(int family, struct sockaddr *address, socklen_t size)
{
	int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int clients[CLIENTS], accepted;
	struct queue_depth depth;
	guint waiting = 77, room = 77;

	if (listener < 0 || bind(listener, address, size) < 0) {
		g_test_skip("this machine has no such address");
		return;
	}
	g_assert_cmpint(listen(listener, ROOM), ==, 0);
	g_assert_cmpint(getsockname(listener, address, &size), ==, 0);
	queue_depth_open(&depth);
	queue_depth_aim(&depth, family, inode_of(listener));
	g_assert_true(queue_depth_read(&depth, &waiting, &room));
	g_assert_cmpuint(waiting, ==, 0);
	g_assert_cmpuint(room, ==, ROOM);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		g_assert_cmpint(connect(clients[i], address, size), ==, 0);
	}
	g_assert_true(queue_depth_read(&depth, &waiting, &room));
	g_assert_cmpuint(waiting, ==, CLIENTS);
	accepted = accept(listener, NULL, NULL);
	g_assert_true(queue_depth_read(&depth, &waiting, &room));
	g_assert_cmpuint(waiting, ==, CLIENTS - 1);
	(void)close(accepted);
	(void)close(listener);
	g_assert_false(queue_depth_read(&depth, &waiting, &room));
	for (int i = 0; i < CLIENTS; i++)
		(void)close(clients[i]);
	queue_depth_close(&depth);
}

static void a_unix_socket_is_measured(void)
{
	g_autofree char *dir = g_dir_make_tmp("queue-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "socket", NULL);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	measure(AF_UNIX, (struct sockaddr *)&address, sizeof(address));
	g_assert_cmpint(g_unlink(path) | g_rmdir(dir), ==, 0);
}

static void a_port_is_measured(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	measure(AF_INET, (struct sockaddr *)&address, sizeof(address));
}

static void a_port_of_ipv6_is_measured(void)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};

	measure(AF_INET6, (struct sockaddr *)&address, sizeof(address));
}

static void what_is_no_listener_is_not(void)
{
	static const guint64 inodes[] = {0, 1, 0x100000000};
	guint waiting = 77, room = 77;

	for (gsize i = 0; i < G_N_ELEMENTS(inodes); i++) {
		struct queue_depth depth;

		queue_depth_open(&depth);
		queue_depth_aim(&depth, AF_UNIX, inodes[i]);
		g_assert_false(queue_depth_read(&depth, &waiting, &room));
		queue_depth_close(&depth);
		queue_depth_close(&depth);
	}
	g_assert_cmpuint(waiting, ==, 77);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/queue/unix", a_unix_socket_is_measured);
	g_test_add_func("/queue/port", a_port_is_measured);
	g_test_add_func("/queue/port6", a_port_of_ipv6_is_measured);
	g_test_add_func("/queue/none", what_is_no_listener_is_not);
	return g_test_run();
}
