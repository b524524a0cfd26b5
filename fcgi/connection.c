#include "config.h"

#include "fcgi/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	MUTE_MS = 500,
};

static volatile sig_atomic_t leave_flag, drain_flag;

static void on_leave(int number)
{
	if (number == SIGQUIT)
		drain_flag = 1;
	leave_flag = 1;
}

/* epoll_pwait() lets no signal in while there is a connection to report: in a
 * queue that never empties a TERM would only ever be pending. */
enum acceptor_order acceptor_order(void)
{
	sigset_t pending;

	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	if (drain_flag || sigismember(&pending, SIGQUIT) == 1)
		return ACCEPTOR_DRAIN;
	if (leave_flag || sigismember(&pending, SIGTERM) == 1)
		return ACCEPTOR_LEAVE;
	return ACCEPTOR_STAY;
}

static void set_signals(void)
{
	struct sigaction action = {.sa_handler = on_leave};
	sigset_t leave;

	(void)sigemptyset(&leave);
	(void)sigaddset(&leave, SIGTERM);
	(void)sigaddset(&leave, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &leave, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGQUIT, &action, NULL);
	/* A terminal's Ctrl-C reaches everybody; the master decides. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}

gboolean acceptor_init(struct acceptor *acceptor, int listener_fd,
		       int io_timeout_ms)
{
	/* EPOLLEXCLUSIVE: a connection wakes one worker, not all. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

	set_signals();
	acceptor->listener_fd = listener_fd;
	acceptor->io_timeout_ms = io_timeout_ms;
	acceptor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return acceptor->epoll_fd >= 0 &&
	       epoll_ctl(acceptor->epoll_fd, EPOLL_CTL_ADD, listener_fd,
			 &event) == 0;
}

void acceptor_fini(struct acceptor *acceptor)
{
	if (acceptor->epoll_fd >= 0)
		(void)close(acceptor->epoll_fd);
}

static void set_timeouts(int fd, int timeout_ms)
{
	const struct timeval timeout = {.tv_sec = timeout_ms / 1000,
					.tv_usec = timeout_ms % 1000 * 1000L};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			 sizeof(timeout));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
			 sizeof(timeout));
}

static gboolean says_something(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, MUTE_MS) > 0;
}

enum acceptor_event acceptor_wait(const struct acceptor *acceptor,
				  int timeout_ms, int *out_fd)
{
	struct epoll_event event;
	sigset_t none;
	int fd;

	(void)sigemptyset(&none);
	/* Whatever ended the wait, the queue is looked at: EPOLLEXCLUSIVE tells
	 * one worker, which may have died or been stopped before it accepted. */
	(void)epoll_pwait(acceptor->epoll_fd, &event, 1, timeout_ms, &none);
	fd = accept4(acceptor->listener_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return errno == EAGAIN || errno == EINTR ||
				       errno == ECONNABORTED
			       ? ACCEPTOR_NOTHING
			       : ACCEPTOR_FAILED;
	set_timeouts(fd, acceptor->io_timeout_ms);
	if (!says_something(fd)) {
		(void)close(fd);
		return ACCEPTOR_MUTE;
	}
	*out_fd = fd;
	return ACCEPTOR_CONNECTION;
}

guint acceptor_queue_length(const struct acceptor *acceptor)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (getsockopt(acceptor->listener_fd, IPPROTO_TCP, TCP_INFO, &info,
		       &size) < 0)
		return G_MAXUINT;
	return info.tcpi_unacked; /* of a listening socket: its queue */
}

gboolean connection_is_gone(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}
