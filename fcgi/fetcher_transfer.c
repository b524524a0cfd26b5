#include "config.h"

#include "fcgi/fetcher_transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/fetcher_hop.h"
#include "fcgi/log.h"

enum { HOPS_MAX = 6 }; /* five redirects */

struct transfer {
	const struct origins *origins;
	struct fetcher_url url; /* of the hop */
	struct transfer_validators validators;
	int dir_fd;
	char *name;
	void *data;
	struct hop *hop;
	guint hops;
	gint64 deadline_us;
	gboolean has_file;
	struct transfer_result result;
};

void transfer_validators_clear(struct transfer_validators *validators)
{
	g_clear_pointer(&validators->url, g_free);
	g_clear_pointer(&validators->etag, g_free);
	g_clear_pointer(&validators->modified, g_free);
}

static struct transfer_validators
copy_validators(const struct transfer_validators *from)
{
	return (struct transfer_validators){g_strdup(from->url),
					    g_strdup(from->etag),
					    g_strdup(from->modified)};
}

/* The hop to where the transfer is now. */
static void begin_hop(struct transfer *transfer)
{
	gboolean is_known =
		g_strcmp0(transfer->validators.url, transfer->url.text) == 0;
	const struct hop_order order = {
		.url = &transfer->url,
		.etag = is_known ? transfer->validators.etag : NULL,
		.modified = is_known ? transfer->validators.modified : NULL,
		.dir_fd = transfer->dir_fd,
		.name = transfer->name,
		.deadline_us = transfer->deadline_us,
		.private = transfer,
	};

	hop_free(transfer->hop);
	transfer->hop = hop_new(&order);
	transfer->hops++;
	transfer->has_file = TRUE;
}

static void remove_file(struct transfer *transfer)
{
	if (transfer->has_file)
		(void)unlinkat(transfer->dir_fd, transfer->name, 0);
	transfer->has_file = FALSE;
}

struct transfer *transfer_new(const struct transfer_order *order, void *data)
{
	struct transfer *transfer = g_new0(struct transfer, 1);

	transfer->origins = order->origins;
	transfer->url.text = g_strdup(order->url.text);
	transfer->url.origin = order->url.origin;
	transfer->validators = copy_validators(&order->validators);
	transfer->dir_fd = order->dir_fd;
	transfer->name = g_strdup(order->name);
	transfer->data = data;
	/* The first origin's time is for all that it leads to. */
	transfer->deadline_us =
		g_get_monotonic_time() +
		(gint64)order->url.origin->timeout_s * G_USEC_PER_SEC;
	begin_hop(transfer);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	hop_free(transfer->hop);
	remove_file(transfer);
	fetcher_url_clear(&transfer->url);
	transfer_validators_clear(&transfer->validators);
	transfer_validators_clear(&transfer->result.validators);
	g_free(transfer->name);
	g_free(transfer);
}

CURL *transfer_handle(const struct transfer *transfer)
{
	return hop_handle(transfer->hop);
}

void *transfer_data(const struct transfer *transfer)
{
	return transfer->data;
}

const struct origin *transfer_origin(const struct transfer *transfer)
{
	return transfer->url.origin;
}

/* Always FALSE: it is over. */
static gboolean end(struct transfer *transfer, enum transfer_end how,
		    const char *why)
{
	transfer->result.end = how;
	transfer->result.why = why;
	if (how != TRANSFER_NEW)
		remove_file(transfer);
	return FALSE;
}

static gboolean follow(struct transfer *transfer)
{
	g_autofree char *location = hop_header(transfer->hop, "Location");
	g_autofree char *absolute =
		location ? fetcher_url_resolve(transfer->url.text, location)
			 : NULL;
	struct fetcher_url next;

	if (transfer->hops >= HOPS_MAX)
		return end(transfer, TRANSFER_NOT_FOUND, "too many redirects");
	if (!absolute || fetcher_url_check(transfer->origins, absolute,
					   &next) != FETCHER_URL_OK)
		return end(transfer, TRANSFER_NOT_FOUND,
			   "a redirect to a URL that is not allowed");
	fetcher_url_clear(&transfer->url);
	transfer->url = next;
	remove_file(transfer);
	begin_hop(transfer);
	return TRUE;
}

static void read_freshness(struct transfer *transfer)
{
	g_autofree char *control = hop_header(transfer->hop, "Cache-Control");
	g_autofree char *age = hop_header(transfer->hop, "Age");
	g_autofree char *expires = hop_header(transfer->hop, "Expires");
	g_autofree char *date = hop_header(transfer->hop, "Date");
	const struct freshness_headers headers = {control, age, expires, date};

	transfer->result.freshness = freshness_read(&headers);
}

static gboolean end_new(struct transfer *transfer)
{
	struct transfer_result *result = &transfer->result;

	if (!hop_finish_file(transfer->hop, result->version, &result->bytes))
		return end(transfer, TRANSFER_FAILED, "it can't be stored");
	if (result->bytes == 0)
		return end(transfer, TRANSFER_UNFIT, "an empty picture");
	read_freshness(transfer);
	result->validators = (struct transfer_validators){
		g_strdup(transfer->url.text), hop_header(transfer->hop, "ETag"),
		hop_header(transfer->hop, "Last-Modified")};
	return end(transfer, TRANSFER_NEW, "fetched");
}

static gboolean end_same(struct transfer *transfer)
{
	if (!transfer->validators.etag && !transfer->validators.modified)
		return end(transfer, TRANSFER_FAILED,
			   "304 without being asked");
	read_freshness(transfer);
	transfer->result.validators = copy_validators(&transfer->validators);
	return end(transfer, TRANSFER_SAME, "unchanged");
}

/* An answer that came whole, or as far as anybody wants to know it. */
static gboolean end_by_status(struct transfer *transfer, long status)
{
	if (status == 301 || status == 302 || status == 303 || status == 307 ||
	    status == 308)
		return follow(transfer);
	if (status == 200)
		return end_new(transfer);
	if (status == 304)
		return end_same(transfer);
	if (status == 408 || status == 429 || status < 400 || status > 499)
		return end(transfer, TRANSFER_FAILED, "a failure of its own");
	return end(transfer, TRANSFER_NOT_FOUND, "no picture there");
}

gboolean transfer_next(struct transfer *transfer, CURLcode code)
{
	long status = 0;

	(void)curl_easy_getinfo(hop_handle(transfer->hop),
				CURLINFO_RESPONSE_CODE, &status);
	transfer->result.status = status;
	switch (hop_judge(transfer->hop, code)) {
	case HOP_WHOLE:
		return end_by_status(transfer, status);
	case HOP_UNFIT:
		return end(transfer, TRANSFER_UNFIT, hop_why(transfer->hop));
	case HOP_ADDRESS:
		return end(transfer, TRANSFER_NOT_ALLOWED,
			   "its address is not allowed");
	case HOP_LATE:
		return end(transfer, TRANSFER_LATE, "it takes too long");
	case HOP_BROKEN:
		return end(transfer, TRANSFER_FAILED, hop_why(transfer->hop));
	}
	return FALSE;
}

const struct transfer_result *transfer_result(const struct transfer *transfer)
{
	return &transfer->result;
}

const char *transfer_file(const struct transfer *transfer)
{
	return transfer->name;
}

void transfer_take_file(struct transfer *transfer)
{
	transfer->has_file = FALSE;
}
