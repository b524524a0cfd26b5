/* fetcher_transfer.h - one picture on its way from an origin into a file.
 *
 * Redirects are followed here and not by curl: each hop is a request of its own
 * to a URL that is judged anew, on a new connection to an address that is
 * judged as it is connected to, with what its own origin is given and nothing
 * of another's.
 */
#pragma once

#include <curl/curl.h>
#include <glib.h>

#include "fcgi/fetcher_freshness.h"
#include "fcgi/fetcher_url.h"
#include "fcgi/fetches.h"

enum transfer_end {
	TRANSFER_NEW,  /* there is a file */
	TRANSFER_SAME, /* the origin says that it is what we have */
	TRANSFER_NOT_ALLOWED,
	TRANSFER_NOT_FOUND,
	TRANSFER_UNFIT,
	TRANSFER_LATE,
	TRANSFER_FAILED,
};

/* What an earlier transfer learnt; NULL: nothing. Only the URL that gave a
 * picture is asked whether it still gives that one. */
struct transfer_validators {
	char *url, *etag, *modified;
};
void transfer_validators_clear(struct transfer_validators *validators);

struct transfer_order {
	const struct origins *origins;
	struct fetcher_url url;		       /* copied */
	struct transfer_validators validators; /* copied */
	int dir_fd;			       /* where the file goes */
	const char *name; /* its name there; not there on any other end */
};

struct transfer_result {
	enum transfer_end end;
	const char *why; /* for the log: ours, never the origin's text */
	long status;	 /* HTTP's; 0: none */
	char version[FETCH_VERSION_DIGITS + 1]; /* of the bytes */
	guint64 bytes;
	struct transfer_validators validators;
	struct freshness freshness;
};

struct transfer;

/* data is what transfer_data() gives back. */
struct transfer *transfer_new(const struct transfer_order *order, void *data);
/* Removes the file, unless it was taken. */
void transfer_free(struct transfer *transfer);

/* The request to hand to curl now; its CURLOPT_PRIVATE is the transfer. */
CURL *transfer_handle(const struct transfer *transfer);
void *transfer_data(const struct transfer *transfer);
const struct origin *transfer_origin(const struct transfer *transfer);

/* curl has ended the request, which belongs to no multi handle any more. TRUE:
 * there is another one to be done. */
gboolean transfer_next(struct transfer *transfer, CURLcode code);

/* Once there is none: what came of it; the transfer's. */
const struct transfer_result *transfer_result(const struct transfer *transfer);

const char *transfer_file(const struct transfer *transfer);

/* The file's name is the caller's from now on. */
void transfer_take_file(struct transfer *transfer);
