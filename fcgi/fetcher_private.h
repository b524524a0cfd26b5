/* fetcher_private.h - what the fetcher's files share; for nobody else.
 *
 * fetcher.c has the loop, fetcher_desk.c the questions and their answers,
 * fetcher_work.c transfers and what comes of them, fetcher_sandbox.c what it
 * may still do.
 */
#pragma once

#include <curl/curl.h>

#include "fcgi/fetcher.h"
#include "fcgi/fetcher_cache.h"
#include "fcgi/sandbox_folder.h"

enum { FETCHER_FILES = 3 };

struct fetcher {
	const struct fetcher_setup *setup;
	int pictures_fd, packs_fd, signal_fd;
	struct memory memory;
	struct fetcher_cache *cache;
	CURLM *multi;
	GPtrArray *transfers; /* struct transfer, under way */
	GQueue queue;	      /* struct fetched, waiting to be */
	GPtrArray *packing;   /* struct fetched, their pictures being packed */
	guint64 n_files;      /* ever begun: their names */
	guint32 seen[SCOREBOARD_SLOTS_MAX];
	gint64 leave_us, check_us; /* monotonic; 0: not to leave yet */
	struct sandbox_folder files[FETCHER_FILES]; /* the resolver's */
	gboolean is_over;
};

/* The sandbox of its role, where it is wanted; what would be missed in it is
 * read before. FALSE, and a log line: it is not to go on. */
gboolean fetcher_sandbox_enter(struct fetcher *fetcher);
/* Whether a path means something else than when it was let in. */
gboolean fetcher_sandbox_has_moved(const struct fetcher *fetcher);

/* Whether anybody waits for an answer. */
gboolean fetcher_is_awaited(const struct fetcher *fetcher);

/* Takes in what workers ask, and answers what can be answered at once. */
void fetcher_listen(struct fetcher *fetcher);

/* Answers all who wait for it. */
void fetcher_answer_all(struct fetcher *fetcher, struct fetched *fetched,
			enum fetch_outcome outcome);

/* Whether a picture is there and packed. */
gboolean fetcher_has(const struct fetcher *fetcher,
		     const struct fetched *fetched);

/* Puts it in the queue. FALSE: that is full. */
gboolean fetcher_enqueue(struct fetcher *fetcher, struct fetched *fetched);
/* Waits for its picture to be packed. */
void fetcher_await_pack(struct fetcher *fetcher, struct fetched *fetched);

/* Begins as many transfers as may be under way. */
void fetcher_work(struct fetcher *fetcher);
/* Takes in what curl has ended. */
void fetcher_collect(struct fetcher *fetcher);
/* Takes in what the packer has made. */
void fetcher_look_for_packs(struct fetcher *fetcher);
/* Ends all transfers. */
void fetcher_stop(struct fetcher *fetcher);
