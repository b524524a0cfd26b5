#include "config.h"

#include "fcgi/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* Whether a link is one that root may follow: its own, and not one that who
 * owns the folder has put there to have root write elsewhere. */
static gboolean is_good_link(const char *path)
{
	struct stat st;

	return geteuid() != 0 || (lstat(path, &st) == 0 && st.st_uid == 0);
}

static int open_file(const char *path, GError **error)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags | O_NOFOLLOW, 0640);

	if (fd < 0 && errno == ELOOP) {
		if (is_good_link(path))
			fd = open(path, flags, 0640);
		else
			errno = ELOOP;
	}
	if (fd < 0)
		g_set_error(error, G_FILE_ERROR,
			    (int)g_file_error_from_errno(errno),
			    "cannot open the log '%s': %s", path,
			    g_strerror(errno));
	return fd;
}

static int open_syslog(const char *path, GError **error)
{
	struct sockaddr_un address;
	int fd = -1;

	if (strlen(path) < sizeof(address.sun_path))
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
			    "cannot log to '%s'", path);
	/* Lines have a local time, and a sandboxed process finds no zone. */
	tzset();
	return fd;
}

gboolean log_sink_open(struct log_sink *sink, const char *target,
		       GError **error)
{
	*sink = (struct log_sink){.kind = LOG_SINK_OFF, .fd = -1};
	if (strcmp(target, "off") == 0)
		return TRUE;
	if (strcmp(target, "stderr") == 0) {
		sink->kind = LOG_SINK_STDERR;
		return TRUE;
	}
	if (strcmp(target, "syslog") == 0)
		target = "syslog:" _PATH_LOG;
	if (g_str_has_prefix(target, "syslog:")) {
		sink->path = g_strdup(target + strlen("syslog:"));
		sink->fd = open_syslog(sink->path, error);
		sink->kind = LOG_SINK_SYSLOG;
	} else {
		sink->path = g_strdup(target);
		sink->fd = open_file(target, error);
		sink->kind = LOG_SINK_FILE;
	}
	if (sink->fd < 0)
		log_sink_close(sink);
	return sink->kind != LOG_SINK_OFF;
}

gboolean log_sink_reopen(struct log_sink *sink, GError **error)
{
	int fd;

	if (sink->kind != LOG_SINK_FILE)
		return TRUE;
	fd = open_file(sink->path, error);
	if (fd < 0)
		return FALSE;
	(void)close(sink->fd);
	sink->fd = fd;
	return TRUE;
}

void log_sink_close(struct log_sink *sink)
{
	if (sink->fd >= 0)
		(void)close(sink->fd);
	g_free(sink->path);
	*sink = (struct log_sink){.kind = LOG_SINK_OFF, .fd = -1};
}

static gboolean write_all(int fd, const char *line, gsize size)
{
	while (size > 0) {
		ssize_t n = write(fd, line, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		line += n;
		size -= (gsize)n;
	}
	return TRUE;
}

/* RFC 3164, as syslog(3) writes it. Not by syslog(3): it would connect anew
 * where that failed, which a sandbox kills a process for. Addressed each time,
 * so that a syslogd that was restarted is found. */
static gboolean send_syslog(const struct log_sink *sink, int priority,
			    const char *line, gsize size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char head[80], stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	struct iovec pieces[] = {{head, 0}, {(void *)line, size}};
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = pieces,
		.msg_iovlen = G_N_ELEMENTS(pieces),
	};

	(void)g_strlcpy(address.sun_path, sink->path, sizeof(address.sun_path));
	(void)localtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	pieces[0].iov_len = (gsize)g_snprintf(
		head, sizeof(head),
		"<%d>%s captiond[%d]: ", LOG_DAEMON | (priority & LOG_PRIMASK),
		stamp, (int)getpid());
	if (size > 0 && line[size - 1] == '\n')
		pieces[1].iov_len--;
	return sendmsg(sink->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static gboolean put(const struct log_sink *sink, int priority, const char *line,
		    gsize size)
{
	switch (sink->kind) {
	case LOG_SINK_OFF:
		return TRUE;
	case LOG_SINK_STDERR:
		return write_all(STDERR_FILENO, line, size);
	case LOG_SINK_SYSLOG:
		return send_syslog(sink, priority, line, size);
	case LOG_SINK_FILE:
		return write_all(sink->fd, line, size);
	}
	return FALSE;
}

static void tell_lost(struct log_sink *sink)
{
	char line[64];
	int size = g_snprintf(line, sizeof(line),
			      "%u lines could not be written\n", sink->lost);

	if (put(sink, LOG_WARNING, line, (gsize)size))
		sink->lost = 0;
}

void log_sink_write(struct log_sink *sink, int priority, const char *line,
		    gsize size)
{
	if (!put(sink, priority, line, size))
		sink->lost++;
	else if (sink->lost > 0)
		tell_lost(sink);
}
