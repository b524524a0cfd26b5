/* fatal_signal.h - whether a worker died of itself or was shot.
 *
 * The master sees the number alone: SIGSEGV of a bad pointer and SIGSEGV from
 * `kill` look the same. Only the first speaks against the request at work.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

/* From now on the process id of who sends a deadly signal is stored in
 * out_sender (memory that outlives the process) before the signal has its usual
 * effect. One of our own making leaves it as it is. */
void fatal_signal_watch(_Atomic gint32 *out_sender);
