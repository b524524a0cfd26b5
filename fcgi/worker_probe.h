/* worker_probe.h - a caption that nobody asked for, to see whether one can be
 * drawn.
 *
 * Readiness is a real caption by a real worker. While clients ask for some,
 * they are the proof; else the admin process asks through the scoreboard, and
 * the first worker that is free draws one. So there is nothing to connect to,
 * and no key or template to be configured for it.
 */
#pragma once

#include "fcgi/service.h"

/* Draws one where one is wanted and no other worker has begun to. To be called
 * between requests. */
void worker_probe(struct service *service);
