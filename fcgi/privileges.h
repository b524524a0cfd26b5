/* privileges.h - whose rights a process has, and how much it may use up.
 *
 * The master stays who started it. As root it can then do on HUP and USR2 what
 * it did at the start: bind a port under 1024, read a key that root alone may
 * read, open a log; and no worker can signal or trace it. It reads nothing
 * that a client sent. Everybody else drops to `user` and `group` for good,
 * before the first byte from outside.
 */
#pragma once

#include <glib.h>

#define PRIVILEGES_ERROR (privileges_error_quark())
GQuark privileges_error_quark(void);
enum privileges_error {
	PRIVILEGES_ERROR_NAME, /* names the setting, what was given and what is
				  allowed */
	PRIVILEGES_ERROR_DROP, /* the process is not to go on */
};

/* Whom to become: looked up once, since a directory service may be away when a
 * worker is to be replaced. */
struct privileges;

/* group NULL: the user's. user NULL: stay who it is, and NULL without an error
 * is returned. Errors: PRIVILEGES_ERROR_NAME. */
struct privileges *privileges_find(const char *user, const char *group,
				   GError **error);
void privileges_free(struct privileges *privileges);

/* Becomes the user, in a forked child, and checks that there is no way back;
 * the parent's death stays the end of it. NULL: nothing to do. Errors:
 * PRIVILEGES_ERROR_DROP. */
gboolean privileges_drop(const struct privileges *privileges, GError **error);

/* A file or socket that root made belongs to the user and the group from now
 * on. NULL: nothing to do. FALSE with errno. */
gboolean privileges_give(const struct privileges *privileges, const char *path);

/* Whether the user could read a file as it is now. NULL: whoever this is. */
gboolean privileges_can_read(const struct privileges *privileges,
			     const char *path);

/* No set-user-ID program helps this process or its children; nobody without
 * root's rights can trace it or read its memory; it leaves no core. */
void privileges_harden(void);

/* At most so many open files, and so much memory of its own: not address
 * space, which counts the packs too, and there may be many. 0: as it is. */
void privileges_limit(guint files, guint own_memory_mib);
