/* admin.h - the process that tells how the pool does.
 *
 * On a listener of its own, and for operators alone: /healthz, /readyz,
 * /status, /metrics. It reads the scoreboard and can do nothing else.
 */
#pragma once

#include "fcgi/role.h"

gboolean admin_is_wanted(const struct settings *settings);
const char *admin_address(const struct settings *settings);

/* Runs in a child of the master until TERM; returns its exit status. */
int admin_run(const struct role_start *start);
