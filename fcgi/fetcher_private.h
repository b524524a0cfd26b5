/* fetcher_private.h - what the fetcher's files share; for nobody else.
 *
 * fetcher.c has the loop, fetcher_desk.c the questions and their answers,
 * fetcher_work.c transfers and what comes of them.
 */
#pragma once

#include <curl/curl.h>

#include "fcgi/fetcher.h"
#include "fcgi/fetcher_cache.h"

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
	gboolean is_over;
};

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
