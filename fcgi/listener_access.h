/* listener_access.h - who may connect to a unix socket.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#define LISTENER_ACCESS_ERROR (listener_access_error_quark())
GQuark listener_access_error_quark(void);
enum listener_access_error {
	LISTENER_ACCESS_ERROR_VALUE, /* names the setting, what was given and
					what is expected */
};

struct listener_access {
	gboolean has_mode;
	mode_t mode;
	uid_t uid; /* (uid_t)-1: as it is */
	gid_t gid; /* (gid_t)-1: as it is */
};

/* mode: octal digits, 0 to 777; owner, group: names. NULL: as it is. Errors:
 * LISTENER_ACCESS_ERROR_VALUE. */
gboolean listener_access_read(const char *mode, const char *owner,
			      const char *group, struct listener_access *out,
			      GError **error);

/* FALSE with errno; a link is refused (ELOOP), whatever it leads to. */
gboolean listener_access_set(const struct listener_access *access,
			     const char *path);
