#include "config.h"

#include "fcgi/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/listener.h"

enum { FIRST_FD = 10 };

#define READY_NAME "CAPTIOND_READY_FD"

static char *listener_name(const char *role)
{
	g_autofree char *upper = g_ascii_strup(role, -1);

	return g_strconcat("CAPTIOND_LISTENER_", upper, NULL);
}

/* A copy, without close-on-exec. */
static gboolean leave(const char *name, int fd, const char *more)
{
	int left = fcntl(fd, F_DUPFD, FIRST_FD);
	g_autofree char *value = g_strdup_printf("%d%s", left, more);

	return left >= 0 && g_setenv(name, value, TRUE);
}

gboolean handover_leave_listener(const char *role, int fd, const char *address)
{
	g_autofree char *name = listener_name(role);
	g_autofree char *more = g_strconcat(" ", address ? address : "", NULL);

	return leave(name, fd, more);
}

gboolean handover_leave_ready_fd(int fd)
{
	return leave(READY_NAME, fd, "");
}

/* The descriptor at the value's beginning; -1: none that is open. */
static int read_fd(const char *value, const char **out_rest)
{
	char *end;
	guint64 fd = g_ascii_strtoull(value, &end, 10);

	*out_rest = end;
	if (end == value || fd > G_MAXINT ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	return (int)fd;
}

int handover_take_listener(const char *role, const char *address)
{
	g_autofree char *name = listener_name(role);
	g_autofree char *value = g_strdup(g_getenv(name));
	const char *rest;
	int fd = value ? read_fd(value, &rest) : -1;

	g_unsetenv(name);
	if (fd < 0 || !listener_is_listening(fd))
		return -1;
	if (*rest == ' ' && g_str_equal(rest + 1, address ? address : ""))
		return fd;
	(void)close(fd);
	return -1;
}

int handover_take_ready_fd(void)
{
	g_autofree char *value = g_strdup(g_getenv(READY_NAME));
	const char *rest;
	int fd = value ? read_fd(value, &rest) : -1;

	g_unsetenv(READY_NAME);
	return fd;
}
