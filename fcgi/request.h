/* request.h - one HTTP request, as it came over FastCGI. */
#pragma once

#include <fcgiapp.h>
#include <glib.h>

#include "fcgi/credentials.h"

enum request_method {
	REQUEST_GET = 1 << 0,
	REQUEST_HEAD = 1 << 1,
	REQUEST_POST = 1 << 2,
	REQUEST_OPTIONS = 1 << 3,
	REQUEST_OTHER = 0,
};

enum request_read {
	REQUEST_READ_OK,
	REQUEST_READ_GONE,	      /* cut short: there is nobody to answer */
	REQUEST_READ_TARGET_TOO_LONG, /* 414; the body is drained */
	REQUEST_READ_BODY_TOO_LONG,   /* 413; the body is drained */
};

/* Strings are the FastCGI request's and hold until it is finished, but for
 * those marked own. What a client did not send is "". */
struct request {
	enum request_method method;
	const char *method_name;	/* as sent */
	struct credentials credentials; /* what was taken out of the rest */
	const char *target; /* own; path and query, but for these as sent */
	char *path; /* own; no trailing slash, still encoded where it must */
	const char *query; /* without the question mark, still encoded */
	const char *content_type;
	const char *accept;	  /* what the cache tells answers apart by */
	const char *error_accept; /* the client's own, for what is not stored */
	gboolean is_cache_asking; /* the cache in front asks before each use of
				     what it keeps, also for who may */
	const char *if_none_match, *if_modified_since;
	char *id;	 /* own; safe for headers and logs */
	double waited_s; /* in nginx's queue; 0 where it is not known */
	char *body;	 /* own */
	gsize body_size;
	guint64 fingerprint; /* equal requests have equal ones; never 0 */
};

/* Reads parameters and the whole body. On anything but GONE the request can be
 * answered. */
enum request_read request_init(struct request *request, FCGX_Request *fcgx);
void request_fini(struct request *request);

/* The name of a method for `Allow`. */
const char *request_method_name(enum request_method method);
