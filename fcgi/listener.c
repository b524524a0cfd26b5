#include "config.h"

#include "fcgi/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	LISTEN_FDS_START = 3,
	LIVE_LOOKS = 5,
	LIVE_PAUSE_US = 200 * 1000,
};

G_DEFINE_QUARK(captiond_listener_error, listener_error)

static gboolean fail(GError **error, enum listener_error code, const char *name,
		     const char *cause)
{
	g_set_error(error, LISTENER_ERROR, (int)code,
		    "cannot listen on '%s': %s", name, cause);
	return FALSE;
}

static gboolean fail_address(GError **error, const char *address,
			     const char *expected)
{
	g_autofree char *cause = g_strconcat(expected, " expected", NULL);

	return fail(error, LISTENER_ERROR_ADDRESS, address, cause);
}

static gboolean fail_errno(GError **error, const char *name)
{
	return fail(error, LISTENER_ERROR_BIND, name, g_strerror(errno));
}

static gboolean set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* Whether somebody answers there: then the socket is not ours to replace. */
static gboolean is_live(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;
	gboolean is_refused;

	if (fd < 0)
		return TRUE;
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	is_refused = rc < 0 && (errno == ECONNREFUSED || errno == ENOENT);
	(void)close(fd);
	return !is_refused;
}

/* Where a master was killed, its workers are still ending when the next one
 * starts: their socket is looked at for a moment before it counts as live. */
static gboolean stays_live(const struct sockaddr_un *address)
{
	for (int i = 0; i < LIVE_LOOKS; i++) {
		if (!is_live(address))
			return FALSE;
		g_usleep(LIVE_PAUSE_US);
	}
	return is_live(address);
}

