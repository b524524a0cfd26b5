/* master.h - starts the packer and the workers, watches and replaces them.
 *
 * Parses no request, draws nothing, follows no pointer that a worker can
 * write, and calls no font code: Pango's threads would not survive the fork.
 */
#pragma once

#include "fcgi/settings.h"
#include "fcgi/listener.h"

/* Runs the pool until it is told to stop. Returns the exit status: 0 after a
 * clean stop, 70 where the pool could not be kept up. */
int master_run(const struct settings *settings, struct listener *listener);
