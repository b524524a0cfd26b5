/* fetches.h - a worker asks for a picture by URL, the fetcher answers.
 *
 * Each slot of the scoreboard has room for one question and its answer, which a
 * number holds together. A worker can make no connection; so it writes the URL
 * down, rings the fetcher's bell (an eventfd that the master made), and sleeps
 * on the answer, a futex. A fetcher that was replaced finds the questions that
 * are open. Neither side believes what it reads.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"

enum fetch_outcome {
	FETCH_PENDING = 1, /* it takes the network, and so may take long */
	FETCH_READY,	   /* its pack lies in ORIGIN_PACKS_DIR */
	FETCH_BAD_URL,
	FETCH_NOT_ALLOWED,
	FETCH_NOT_FOUND, /* the origin says so, or leads nowhere */
	FETCH_UNFIT,	 /* no picture, or not one that may be drawn on */
	FETCH_LATE,
	FETCH_FAILED, /* no connection, or an answer that makes no sense */
	FETCH_BUSY,   /* too many are under way */
	FETCH_OUTCOMES
};

/* In the folder of packs: pictures as they came (the fetcher's, ID as name) and
 * what is made of them (the packer's, ID.pack; or ID.refused, which says why
 * none can be). */
#define ORIGIN_PICTURES_DIR "fetched"
#define ORIGIN_PACKS_DIR    "origins"

/* A URL's hash, a dash, its picture's hash; both in hex digits. */
enum { FETCH_KEY_DIGITS = 32, FETCH_VERSION_DIGITS = 16 };
gboolean fetches_is_id(const char *text);

struct fetch_answer {
	enum fetch_outcome outcome;
	char id[SCOREBOARD_FETCH_ID_BYTES]; /* FETCH_READY's */
	guint32 fresh_s; /* how long it holds; a day at most */
};

/* Worker: asks, in place of what was asked before. Returns the number. The URL
 * has LIMIT_URL_BYTES at most. bell_fd -1: nobody is woken. */
guint32 fetches_ask(struct scoreboard_fetch *fetch, const char *url,
		    int bell_fd);

/* Worker: whether there is an answer, PENDING too. */
gboolean fetches_read(const struct scoreboard_fetch *fetch, guint32 number,
		      struct fetch_answer *out);

/* Worker: sleeps until there is another answer than seen, or for so long. */
void fetches_wait(struct scoreboard_fetch *fetch, guint32 number,
		  enum fetch_outcome seen, int timeout_ms);

/* Fetcher: takes a question newer than *seen, and moves that. out_url has
 * SCOREBOARD_FETCH_URL_BYTES. FALSE: there is none. */
gboolean fetches_take(const struct scoreboard_fetch *fetch, guint32 *seen,
		      char *out_url);

/* Fetcher: the number of the last question that was answered for good. */
guint32 fetches_answered(const struct scoreboard_fetch *fetch);

void fetches_answer(struct scoreboard_fetch *fetch, guint32 number,
		    const struct fetch_answer *answer);
