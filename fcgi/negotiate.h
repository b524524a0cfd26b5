/* negotiate.h - what a client accepts (RFC 9110, 12.5.1), and whether it has
 * the answer already (RFC 9110, 13.1). */
#pragma once

#include <glib.h>

/* Whether an Accept header asks for JSON rather than for a picture: its best
 * weight for application/json is over that for image/…; at equal weights, when
 * JSON is named and pictures only fall under a wildcard. */
gboolean negotiate_is_json(const char *accept);

enum negotiate_form { NEGOTIATE_JSON, NEGOTIATE_PAGE, NEGOTIATE_PICTURE };

/* The form that an error has for who sent that header: the one of the largest
 * weight; of several, one that is named rather than falling under a wildcard;
 * then a page, a picture, JSON. A picture is one of them where is_picture says
 * that a picture was asked for. JSON, where nothing is preferred. */
enum negotiate_form negotiate_error(const char *accept, gboolean is_picture);

struct validators {
	char *etag;	   /* with its quotes */
	gint64 modified_s; /* Unix time */
};

/* Whether the conditions hold the answer back (304). If-None-Match, where it
 * stands, decides alone; weak comparison, lists and `*` included. */
gboolean negotiate_is_not_modified(const struct validators *validators,
				   const char *if_none_match,
				   const char *if_modified_since);

/* An IMF-fixdate (RFC 9110, 5.6.7). The caller frees it. */
char *negotiate_http_date(gint64 unix_s);
