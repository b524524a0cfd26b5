/* fetcher_cache.h - the pictures that were fetched, by their last use: what does
 * not fit goes, least recently used first.
 *
 * Each has two files in ORIGIN_PICTURES_DIR: its bytes, named by its id, and
 * KEY.entry, which says what its origin said of it. The packer keeps what it
 * makes of one in ORIGIN_PACKS_DIR for as long as the picture is there.
 */
#pragma once

#include <glib.h>

#include "fcgi/fetcher_transfer.h"
#include "fcgi/fetches.h"

enum fetched_state {
	FETCHED_IDLE,
	FETCHED_QUEUED,	  /* until a transfer may begin */
	FETCHED_UNDERWAY, /* its transfer is */
	FETCHED_BEING_PACKED,
};

struct fetched_waiter {
	guint slot;
	guint32 number;
};

/* One URL. The cache's; whoever uses it may write to it. */
struct fetched {
	char key[FETCH_KEY_DIGITS + 1];
	char version[FETCH_VERSION_DIGITS + 1]; /* "": there is no picture */
	struct transfer_validators validators;
	gint64 fresh_until_s, stale_until_s; /* Unix time */
	guint64 bytes;			     /* picture and pack */

	enum fetched_state state;
	struct fetcher_url url; /* unless IDLE */
	GArray *waiters;	/* struct fetched_waiter */
	gint64 pack_deadline_us;
	/* After a failure: not again before this, but the same outcome. */
	gint64 retry_us; /* monotonic; 0: none */
	enum fetch_outcome failure;
	GList link; /* the cache's */
};

struct fetcher_cache;

/* Takes over what an earlier life left in the folder; the rest of what is there
 * is removed. Both descriptors stay the caller's. */
struct fetcher_cache *fetcher_cache_new(int pictures_fd, int packs_fd,
					guint64 bytes_max);
void fetcher_cache_free(struct fetcher_cache *cache);

/* The one for this URL, made where it is not there, as just used. NULL: too
 * many are at work. */
struct fetched *fetcher_cache_use(struct fetcher_cache *cache,
				  const struct fetcher_url *url);

/* Its id; out has SCOREBOARD_FETCH_ID_BYTES. */
void fetched_id(const struct fetched *fetched, char *out);

/* What the packer has made of its picture. */
enum fetched_pack {
	FETCHED_NO_PACK,
	FETCHED_PACK,
	FETCHED_REFUSED, /* it is no picture to draw on */
	FETCHED_NOT_YET, /* the packer could not: a full disk */
};
enum fetched_pack fetcher_cache_pack(const struct fetcher_cache *cache,
				     const struct fetched *fetched);

/* It has another picture now, which lies there under the name `file`. FALSE:
 * the disk would not have it. */
gboolean fetcher_cache_put(struct fetcher_cache *cache, struct fetched *fetched,
			   const char *file, const char *version);

/* Keeps what is known of it over the process's life. */
void fetcher_cache_save(struct fetcher_cache *cache, struct fetched *fetched);

/* Removes its picture. */
void fetcher_cache_drop(struct fetcher_cache *cache, struct fetched *fetched);

/* Counts its bytes anew, and lets go of others until all fit. */
void fetcher_cache_settle(struct fetcher_cache *cache, struct fetched *fetched);

guint64 fetcher_cache_bytes(const struct fetcher_cache *cache);
guint fetcher_cache_n(const struct fetcher_cache *cache);