static gboolean clear_path(const struct sockaddr_un *address, GError **error)
{
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? TRUE
				       : fail_errno(error, address->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return fail(error, LISTENER_ERROR_BIND, address->sun_path,
			    "the file is there and is no socket");
	if (stays_live(address))
		return fail(error, LISTENER_ERROR_BIND, address->sun_path,
			    "another process listens there");
	if (unlink(address->sun_path) < 0)
		return fail_errno(error, address->sun_path);
	return TRUE;
}

static int bind_path(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old;
	int rc;

	if (fd < 0)
		return -1;
	old = umask(0117);
	rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	(void)umask(old);
	if (rc == 0 && listen(fd, LISTENER_BACKLOG) == 0)
		return fd;
	rc = errno;
	(void)close(fd);
	errno = rc;
	return -1;
}

static gboolean open_unix(struct listener *listener, const char *name,
			  GError **error)
{
	const char *path = name + strlen("unix:");
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return fail_address(error, name,
				    "unix: and a path of 1 to 107 bytes");
	(void)g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	if (!clear_path(&address, error))
		return FALSE;
	listener->fd = bind_path(&address);
	if (listener->fd < 0 || lstat(path, &listener->made) < 0)
		return fail_errno(error, path);
	listener->path = g_strdup(path);
	return TRUE;
}

static int bind_inet(const struct addrinfo *info)
{
	int fd = socket(info->ai_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, saved;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
	    listen(fd, LISTENER_BACKLOG) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

gboolean listener_split_host(const char *address, char **out_host,
			     char **out_port)
{
	const char *colon = strrchr(address, ':');
	gsize length;

	if (!colon || colon == address || !colon[1] ||
	    !g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, NULL,
					NULL))
		return FALSE;
	length = (gsize)(colon - address);
	if (address[0] == '[' && colon[-1] == ']')
		*out_host = g_strndup(address + 1, length - 2);
	else
		*out_host = g_strndup(address, length);
	*out_port = g_strdup(colon + 1);
	return TRUE;
}

static gboolean open_inet(struct listener *listener, const char *address,
			  GError **error)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *info = NULL;
	g_autofree char *host = NULL;
	g_autofree char *port = NULL;
	int rc;

	if (!listener_split_host(address, &host, &port))
		return fail_address(error, address, "unix:PATH or HOST:PORT");
	rc = getaddrinfo(host, port, &hints, &info);
	if (rc != 0)
		return fail(error, LISTENER_ERROR_ADDRESS, address,
			    gai_strerror(rc));
	listener->fd = bind_inet(info);
	freeaddrinfo(info);
	return listener->fd >= 0 ? TRUE : fail_errno(error, address);
}

gboolean listener_is_listening(int fd)
{
	int is_on = 0;
	socklen_t size = sizeof(is_on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_on, &size) == 0 &&
	       is_on;
}

static gboolean is_systemds(void)
{
	const char *pid = g_getenv("LISTEN_PID");
	const char *fds = g_getenv("LISTEN_FDS");

	return pid && fds && strcmp(fds, "1") == 0 &&
	       g_ascii_strtoull(pid, NULL, 10) == (guint64)getpid() &&
	       listener_is_listening(LISTEN_FDS_START);
}

static gboolean open_inherited(struct listener *listener, GError **error)
{
	int null;

	if (is_systemds()) {
		listener->fd = LISTEN_FDS_START;
		listener->name = g_strdup("LISTEN_FDS");
	} else if (listener_is_listening(STDIN_FILENO)) {
		listener->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		listener->name = g_strdup("descriptor 0");
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		/* systemd's StandardInput=socket makes standard output the
		 * socket too. */
		if (listener_is_listening(STDOUT_FILENO))
			(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDIN_FILENO);
		(void)close(null);
	} else {
		g_set_error(error, LISTENER_ERROR, LISTENER_ERROR_ADDRESS,
			    "nothing to listen on: neither --listen nor a "
			    "listening socket on descriptor 0 given");
		return FALSE;
	}
	(void)g_unsetenv("LISTEN_FDS");
	(void)g_unsetenv("LISTEN_PID");
	return TRUE;
}

gboolean listener_open(struct listener *listener, const char *address,
		       GError **error)
{
	gboolean is_open;

	*listener = (struct listener){.fd = -1};
	if (!address)
		is_open = open_inherited(listener, error);
	else if (g_str_has_prefix(address, "unix:"))
		is_open = open_unix(listener, address, error);
	else
		is_open = open_inet(listener, address, error);
	if (!is_open)
		return FALSE;
	listener->is_own = address != NULL;
	if (!listener->name)
		listener->name = g_strdup(address);
	if (!set_flags(listener->fd))
		return fail_errno(error, listener->name);
	return TRUE;
}

gboolean listener_give(struct listener *listener,
		       const struct privileges *privileges, GError **error)
{
	if (!privileges || !listener->path)
		return TRUE;
	if (privileges_give(privileges, listener->path) &&
	    lstat(listener->path, &listener->made) == 0)
		return TRUE;
	return fail_errno(error, listener->name);
}

gboolean listener_allow(struct listener *listener,
			const struct listener_access *access, GError **error)
{
	if (!listener->path)
		return TRUE;
	if (listener_access_set(access, listener->path) &&
	    lstat(listener->path, &listener->made) == 0)
		return TRUE;
	return fail_errno(error, listener->name);
}

static gboolean is_bound_to(int fd, const char *path)
{
	struct sockaddr_un address = {0};
	socklen_t size = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
	       address.sun_family == AF_UNIX &&
	       strncmp(address.sun_path, path, sizeof(address.sun_path)) == 0;
}

gboolean listener_adopt(struct listener *listener, int fd, const char *address,
			GError **error)
{
	*listener = (struct listener){
		.fd = fd,
		.is_own = address != NULL,
		.name = g_strdup(address ? address : "the predecessor's"),
	};
	/* A file that has been replaced meanwhile is somebody else's. */
	if (address && g_str_has_prefix(address, "unix:") &&
	    is_bound_to(fd, address + strlen("unix:")) &&
	    lstat(address + strlen("unix:"), &listener->made) == 0 &&
	    S_ISSOCK(listener->made.st_mode))
		listener->path = g_strdup(address + strlen("unix:"));
	return set_flags(fd) ? TRUE : fail_errno(error, listener->name);
}

void listener_disown(struct listener *listener)
{
	listener->is_own = FALSE;
	g_clear_pointer(&listener->path, g_free);
}

guint listener_backlog_most(void)
{
	g_autofree char *text = NULL;
	guint64 most;

	if (!g_file_get_contents("/proc/sys/net/core/somaxconn", &text, NULL,
				 NULL) ||
	    !g_ascii_string_to_unsigned(g_strchomp(text), 10, 0, G_MAXINT,
					&most, NULL))
		return LISTENER_BACKLOG;
	return MIN((guint)most, LISTENER_BACKLOG);
}

gboolean listener_is_own(const struct listener *listener)
{
	return listener->is_own;
}

/* The time too: an inode's number is used again at once. */
static gboolean is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void listener_unlink(struct listener *listener)
{
	struct stat st;

	if (listener->path && lstat(listener->path, &st) == 0 &&
	    is_same_file(&st, &listener->made))
		(void)unlink(listener->path);
	g_clear_pointer(&listener->path, g_free);
}

void listener_close(struct listener *listener)
{
	listener_unlink(listener);
	if (listener->fd >= 0)
		(void)close(listener->fd);
	listener->fd = -1;
	g_clear_pointer(&listener->name, g_free);
}
