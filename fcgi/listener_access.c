#include "config.h"

#include "fcgi/listener_access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(captiond_listener_access_error, listener_access_error)

enum { MODE_BASE = 8, MODE_MOST = 0777 };

static gboolean refuse(GError **error, const char *name, const char *value,
		       const char *expected)
{
	g_set_error(error, LISTENER_ACCESS_ERROR, LISTENER_ACCESS_ERROR_VALUE,
		    "%s: '%s' given, %s expected", name, value, expected);
	return FALSE;
}

static gboolean read_mode(const char *text, struct listener_access *access,
			  GError **error)
{
	guint64 mode;

	if (!text)
		return TRUE;
	if (!g_ascii_string_to_unsigned(text, MODE_BASE, 0, MODE_MOST, &mode,
					NULL))
		return refuse(error, "listen-mode", text,
			      "octal digits from 0 to 777");
	access->has_mode = TRUE;
	access->mode = (mode_t)mode;
	return TRUE;
}

static gboolean read_owner(const char *name, struct listener_access *access,
			   GError **error)
{
	const struct passwd *user = name ? getpwnam(name) : NULL;

	if (name && !user)
		return refuse(error, "listen-owner", name, "a user's name");
	if (user)
		access->uid = user->pw_uid;
	return TRUE;
}

static gboolean read_group(const char *name, struct listener_access *access,
			   GError **error)
{
	const struct group *group = name ? getgrnam(name) : NULL;

	if (name && !group)
		return refuse(error, "listen-group", name, "a group's name");
	if (group)
		access->gid = group->gr_gid;
	return TRUE;
}

gboolean listener_access_read(const char *mode, const char *owner,
			      const char *group, struct listener_access *out,
			      GError **error)
{
	struct listener_access access = {.uid = (uid_t)-1, .gid = (gid_t)-1};

	if (!read_mode(mode, &access, error) ||
	    !read_owner(owner, &access, error) ||
	    !read_group(group, &access, error))
		return FALSE;
	*out = access;
	return TRUE;
}

/* The owner first: a change of owner may take bits of the mode away. chmod()
 * knows a descriptor that only names a file by this path alone. */
static gboolean set_open(const struct listener_access *access, int fd)
{
	g_autofree char *name = g_strdup_printf("/proc/self/fd/%d", fd);

	if ((access->uid != (uid_t)-1 || access->gid != (gid_t)-1) &&
	    fchownat(fd, "", access->uid, access->gid, AT_EMPTY_PATH) < 0)
		return FALSE;
	return !access->has_mode || chmod(name, access->mode) == 0;
}

static gboolean is_link(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || S_ISLNK(st.st_mode);
}

/* The folder may belong to who serves, and root must not be led from there to
 * another file by a link. */
gboolean listener_access_set(const struct listener_access *access,
			     const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), cause = ELOOP;
	gboolean is_set;

	if (fd < 0)
		return FALSE;
	is_set = !is_link(fd);
	if (is_set) {
		is_set = set_open(access, fd);
		cause = errno;
	}
	(void)close(fd);
	errno = cause;
	return is_set;
}
