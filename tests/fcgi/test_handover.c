#include "config.h"

#include "fcgi/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* On an address that the kernel chooses. */
static int listening_socket(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, (const struct sockaddr *)&address,
			     sizeof(address.sun_family)),
			==, 0);
	g_assert_cmpint(listen(fd, 1), ==, 0);
	return fd;
}

static void a_socket_is_left_and_taken(void)
{
	static const char *const addresses[] = {"unix:/run/a b;c", "[::1]:80",
						NULL};

	for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
		int fd = listening_socket();
		int taken;

		g_assert_true(
			handover_leave_listener("worker", fd, addresses[i]));
		g_assert_cmpint(handover_take_listener("admin", addresses[i]),
				==, -1);
		taken = handover_take_listener("worker", addresses[i]);
		g_assert_cmpint(taken, >, fd);
		g_assert_cmpint(fcntl(taken, F_GETFD), ==, FD_CLOEXEC);
		g_assert_null(g_getenv("CAPTIOND_LISTENER_WORKER"));
		/* Once. */
		g_assert_cmpint(handover_take_listener("worker", addresses[i]),
				==, -1);
		(void)close(taken);
		(void)close(fd);
	}
}

static void another_address_closes_it(void)
{
	int fd = listening_socket();
	int left;

	g_assert_true(handover_leave_listener("worker", fd, "unix:/a"));
	left = (int)g_ascii_strtoll(g_getenv("CAPTIOND_LISTENER_WORKER"), NULL,
				    10);
	g_assert_cmpint(handover_take_listener("worker", "unix:/ab"), ==, -1);
	g_assert_cmpint(fcntl(left, F_GETFD), ==, -1);
	(void)close(fd);
}

/* Whatever somebody has put there. */
static void nonsense_is_nothing(void)
{
	static const char *const values[] = {
		"",
		" ",
		"x unix:/a",
		"-1 unix:/a",
		"99999 unix:/a",
		"4294967296 unix:/a",
		"18446744073709551616 unix:/a",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		(void)g_setenv("CAPTIOND_LISTENER_WORKER", values[i], TRUE);
		(void)g_setenv("CAPTIOND_READY_FD", values[i], TRUE);
		g_assert_cmpint(handover_take_listener("worker", "unix:/a"), ==,
				-1);
		g_assert_cmpint(handover_take_ready_fd(), ==, -1);
	}
	g_assert_cmpint(handover_take_ready_fd(), ==, -1);
}

static void what_does_not_listen_is_no_listener(void)
{
	int ends[2];

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_true(handover_leave_listener("worker", ends[1], "unix:/a"));
	g_assert_cmpint(handover_take_listener("worker", "unix:/a"), ==, -1);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void readiness_is_told(void)
{
	char word = '\0';
	int ends[2], taken;

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_true(handover_leave_ready_fd(ends[1]));
	taken = handover_take_ready_fd();
	g_assert_cmpint(write(taken, "r", 1), ==, 1);
	g_assert_cmpint(read(ends[0], &word, 1), ==, 1);
	g_assert_cmpint(word, ==, 'r');
	(void)close(taken);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/handover/socket", a_socket_is_left_and_taken);
	g_test_add_func("/handover/address", another_address_closes_it);
	g_test_add_func("/handover/nonsense", nonsense_is_nothing);
	g_test_add_func("/handover/no-listener",
			what_does_not_listen_is_no_listener);
	g_test_add_func("/handover/ready", readiness_is_told);
	return g_test_run();
}
