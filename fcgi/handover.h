/* handover.h - what a master leaves in the environment of its successor.
 *
 *     CAPTIOND_LISTENER_WORKER=7 unix:/run/captiond/captiond.sock
 *     CAPTIOND_READY_FD=9
 *
 * Listening sockets by role, with the address that they were opened for, and a
 * pipe to say on that the successor serves.
 */
#pragma once

#include <glib.h>

/* For a process that is about to exec: fd stays open over it. address NULL: the
 * socket came with the start. */
gboolean handover_leave_listener(const char *role, int fd, const char *address);
gboolean handover_leave_ready_fd(int fd);

/* What was left for role, if it is for this address and a listening socket;
 * else -1, and a socket for another address is closed. Close-on-exec; the
 * caller's. Children and programs do not see the variable any more. */
int handover_take_listener(const char *role, const char *address);

/* -1: nobody waits to be told. Likewise. */
int handover_take_ready_fd(void);
