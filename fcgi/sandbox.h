/* sandbox.h - what a process of each role may still ask of the kernel.
 *
 * Landlock says which files it may open, and that it may neither open a port
 * nor signal a process outside; seccomp says which system calls it may make.
 * Both last for the process's life and its children's, and can only be made
 * tighter. What is open already stays usable: a log, a listener, the
 * scoreboard, a netlink socket are to be opened before.
 *
 * A call that is not on a role's list kills the process, or fails with EPERM,
 * as it was built (configure --with-sandbox=kill|errno). A file that is not on
 * its list is EACCES in both.
 */
#pragma once

#include <glib.h>

#define SANDBOX_ERROR (sandbox_error_quark())
GQuark sandbox_error_quark(void);
enum sandbox_error {
	SANDBOX_ERROR_SETUP, /* the kernel has it, and refused it */
};

enum sandbox_role {
	/* Accepts connections, reads files, makes threads. */
	SANDBOX_WORKER,
	/* Watches folders, writes, forks, and kills what it forked. */
	SANDBOX_PACKER,
	/* Writes to the descriptors it has alone; no folder, no process. */
	SANDBOX_DECODER,
	/* Accepts connections, reads files; no threads. */
	SANDBOX_ADMIN,
	/* Connects to whom it likes, resolves names, makes threads, writes.
	 * It listens nowhere. What loads modules (NSS, TLS) does so before. */
	SANDBOX_FETCHER,
	SANDBOX_ROLES
};

/* Files and folders, each with all below it; NULL-terminated, NULL for none. A
 * path that is not there is left out. A folder is what it is at this moment:
 * another one that takes its path later is none of them. */
struct sandbox_paths {
	const char *const *read;
	const char *const *write; /* read, make, replace, remove */
};

/* Enters it, for good; with no_new_privs. The process has one thread yet. What
 * the kernel lacks is left out: see sandbox_describe(). Errors: SANDBOX_ERROR,
 * and the process is then not to go on. */
gboolean sandbox_enter(enum sandbox_role role,
		       const struct sandbox_paths *paths, GError **error);

/* At the end of main(): passes status on. But a sandboxed process that is built
 * with LeakSanitizer ends here: that one would stop it from outside, which no
 * sandbox lets it. */
int sandbox_leave(gboolean is_sandboxed, int status);

/* What of it there is on this machine, for the log; the caller frees it. */
char *sandbox_describe(gboolean *out_is_whole);
