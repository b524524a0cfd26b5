/* admin_http.h - reads the little of HTTP/1 that the admin listener answers.
 *
 * Pure: bytes in, a request or a refusal out (RFC 9112). GET and HEAD without
 * a body and nothing else; whatever is doubtful is refused, and the connection
 * closed, so that no two readers can take it differently.
 */
#pragma once

#include <glib.h>

enum {
	ADMIN_LINE_BYTES = 2048, /* request line */
	ADMIN_HEAD_BYTES = 8192, /* with all headers */
	ADMIN_HEADERS = 64,
	ADMIN_PATH_BYTES = 64, /* longer ones are nobody's */
};

enum admin_http {
	ADMIN_HTTP_MORE, /* not all there yet */
	ADMIN_HTTP_READ,
	ADMIN_HTTP_REFUSED, /* status says why; nothing more can be read */
};

struct admin_request {
	int status;  /* of a refusal: 400, 405, 413, 414, 431 or 505 */
	gsize bytes; /* how long the request was */
	gboolean is_head;
	gboolean is_kept;     /* the connection stays open for the next one */
	gboolean wants_plain; /* asks for text/plain and no OpenMetrics */
	gboolean is_json, is_full;   /* ?json, ?full */
	char path[ADMIN_PATH_BYTES]; /* without a trailing slash */
};

/* Reads the request at the start of size bytes. out is set in any case but
 * MORE. */
enum admin_http admin_http_read(const char *data, gsize size,
				struct admin_request *out);
