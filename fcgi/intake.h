/* intake.h - from a connection to a request that libfcgi has read.
 *
 * A request is read whole before libfcgi sees it, within limits and within a
 * time: libfcgi itself waits for ever on a peer that sends a byte now and
 * then. It reads the request from a file in memory.
 */
#pragma once

#include <fcgiapp.h>
#include <glib.h>

#include "fcgi/records.h"

enum intake_end {
	INTAKE_REQUEST,	  /* it is in fcgx */
	INTAKE_CUT,	  /* the peer closed or aborted before the end */
	INTAKE_LATE,	  /* the end did not come in time */
	INTAKE_TOO_LARGE, /* over a limit on records */
	INTAKE_MALFORMED,
	INTAKE_FAILED, /* on our side; errno says why */
};

struct intake {
	FCGX_Request fcgx;
	struct records records;
	GByteArray *written;
	int memory_fd;
	int timeout_ms; /* for a request, from its first byte to its last */
};

/* FCGX_Init() must have been called. Fails where there are no descriptors or
 * no memory. */
gboolean intake_init(struct intake *intake, int timeout_ms, GError **error);
void intake_fini(struct intake *intake);

/* Reads one request from fd, a connected socket, which stays the caller's.
 * After INTAKE_REQUEST, and no other, intake_done() is due. */
enum intake_end intake_read(struct intake *intake, int fd);

/* Frees the request. libfcgi writes nothing. */
void intake_done(struct intake *intake);

/* "was cut short", for the log. */
const char *intake_end_text(enum intake_end end);
