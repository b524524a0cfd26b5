/* worker.h - one worker: accepts, renders, answers; one request at a time. */
#pragma once

#include "fcgi/role.h"

/* The exit status of a worker that would fail again. EX_CONFIG. */
enum { WORKER_EXIT_SETUP = 78 };

/* Runs in a child of the master until it is told to leave, and returns its
 * exit status; the caller leaves with _exit. TERM: once the request at work is
 * answered. QUIT: once the queue is, too. */
int worker_run(const struct role_start *start);
