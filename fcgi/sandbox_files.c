#include "config.h"

#include "fcgi/sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h, as of its version 6: the header of the machine that builds
 * may be older than the kernel of the machine that runs. */
enum {
	RULE_PATH_BENEATH = 1,
	CREATE_RULESET_VERSION = 1,

	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_REFER = 1 << 13,	/* since 2 */
	FS_TRUNCATE = 1 << 14,	/* since 3 */
	FS_IOCTL_DEV = 1 << 15, /* since 5 */
	FS_ALL_1 = (1 << 13) - 1,

	NET_BIND_TCP = 1 << 0,	  /* since 4 */
	NET_CONNECT_TCP = 1 << 1, /* since 4 */

	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, /* since 6 */
	SCOPE_SIGNAL = 1 << 1,		     /* since 6 */
};

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

struct ruleset_attr {
	guint64 handled_access_fs, handled_access_net, scoped;
};

struct path_beneath_attr {
	guint64 allowed_access;
	gint32 parent_fd;
} __attribute__((packed));

/* Rights on a file; the others are rights on what a folder holds. */
static const guint64 on_files =
	FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;

static const guint64 to_read = FS_READ_FILE | FS_READ_DIR;
static const guint64 to_write = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE |
				FS_REMOVE_FILE | FS_REMOVE_DIR | FS_MAKE_REG |
				FS_MAKE_DIR | FS_REFER | FS_TRUNCATE;

int sandbox_files_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   CREATE_RULESET_VERSION);

	/* Absent, switched off at boot, or forbidden by a container. */
	return abi > 0 ? (int)abi : 0;
}

/* What the kernel of this version can refuse. */
static struct ruleset_attr handled_by(int abi, enum sandbox_role role)
{
	struct ruleset_attr attr = {.handled_access_fs = FS_ALL_1};

	if (abi >= 2)
		attr.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= FS_TRUNCATE;
	if (abi >= 4)
		attr.handled_access_net =
			role == SANDBOX_FETCHER
				? NET_BIND_TCP
				: NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		attr.handled_access_fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		attr.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return attr;
}

/* The kernel takes the structure's length for its version. */
static int create_ruleset(int abi, const struct ruleset_attr *attr)
{
	gsize size = abi >= 6	? sizeof(*attr)
		     : abi >= 4 ? G_STRUCT_OFFSET(struct ruleset_attr, scoped)
				: G_STRUCT_OFFSET(struct ruleset_attr,
						  handled_access_net);

	return (int)syscall(SYS_landlock_create_ruleset, attr, size, 0);
}

static gboolean add_open(int ruleset, int fd, guint64 access)
{
	struct path_beneath_attr rule = {access, fd};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return FALSE;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= on_files;
	return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule,
		       0) == 0;
}

/* What is not there or can't be reached needs no leave to be opened. */
static gboolean add_path(int ruleset, const char *path, guint64 access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	gboolean is_added;
	int cause;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	is_added = add_open(ruleset, fd, access);
	cause = errno;
	(void)close(fd);
	errno = cause;
	return is_added;
}

static gboolean add_paths(int ruleset, const char *const *paths, guint64 access,
			  GError **error)
{
	for (gsize i = 0; paths && paths[i]; i++) {
		if (add_path(ruleset, paths[i], access))
			continue;
		g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_SETUP,
			    "Landlock does not take '%s': %s", paths[i],
			    g_strerror(errno));
		return FALSE;
	}
	return TRUE;
}

static gboolean restrict_with(int ruleset, guint64 handled,
			      const struct sandbox_paths *paths, GError **error)
{
	if (!add_paths(ruleset, paths->read, to_read & handled, error) ||
	    !add_paths(ruleset, paths->write, to_write & handled, error))
		return FALSE;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		return TRUE;
	g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_SETUP,
		    "cannot enter Landlock: %s", g_strerror(errno));
	return FALSE;
}

gboolean sandbox_files_restrict(enum sandbox_role role,
				const struct sandbox_paths *paths,
				GError **error)
{
	int abi = sandbox_files_abi();
	struct ruleset_attr attr = handled_by(abi, role);
	gboolean is_restricted;
	int ruleset;

	if (abi == 0)
		return TRUE;
	ruleset = create_ruleset(abi, &attr);
	if (ruleset < 0) {
		g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_SETUP,
			    "cannot make a Landlock ruleset: %s",
			    g_strerror(errno));
		return FALSE;
	}
	is_restricted =
		restrict_with(ruleset, attr.handled_access_fs, paths, error);
	(void)close(ruleset);
	return is_restricted;
}
