/* master.h - starts what role.h's table lists, watches and replaces it.
 *
 * Parses no request, draws nothing, follows no pointer that a worker can
 * write, and calls no font code: Pango's threads would not survive the fork.
 */
#pragma once

#include "fcgi/settings.h"

/* Runs the pool until it is told to stop; settings is handed over, argc and argv
 * are what they were read from: HUP reads them again. The exit status is 0 after
 * a clean stop, 64 or 69 where an address can't be read or had, 73 where a log
 * can't be opened, else 70 and above where the pool could not be kept up. */
int master_run(struct settings *settings, int argc, char **argv);
