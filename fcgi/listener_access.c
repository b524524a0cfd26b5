#include "config.h"

#include "fcgi/listener_access.h"

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

/* The owner first: a change of owner may take bits of the mode away. */
gboolean listener_access_set(const struct listener_access *access,
			     const char *path)
{
	if ((access->uid != (uid_t)-1 || access->gid != (gid_t)-1) &&
	    lchown(path, access->uid, access->gid) < 0)
		return FALSE;
	return !access->has_mode || chmod(path, access->mode) == 0;
}
