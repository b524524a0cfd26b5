#include "config.h"

#include "fcgi/tally.h"

/* 1, 2.5, 5: near enough to powers to be even on a logarithmic axis, round
 * enough to be read. A spliced caption takes a few hundred microseconds; a
 * request never more than its deadline. */
static const gint64 ends_us[TALLY_BUCKETS] = {
	50,	100,	 250,	  500,	   1000,     2500,
	5000,	10000,	 25000,	  50000,   100000,   250000,
	500000, 1000000, 2500000, 5000000, 10000000, G_MAXINT64,
};

static const int statuses[TALLY_STATUSES] = {
	200, 204, 301, 302, 304, 400, 401, 403, 404, 405, 406,
	413, 414, 415, 429, 499, 500, 502, 503, 504, 0,
};

static const char *const stage_names[TALLY_STAGES] = {
	"queue", "read", "parse", "layout", "paint", "encode", "write",
};

static const char *const route_names[TALLY_ROUTES] = {
	"other", "caption", "templates", "template", "fonts", "stats",
};

static void add(_Atomic guint64 *counter, guint64 n)
{
	/* One writer: nobody else's addition can be lost. */
	atomic_store_explicit(
		counter,
		atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

void tally_time(struct tally_histogram *histogram, gint64 us)
{
	guint bucket = 0;

	us = MAX(us, 0);
	while (us > ends_us[bucket])
		bucket++;
	add(&histogram->buckets[bucket], 1);
	add(&histogram->sum_us, (guint64)us);
}

gint64 tally_bucket_end_us(guint bucket)
{
	return ends_us[MIN(bucket, TALLY_BUCKETS - 1)];
}

void tally_answer(struct tally *tally, enum tally_route route, int status)
{
	guint column = 0;

	while (statuses[column] != status && column < TALLY_STATUSES - 1)
		column++;
	add(&tally->answers[route][column], 1);
}

int tally_status(guint column)
{
	return statuses[MIN(column, TALLY_STATUSES - 1)];
}

const char *tally_stage_name(guint stage)
{
	return stage < TALLY_STAGES ? stage_names[stage] : "other";
}

const char *tally_route_name(guint route)
{
	return route < TALLY_ROUTES ? route_names[route] : "other";
}
