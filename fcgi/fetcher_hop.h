/* fetcher_hop.h - one request to one URL of an origin, by curl.
 */
#pragma once

#include <curl/curl.h>
#include <glib.h>

#include "fcgi/fetcher_url.h"
#include "fcgi/fetches.h"

struct hop_order {
	const struct fetcher_url *url;
	const char *etag, *modified; /* ask whether it still is; NULL: no */
	int dir_fd;
	const char *name; /* of the file; there only once there are bytes */
	gint64 deadline_us;
	void *private; /* CURLOPT_PRIVATE */
};

enum hop_end {
	HOP_WHOLE,   /* there is a status, and with 200 a body */
	HOP_UNFIT,   /* not a picture, or too large; see hop_why() */
	HOP_ADDRESS, /* none that may be connected to */
	HOP_LATE,
	HOP_BROKEN, /* anything else */
};

struct hop;

struct hop *hop_new(const struct hop_order *order);
/* Closes the file, which stays. */
void hop_free(struct hop *hop);

CURL *hop_handle(const struct hop *hop);

/* What curl's code means for it. */
enum hop_end hop_judge(struct hop *hop, CURLcode code);
const char *hop_why(const struct hop *hop);

/* A header of the answer, its lines joined by commas; NULL: it is not there, is
 * longer than 1 KiB or has control codes. The caller frees it. */
char *hop_header(const struct hop *hop, const char *name);

/* The file is whole: closes it. out_version has FETCH_VERSION_DIGITS and NUL.
 * FALSE: the disk would not have it. */
gboolean hop_finish_file(struct hop *hop, char *out_version,
			 guint64 *out_bytes);
