/* tally.h - what a worker's slot counts: how long, how often, with what end.
 *
 * Plain counters in shared memory with one writer, the worker of the slot; they
 * only grow. Histograms have fixed buckets, so that those of all workers can be
 * added up.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

/* The stages of a request, in their order. */
enum tally_stage {
	TALLY_QUEUE,  /* waited for a worker, as the front server tells */
	TALLY_READ,   /* parameters and body */
	TALLY_PARSE,  /* access, macro, template, validators */
	TALLY_LAYOUT, /* texts to plan */
	TALLY_PAINT,
	TALLY_ENCODE,
	TALLY_WRITE,
	TALLY_STAGES
};

enum tally_route {
	TALLY_OTHER, /* no route, or never read so far */
	TALLY_CAPTION,
	TALLY_TEMPLATES,
	TALLY_TEMPLATE,
	TALLY_FONTS,
	TALLY_STATS,
	TALLY_ROUTES
};

enum {
	TALLY_STATUSES = 21, /* rows of the table in tally.c */
	TALLY_BUCKETS = 18,  /* the last one has no upper end */
	TALLY_METHOD_BYTES = 8,
	TALLY_STATUS_GONE = 499,   /* nginx's number: the client had left */
	TALLY_STATUS_KILLED = 502, /* what the front server makes of it */
};

struct tally_histogram {
	_Atomic guint64 buckets[TALLY_BUCKETS]; /* each without the lower */
	_Atomic guint64 sum_us;
};

struct tally {
	struct tally_histogram times[TALLY_STAGES];
	_Atomic guint64 answers[TALLY_ROUTES][TALLY_STATUSES];
	_Atomic guint64 slow, refused; /* refused: it kills workers */
	/* The request at work; monotonic, 0: none. */
	_Atomic gint64 began_us;
	_Atomic guint32 stage; /* enum tally_stage */
	char method[TALLY_METHOD_BYTES];
	/* The request before it. */
	_Atomic guint64 took_us, cpu_us;
	_Atomic gint64 drew_us; /* when a caption was drawn last; monotonic */
};

/* Adds one time. Below zero counts as zero. */
void tally_time(struct tally_histogram *histogram, gint64 us);

/* The upper end of a bucket, which belongs to it; the last: G_MAXINT64. */
gint64 tally_bucket_end_us(guint bucket);

/* Adds one answer; a status that is not in the table is counted as 0. */
void tally_answer(struct tally *tally, enum tally_route route, int status);

/* The status of a column of answers; 0: any other. */
int tally_status(guint column);

/* Names for people and metrics; numbers out of range are "other". */
const char *tally_stage_name(guint stage);
const char *tally_route_name(guint route);
