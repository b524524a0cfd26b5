/* worker_serve.h - a worker's one connection: its request, the answer, its end.
 *
 * Apart from the loop that accepts, so that a test can hand it a connection.
 */
#pragma once

#include "fcgi/intake.h"
#include "fcgi/service.h"

/* Serves one request on fd, a connected socket that blocks, and closes it. The
 * slot's state, deadline, request and counters are kept meanwhile. */
void worker_serve(struct service *service, struct intake *intake, int fd);

/* Accounts for a connection that was closed since it said nothing. */
void worker_unheard(struct service *service);
