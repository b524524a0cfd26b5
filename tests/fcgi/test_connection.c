#include "config.h"

#include "fcgi/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IO_TIMEOUT_MS = 200 };

struct fixture {
	struct acceptor acceptor;
	int listener;
	struct sockaddr_in address;
};

static void set_up(struct fixture *fixture, const void *data)
{
	socklen_t size = sizeof(fixture->address);

	(void)data;
	fixture->address.sin_family = AF_INET;
	fixture->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	g_assert_cmpint(bind(fixture->listener,
			     (struct sockaddr *)&fixture->address, size),
			==, 0);
	g_assert_cmpint(listen(fixture->listener, 16), ==, 0);
	g_assert_cmpint(getsockname(fixture->listener,
				    (struct sockaddr *)&fixture->address,
				    &size),
			==, 0);
	g_assert_true(acceptor_init(&fixture->acceptor, fixture->listener,
				    IO_TIMEOUT_MS));
}

static void tear_down(struct fixture *fixture, const void *data)
{
	(void)data;
	acceptor_fini(&fixture->acceptor);
	(void)close(fixture->listener);
}

static int dial(const struct fixture *fixture, const char *say)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	g_assert_cmpint(connect(fd, (const struct sockaddr *)&fixture->address,
				sizeof(fixture->address)),
			==, 0);
	g_assert_cmpint(send(fd, say, strlen(say), MSG_NOSIGNAL), ==,
			(int)strlen(say));
	return fd;
}

static void the_queue_is_told(struct fixture *fixture, const void *data)
{
	int peers[3], fd;

	(void)data;
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 0, &fd), ==,
			ACCEPTOR_NOTHING);
	for (gsize i = 0; i < G_N_ELEMENTS(peers); i++)
		peers[i] = dial(fixture, "x");
	g_assert_cmpuint(acceptor_queue_length(&fixture->acceptor), ==, 3);
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 1000, &fd), ==,
			ACCEPTOR_CONNECTION);
	g_assert_cmpuint(acceptor_queue_length(&fixture->acceptor), ==, 2);
	(void)close(fd);
	for (gsize i = 0; i < G_N_ELEMENTS(peers); i++)
		(void)close(peers[i]);
}

/* The mute one is told apart: behind it others may wait. */
static void mute_ones_are_left(struct fixture *fixture, const void *data)
{
	int mute = dial(fixture, ""), speaker = dial(fixture, "x"), fd;
	char byte;

	(void)data;
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 1000, &fd), ==,
			ACCEPTOR_MUTE);
	g_assert_cmpint(recv(mute, &byte, 1, 0), ==, 0);
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 0, &fd), ==,
			ACCEPTOR_CONNECTION);
	(void)close(fd);
	(void)close(mute);
	(void)close(speaker);
}

static void stalls_end(struct fixture *fixture, const void *data)
{
	int peer = dial(fixture, "x"), fd;
	gint64 before_us = g_get_monotonic_time();
	char bytes[2];

	(void)data;
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 1000, &fd), ==,
			ACCEPTOR_CONNECTION);
	g_assert_cmpint(recv(fd, bytes, 2, MSG_WAITALL), ==, 1);
	g_assert_cmpint(g_get_monotonic_time() - before_us, >=,
			IO_TIMEOUT_MS * 1000);
	(void)close(fd);
	(void)close(peer);
}

static void who_left_is_seen(struct fixture *fixture, const void *data)
{
	const struct linger reset = {.l_onoff = 1};
	int peers[] = {dial(fixture, ""), dial(fixture, ""), dial(fixture, "")};
	int fds[G_N_ELEMENTS(peers)];

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(peers); i++)
		fds[i] = accept(fixture->listener, NULL, NULL);
	(void)setsockopt(peers[1], SOL_SOCKET, SO_LINGER, &reset,
			 sizeof(reset));
	(void)close(peers[0]);
	(void)close(peers[1]);
	g_usleep(20000);
	g_assert_true(connection_is_gone(fds[0]));
	g_assert_true(connection_is_gone(fds[1]));
	g_assert_false(connection_is_gone(fds[2]));
	for (gsize i = 0; i < G_N_ELEMENTS(peers); i++)
		(void)close(fds[i]);
	(void)close(peers[2]);
}

/* In a child, since it stays told for ever. In a queue that is never empty the
 * signal is only pending. */
static void leave_is_heard(struct fixture *fixture, const void *data)
{
	const int number = GPOINTER_TO_INT(data);
	const enum acceptor_order expected =
		number == SIGQUIT ? ACCEPTOR_DRAIN : ACCEPTOR_LEAVE;
	int fd;

	if (!g_test_subprocess()) {
		g_test_trap_subprocess(NULL, 0, 0);
		g_test_trap_assert_passed();
		return;
	}
	for (int i = 0; i < 2; i++)
		(void)dial(fixture, "x");
	g_assert_cmpint(acceptor_order(), ==, ACCEPTOR_STAY);
	g_assert_cmpint(raise(number), ==, 0);
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 0, &fd), ==,
			ACCEPTOR_CONNECTION);
	g_assert_cmpint(acceptor_order(), ==, expected);
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 0, &fd), ==,
			ACCEPTOR_CONNECTION);
	g_assert_cmpint(acceptor_wait(&fixture->acceptor, 0, &fd), ==,
			ACCEPTOR_NOTHING);
	g_assert_cmpint(acceptor_order(), ==, expected);
}

#define ADD(path, data, function) \
	g_test_add(path, struct fixture, data, set_up, function, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/connection/queue", NULL, the_queue_is_told);
	ADD("/connection/mute", NULL, mute_ones_are_left);
	ADD("/connection/stalls", NULL, stalls_end);
	ADD("/connection/gone", NULL, who_left_is_seen);
	ADD("/connection/term", GINT_TO_POINTER(SIGTERM), leave_is_heard);
	ADD("/connection/quit", GINT_TO_POINTER(SIGQUIT), leave_is_heard);
	return g_test_run();
}
