#include "config.h"

#include "fcgi/intake.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 300 };

static const guint8 head[] = {1, 1, 0,	 1,   0, 8, 0, 0, 0, 1, 0, 0,
			      0, 0, 0,	 0,   1, 4, 0, 1, 0, 4, 0, 0,
			      1, 1, 'A', 'b', 1, 4, 0, 1, 0, 0, 0, 0};
static const guint8 tail[] = {1,   5,	0, 1, 0, 4, 0, 0, 'b', 'o',
			      'd', 'y', 1, 5, 0, 1, 0, 0, 0,   0};

struct pair {
	struct intake intake;
	int near, far;
};

static void pair_init(struct pair *pair)
{
	GError *error = NULL;
	int fds[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
			==, 0);
	pair->near = fds[0];
	pair->far = fds[1];
	g_assert_true(intake_init(&pair->intake, TIMEOUT_MS, &error));
	g_assert_no_error(error);
}

static void pair_fini(struct pair *pair)
{
	intake_fini(&pair->intake);
	(void)close(pair->near);
	if (pair->far >= 0)
		(void)close(pair->far);
}

static void send_bytes(int fd, const guint8 *bytes, gsize size)
{
	g_assert_cmpint(send(fd, bytes, size, MSG_NOSIGNAL), ==, (gssize)size);
}

static void assert_read(struct pair *pair)
{
	FCGX_Request *fcgx = &pair->intake.fcgx;
	char body[16] = "";

	g_assert_cmpint(intake_read(&pair->intake, pair->near), ==,
			INTAKE_REQUEST);
	g_assert_cmpint(fcgx->requestId, ==, 1);
	g_assert_cmpstr(FCGX_GetParam("A", fcgx->envp), ==, "b");
	g_assert_null(FCGX_GetParam("B", fcgx->envp));
	g_assert_cmpint(FCGX_GetStr(body, sizeof(body), fcgx->in), ==, 4);
	g_assert_cmpmem(body, 4, "body", 4);
	g_assert_cmpint(FCGX_GetError(fcgx->in), ==, 0);
	intake_done(&pair->intake);
}

/* One after the other, and nothing written to the peer. */
static void test_requests(void)
{
	struct pair pair;
	char byte;

	pair_init(&pair);
	for (int i = 0; i < 3; i++) {
		send_bytes(pair.far, head, sizeof(head));
		send_bytes(pair.far, tail, sizeof(tail));
		assert_read(&pair);
	}
	g_assert_cmpint(recv(pair.far, &byte, 1, MSG_DONTWAIT), ==, -1);
	pair_fini(&pair);
}

static void test_cut(void)
{
	for (gsize size = 0; size < sizeof(head); size++) {
		struct pair pair;

		pair_init(&pair);
		if (size > 0)
			send_bytes(pair.far, head, size);
		(void)close(pair.far);
		pair.far = -1;
		g_assert_cmpint(intake_read(&pair.intake, pair.near), ==,
				INTAKE_CUT);
		pair_fini(&pair);
	}
}

static void test_malformed(void)
{
	struct pair pair;

	pair_init(&pair);
	send_bytes(pair.far, (const guint8 *)"GET / HTTP/1.1\r\n\r\n", 18);
	g_assert_cmpint(intake_read(&pair.intake, pair.near), ==,
			INTAKE_MALFORMED);
	pair_fini(&pair);
}

/* A byte now and then is not an end: the time is the whole request's. */
static void *drip(void *data)
{
	int fd = GPOINTER_TO_INT(data);

	for (gsize i = 0; i < sizeof(head); i++) {
		if (send(fd, head + i, 1, MSG_NOSIGNAL) != 1)
			break;
		g_usleep(TIMEOUT_MS * 1000 / 4);
	}
	return NULL;
}

static void test_late(void)
{
	struct pair pair;
	GThread *thread;
	gint64 started_us = g_get_monotonic_time();

	pair_init(&pair);
	thread = g_thread_new("drip", drip, GINT_TO_POINTER(pair.far));
	g_assert_cmpint(intake_read(&pair.intake, pair.near), ==, INTAKE_LATE);
	g_assert_cmpint(g_get_monotonic_time() - started_us, >=,
			TIMEOUT_MS * 1000);
	(void)shutdown(pair.near, SHUT_RDWR);
	g_thread_join(thread);
	pair_fini(&pair);
}

static void test_texts(void)
{
	for (int end = INTAKE_REQUEST; end <= INTAKE_FAILED; end++)
		g_assert_cmpstr(intake_end_text(end), !=, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(FCGX_Init(), ==, 0);
	g_test_add_func("/intake/requests", test_requests);
	g_test_add_func("/intake/cut", test_cut);
	g_test_add_func("/intake/malformed", test_malformed);
	g_test_add_func("/intake/late", test_late);
	g_test_add_func("/intake/texts", test_texts);
	return g_test_run();
}
