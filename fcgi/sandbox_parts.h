/* sandbox_parts.h - the sandbox's two halves, for sandbox.c alone. */
#pragma once

#include "fcgi/sandbox.h"

/* The version of Landlock that the kernel offers; 0: none. */
int sandbox_files_abi(void);
/* As much of Landlock as there is. Errors: SANDBOX_ERROR. */
gboolean sandbox_files_restrict(enum sandbox_role role,
				const struct sandbox_paths *paths,
				GError **error);

/* Whether the kernel filters system calls. */
gboolean sandbox_calls_are_there(void);
/* What befalls a process that makes another call: "kill" or "errno". */
const char *sandbox_calls_action(void);
/* The role's list of calls. Errors: SANDBOX_ERROR. */
gboolean sandbox_calls_restrict(enum sandbox_role role, GError **error);
