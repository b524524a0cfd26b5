#include "config.h"

#include "fcgi/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fcgi/sandbox_parts.h"

G_DEFINE_QUARK(captiond_sandbox_error, sandbox_error)

int sandbox_leave(gboolean is_sandboxed, int status)
{
#ifdef WITH_SANITIZERS
	if (is_sandboxed)
		_exit(status);
#else
	(void)is_sandboxed;
#endif
	return status;
}

#ifdef SANDBOX_ACTION

gboolean sandbox_enter(enum sandbox_role role,
		       const struct sandbox_paths *paths, GError **error)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_SETUP,
			    "cannot give up new privileges: %s",
			    g_strerror(errno));
		return FALSE;
	}
	/* Files first: opening them to name them is a call too. */
	return sandbox_files_restrict(role, paths, error) &&
	       sandbox_calls_restrict(role, error);
}

/* What each version of Landlock lacks yet. */
static const char *lacks_in(int abi)
{
	if (abi < 3)
		return "; truncation, ports and signals unguarded";
	if (abi < 4)
		return "; ports and signals unguarded";
	return abi < 6 ? "; signals unguarded" : "";
}

char *sandbox_describe(gboolean *out_is_whole)
{
	int abi = sandbox_files_abi();
	gboolean has_calls = sandbox_calls_are_there();
	g_autofree char *files =
		abi > 0 ? g_strdup_printf("Landlock %d%s", abi, lacks_in(abi))
			: g_strdup("no Landlock in this kernel");

	*out_is_whole = has_calls && abi >= 6;
	if (!has_calls)
		return g_strdup_printf("no seccomp in this kernel, %s", files);
	return g_strdup_printf("seccomp (%s), %s", sandbox_calls_action(),
			       files);
}

#else

gboolean sandbox_enter(enum sandbox_role role,
		       const struct sandbox_paths *paths, GError **error)
{
	(void)role, (void)paths, (void)error;
	return TRUE;
}

char *sandbox_describe(gboolean *out_is_whole)
{
	*out_is_whole = FALSE;
	return g_strdup("it was built without");
}

#endif
