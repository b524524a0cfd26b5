/* records.h - the FastCGI records of one request, read and checked (FastCGI
 * Specification 1.0, sections 3.3, 3.4, 4, 5.1 to 5.4).
 *
 * libfcgi reads them without a limit on parameters, takes a half-sent list for
 * a whole one, and aborts on lengths near 2^31. So it is given what was
 * understood here, written anew, and never a byte that a peer sent.
 */
#pragma once

#include <glib.h>

enum records_state {
	RECORDS_MORE,	   /* not at the request's end */
	RECORDS_WHOLE,	   /* at its end */
	RECORDS_ABORTED,   /* FCGI_ABORT_REQUEST */
	RECORDS_TOO_LARGE, /* over one of the limits on records */
	RECORDS_MALFORMED, /* not a request to a responder */
};

struct records {
	GByteArray *in;	    /* from the first record that is not complete */
	GByteArray *params; /* the stream: name-value pairs */
	GByteArray *body;   /* of it at most LIMIT_BODY_BYTES and one more */
	gsize total_bytes;
	guint16 id; /* 0: not begun */
	gboolean has_params;
};

void records_init(struct records *records);
void records_fini(struct records *records);

/* Back to before a request's first byte. */
void records_reset(struct records *records);

/* Takes what came next. Past RECORDS_MORE it must be reset before more; what
 * follows a whole request is dropped, and so is what belongs to another one. */
enum records_state records_feed(struct records *records, const guint8 *data,
				gsize size);

/* The whole request as records again, in place of what out held. The pairs
 * hold no NUL, and end where the stream does. */
void records_write(const struct records *records, GByteArray *out);
