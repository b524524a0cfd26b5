#include "config.h"

#include "fcgi/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* FALSE: there is nobody to tell. */
static gboolean find_manager(struct sockaddr_un *out, socklen_t *out_size)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	gsize length = path ? strlen(path) : 0;

	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	if (length < 2 || length >= sizeof(out->sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return FALSE;
	memcpy(out->sun_path, path, length);
	/* An abstract name has no end but the address's own. */
	if (path[0] == '@')
		out->sun_path[0] = '\0';
	*out_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length + (path[0] == '/'));
	return TRUE;
}

static gboolean send_text(const char *text)
{
	struct sockaddr_un manager;
	socklen_t size;
	ssize_t n;
	int fd;

	if (!find_manager(&manager, &size))
		return FALSE;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return FALSE;
	n = sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&manager, size);
	(void)close(fd);
	return n == (ssize_t)strlen(text);
}

gboolean notify_state(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	return send_text(text);
}

gboolean notify_reloading(void)
{
	return notify_state("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
			    g_get_monotonic_time());
}

static gboolean read_number(const char *name, guint64 most, guint64 *out)
{
	const char *text = g_getenv(name);

	return text && g_ascii_string_to_unsigned(text, 10, 1, most, out, NULL);
}

gint64 notify_watchdog_us(void)
{
	guint64 allowed_us, pid;

	if (!read_number("WATCHDOG_USEC", G_MAXINT64, &allowed_us))
		return 0;
	if (g_getenv("WATCHDOG_PID") &&
	    (!read_number("WATCHDOG_PID", G_MAXINT32, &pid) ||
	     (pid_t)pid != getpid()))
		return 0;
	return (gint64)MAX(allowed_us / 2, 1);
}
