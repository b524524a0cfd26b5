/* The fetcher's work: transfers, and what comes of them. */
#include "config.h"

#include "fcgi/fetcher_private.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/log.h"

enum {
	TRANSFERS_MAX = 16,
	/* Of one origin: a slow one leaves the others room. */
	ORIGIN_TRANSFERS_MAX = 8,
	QUEUE_MAX = 64,
	/* How long a failure is believed: long enough that asking again and
	 * again costs the origin nothing. */
	RETRY_GONE_S = 10,
	RETRY_FAILED_S = 5,
	/* The packer gives a child 5 minutes. Nobody waits that long, but who
	 * asks again then has it. */
	PACK_S = 330,
};

static gint64 now_s(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

static struct scoreboard_origins *counters(const struct fetcher *fetcher)
{
	return &fetcher->setup->board->origins;
}

static void set_idle(struct fetched *fetched)
{
	fetched->state = FETCHED_IDLE;
	fetcher_url_clear(&fetched->url);
}

gboolean fetcher_enqueue(struct fetcher *fetcher, struct fetched *fetched)
{
	if (fetcher->queue.length >= QUEUE_MAX) {
		set_idle(fetched);
		return FALSE;
	}
	fetched->state = FETCHED_QUEUED;
	fetched->retry_us = 0;
	g_queue_push_tail(&fetcher->queue, fetched);
	return TRUE;
}

static void tell(const struct fetcher *fetcher)
{
	struct scoreboard_origins *board = counters(fetcher);

	atomic_store(&board->stored, fetcher_cache_bytes(fetcher->cache));
	atomic_store(&board->pictures, fetcher_cache_n(fetcher->cache));
	atomic_store(&board->underway, fetcher->transfers->len);
}

static void finish(struct fetcher *fetcher, struct fetched *fetched,
		   enum fetch_outcome outcome)
{
	set_idle(fetched);
	fetcher_answer_all(fetcher, fetched, outcome);
	tell(fetcher);
}

static void fail(struct fetcher *fetcher, struct fetched *fetched,
		 enum fetch_outcome outcome)
{
	gboolean is_gone = outcome == FETCH_NOT_FOUND || outcome == FETCH_UNFIT;
	gint64 retry_s = is_gone ? RETRY_GONE_S : RETRY_FAILED_S;

	fetched->failure = outcome;
	fetched->retry_us = g_get_monotonic_time() + retry_s * G_USEC_PER_SEC;
	if (is_gone)
		fetcher_cache_drop(fetcher->cache, fetched);
	finish(fetcher, fetched, outcome);
}

void fetcher_await_pack(struct fetcher *fetcher, struct fetched *fetched)
{
	fetched->state = FETCHED_BEING_PACKED;
	fetched->pack_deadline_us =
		g_get_monotonic_time() + PACK_S * G_USEC_PER_SEC;
	g_ptr_array_add(fetcher->packing, fetched);
}

static void set_life(struct fetched *fetched, const struct freshness *freshness)
{
	fetched->fresh_until_s = now_s() + freshness->fresh_s;
	fetched->stale_until_s = fetched->fresh_until_s + freshness->stale_s;
}

static void take_news(struct fetcher *fetcher, struct fetched *fetched,
		      const struct transfer_result *result)
{
	transfer_validators_clear(&fetched->validators);
	fetched->validators = (struct transfer_validators){
		g_strdup(result->validators.url),
		g_strdup(result->validators.etag),
		g_strdup(result->validators.modified)};
	set_life(fetched, &result->freshness);
	fetcher_cache_save(fetcher->cache, fetched);
	fetcher_await_pack(fetcher, fetched);
}

static void finish_new(struct fetcher *fetcher, struct fetched *fetched,
		       struct transfer *transfer, const char *file)
{
	const struct transfer_result *result = transfer_result(transfer);

	atomic_fetch_add(&counters(fetcher)->fetched, 1);
	atomic_fetch_add(&counters(fetcher)->bytes, result->bytes);
	if (!fetcher_cache_put(fetcher->cache, fetched, file,
			       result->version)) {
		log_error("cannot keep a picture: its file can't be renamed");
		fail(fetcher, fetched, FETCH_BUSY);
		return;
	}
	transfer_take_file(transfer);
	take_news(fetcher, fetched, result);
}

/* An origin that is down had a picture a while ago: that one stands in. */
static void finish_failed(struct fetcher *fetcher, struct fetched *fetched,
			  enum fetch_outcome outcome)
{
	atomic_fetch_add(&counters(fetcher)->failed, 1);
	if (now_s() >= fetched->stale_until_s ||
	    !fetcher_has(fetcher, fetched)) {
		fail(fetcher, fetched, outcome);
		return;
	}
	/* The origin is left alone for a moment. */
	fetched->fresh_until_s = now_s() + FRESHNESS_FLOOR_S;
	finish(fetcher, fetched, FETCH_READY);
}

/* The origin and the cause; no URL, which may hold what is private. */
static void log_end(const struct transfer *transfer)
{
	const struct transfer_result *result = transfer_result(transfer);
	const char *origin = transfer_origin(transfer)->name;

	if (result->end == TRANSFER_NEW || result->end == TRANSFER_SAME)
		log_info("origin '%s': %s, %" G_GUINT64_FORMAT " bytes", origin,
			 result->why, result->bytes);
	else
		log_warning("origin '%s': %s (status %ld)", origin, result->why,
			    result->status);
}

static void finish_refused(struct fetcher *fetcher, struct fetched *fetched,
			   enum fetch_outcome outcome)
{
	atomic_fetch_add(&counters(fetcher)->refused, 1);
	fail(fetcher, fetched, outcome);
}

static void finish_transfer(struct fetcher *fetcher, struct transfer *transfer)
{
	struct fetched *fetched = transfer_data(transfer);
	const struct transfer_result *result = transfer_result(transfer);

	log_end(transfer);
	switch (result->end) {
	case TRANSFER_NEW:
		finish_new(fetcher, fetched, transfer, transfer_file(transfer));
		break;
	case TRANSFER_SAME:
		atomic_fetch_add(&counters(fetcher)->unchanged, 1);
		take_news(fetcher, fetched, result);
		break;
	case TRANSFER_NOT_ALLOWED:
		finish_refused(fetcher, fetched, FETCH_NOT_ALLOWED);
		break;
	case TRANSFER_NOT_FOUND:
		finish_refused(fetcher, fetched, FETCH_NOT_FOUND);
		break;
	case TRANSFER_UNFIT:
		finish_refused(fetcher, fetched, FETCH_UNFIT);
		break;
	case TRANSFER_LATE:
		finish_failed(fetcher, fetched, FETCH_LATE);
		break;
	case TRANSFER_FAILED:
		finish_failed(fetcher, fetched, FETCH_FAILED);
		break;
	}
	transfer_free(transfer);
}

static guint n_of_origin(const struct fetcher *fetcher,
			 const struct origin *origin)
{
	guint n = 0;

	for (guint i = 0; i < fetcher->transfers->len; i++)
		n += transfer_origin(fetcher->transfers->pdata[i]) == origin;
	return n;
}

/* The first in the queue whose origin has room. */
static struct fetched *take_next(struct fetcher *fetcher)
{
	for (GList *at = fetcher->queue.head; at; at = at->next) {
		struct fetched *fetched = at->data;

		if (n_of_origin(fetcher, fetched->url.origin) >=
		    ORIGIN_TRANSFERS_MAX)
			continue;
		g_queue_delete_link(&fetcher->queue, at);
		return fetched;
	}
	return NULL;
}

static void begin_transfer(struct fetcher *fetcher, struct fetched *fetched)
{
	g_autofree char *file = g_strdup_printf(".%" G_GUINT64_FORMAT ".tmp",
						++fetcher->n_files);
	const struct transfer_order order = {
		.origins = fetcher->setup->origins,
		.url = fetched->url,
		.validators = fetcher_has(fetcher, fetched)
				      ? fetched->validators
				      : (struct transfer_validators){NULL, NULL,
								     NULL},
		.dir_fd = fetcher->pictures_fd,
		.name = file,
	};
	struct transfer *transfer = transfer_new(&order, fetched);

	fetched->state = FETCHED_UNDERWAY;
	g_ptr_array_add(fetcher->transfers, transfer);
	(void)curl_multi_add_handle(fetcher->multi, transfer_handle(transfer));
}

void fetcher_work(struct fetcher *fetcher)
{
	while (fetcher->transfers->len < TRANSFERS_MAX) {
		struct fetched *fetched = take_next(fetcher);

		if (!fetched)
			break;
		begin_transfer(fetcher, fetched);
	}
	tell(fetcher);
}

static void collect_one(struct fetcher *fetcher, const CURLMsg *message)
{
	CURLcode code = message->data.result;
	CURL *easy = message->easy_handle;
	struct transfer *transfer = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
	(void)curl_multi_remove_handle(fetcher->multi, easy);
	if (transfer_next(transfer, code)) {
		(void)curl_multi_add_handle(fetcher->multi,
					    transfer_handle(transfer));
		return;
	}
	(void)g_ptr_array_remove_fast(fetcher->transfers, transfer);
	finish_transfer(fetcher, transfer);
}

void fetcher_collect(struct fetcher *fetcher)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(fetcher->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			collect_one(fetcher, message);
}

/* FALSE: it is still being packed. */
static gboolean look_for_pack(struct fetcher *fetcher, struct fetched *fetched)
{
	switch (fetcher_cache_pack(fetcher->cache, fetched)) {
	case FETCHED_PACK:
		fetcher_cache_settle(fetcher->cache, fetched);
		finish(fetcher, fetched, FETCH_READY);
		return TRUE;
	case FETCHED_REFUSED:
		finish_refused(fetcher, fetched, FETCH_UNFIT);
		return TRUE;
	case FETCHED_NOT_YET:
		fetcher_cache_drop(fetcher->cache, fetched);
		fail(fetcher, fetched, FETCH_BUSY);
		return TRUE;
	case FETCHED_NO_PACK:
		break;
	}
	if (g_get_monotonic_time() < fetched->pack_deadline_us)
		return FALSE;
	log_error("a picture was not packed in %d s", PACK_S);
	fetcher_cache_drop(fetcher->cache, fetched);
	fail(fetcher, fetched, FETCH_LATE);
	return TRUE;
}

void fetcher_look_for_packs(struct fetcher *fetcher)
{
	guint i = 0;

	while (i < fetcher->packing->len)
		if (look_for_pack(fetcher, fetcher->packing->pdata[i]))
			(void)g_ptr_array_remove_index_fast(fetcher->packing,
							    i);
		else
			i++;
}

gboolean fetcher_is_awaited(const struct fetcher *fetcher)
{
	guint n = 0;

	for (GList *at = fetcher->queue.head; at; at = at->next)
		n += ((const struct fetched *)at->data)->waiters->len;
	for (guint i = 0; i < fetcher->transfers->len; i++) {
		const struct fetched *fetched =
			transfer_data(fetcher->transfers->pdata[i]);

		n += fetched->waiters->len;
	}
	for (guint i = 0; i < fetcher->packing->len; i++) {
		const struct fetched *fetched = fetcher->packing->pdata[i];

		n += fetched->waiters->len;
	}
	return n > 0;
}

void fetcher_stop(struct fetcher *fetcher)
{
	for (guint i = 0; i < fetcher->transfers->len; i++) {
		struct transfer *transfer = fetcher->transfers->pdata[i];

		(void)curl_multi_remove_handle(fetcher->multi,
					       transfer_handle(transfer));
		transfer_free(transfer);
	}
	g_ptr_array_set_size(fetcher->transfers, 0);
	g_queue_clear(&fetcher->queue);
}
