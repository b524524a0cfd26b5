/* fetcher_freshness.h - how long an answer of an origin holds (RFC 9111, 4.2).
 */
#pragma once

#include <glib.h>

enum {
	/* Less would have each caption ask the origin; more would keep a
	 * mistake of the origin's for ever. */
	FRESHNESS_FLOOR_S = 10,
	FRESHNESS_CEILING_S = 24 * 60 * 60,
	/* Where the origin says nothing. */
	FRESHNESS_DEFAULT_S = 300,
	/* After that it may still stand in for an origin that is down. */
	FRESHNESS_STALE_S = 24 * 60 * 60,
};

/* Header values; NULL: it was not there. */
struct freshness_headers {
	const char *cache_control, *age, *expires, *date;
};

struct freshness {
	gint64 fresh_s;
	gint64 stale_s; /* beyond fresh_s; 0: it must not stand in */
};

/* As a shared cache reads it. */
struct freshness freshness_read(const struct freshness_headers *headers);
