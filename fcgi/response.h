/* response.h - one HTTP answer, and its way out as FastCGI records. */
#pragma once

#include <glib.h>

#include "render/chain.h"

struct response {
	int status;
	GString *headers; /* lines with \r\n, without Status */
	struct chain *body;
	gboolean is_head; /* Content-Length is the body's, which stays */
};

void response_init(struct response *response);
void response_fini(struct response *response);

/* Back to an empty answer, for an error in place of what was begun. */
void response_reset(struct response *response);

/* value must hold no control bytes (asserted: ours to ensure). */
void response_header(struct response *response, const char *name,
		     const char *value);

/* Takes the text over as the body. */
void response_text(struct response *response, const char *content_type,
		   char *text);

/* The reason phrase of RFC 9110 for a status that we send. */
const char *response_reason(int status);

/* Writes the whole answer to a FastCGI connection as STDOUT records, the end
 * of the stream and END_REQUEST, in as few writev calls as the kernel takes
 * (FastCGI 1.0, 3.3, 5.3, 5.5). Blocks until deadline_us, monotonic; 0: for ever.
 * FALSE: the peer has gone or has not read all of it by then. */
gboolean response_write(const struct response *response, int fd,
			guint16 request_id, gint64 deadline_us,
			gsize *out_bytes);
