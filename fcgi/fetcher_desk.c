/* The fetcher's desk: who asks, and what they are told. */
#include "config.h"

#include "fcgi/fetcher_private.h"

#include <string.h>

#include "fcgi/log.h"

static gint64 now_s(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

static void answer(const struct fetcher *fetcher,
		   const struct fetched_waiter *waiter,
		   enum fetch_outcome outcome, const struct fetched *fetched)
{
	struct fetch_answer text = {.outcome = outcome};

	if (outcome == FETCH_READY) {
		fetched_id(fetched, text.id);
		text.fresh_s = (guint32)CLAMP(fetched->fresh_until_s - now_s(),
					      0, G_MAXINT32);
	}
	fetches_answer(&fetcher->setup->board->fetches[waiter->slot],
		       waiter->number, &text);
}

void fetcher_answer_all(struct fetcher *fetcher, struct fetched *fetched,
			enum fetch_outcome outcome)
{
	for (guint i = 0; i < fetched->waiters->len; i++)
		answer(fetcher,
		       &g_array_index(fetched->waiters, struct fetched_waiter,
				      i),
		       outcome, fetched);
	g_array_set_size(fetched->waiters, 0);
}

/* A slot waits for one thing at a time: for what it asked last. */
static void add_waiter(struct fetched *fetched,
		       const struct fetched_waiter *waiter)
{
	for (guint i = 0; i < fetched->waiters->len; i++) {
		struct fetched_waiter *other = &g_array_index(
			fetched->waiters, struct fetched_waiter, i);

		if (other->slot != waiter->slot)
			continue;
		*other = *waiter;
		return;
	}
	g_array_append_val(fetched->waiters, *waiter);
}

gboolean fetcher_has(const struct fetcher *fetcher,
		     const struct fetched *fetched)
{
	return fetched->version[0] &&
	       fetcher_cache_pack(fetcher->cache, fetched) == FETCHED_PACK;
}

static void make_wait(const struct fetcher *fetcher, struct fetched *fetched,
		      const struct fetched_waiter *waiter)
{
	add_waiter(fetched, waiter);
	answer(fetcher, waiter, FETCH_PENDING, NULL);
}

/* What can be said without the network; 0: nothing. */
static enum fetch_outcome answer_of(const struct fetcher *fetcher,
				    const struct fetched *fetched)
{
	if (fetched->retry_us > g_get_monotonic_time())
		return fetched->failure;
	/* A clock that was set back makes nothing fresh for ever. */
	if (now_s() < fetched->fresh_until_s &&
	    fetched->fresh_until_s - now_s() <= FRESHNESS_CEILING_S &&
	    fetcher_has(fetcher, fetched))
		return FETCH_READY;
	return (enum fetch_outcome)0;
}

static void begin(struct fetcher *fetcher, struct fetched *fetched,
		  struct fetcher_url *url, const struct fetched_waiter *waiter)
{
	fetched->url = *url;
	*url = (struct fetcher_url){NULL, NULL};
	if (fetcher_enqueue(fetcher, fetched))
		make_wait(fetcher, fetched, waiter);
	else
		answer(fetcher, waiter, FETCH_BUSY, NULL);
}

static void ask_for(struct fetcher *fetcher, struct fetcher_url *url,
		    const struct fetched_waiter *waiter)
{
	struct fetched *fetched = fetcher_cache_use(fetcher->cache, url);
	enum fetch_outcome outcome;

	if (!fetched) {
		answer(fetcher, waiter, FETCH_BUSY, NULL);
		return;
	}
	if (fetched->state != FETCHED_IDLE) {
		make_wait(fetcher, fetched, waiter);
		return;
	}
	outcome = answer_of(fetcher, fetched);
	if (!outcome) {
		begin(fetcher, fetched, url, waiter);
		return;
	}
	atomic_fetch_add(&fetcher->setup->board->origins.hits, 1);
	answer(fetcher, waiter, outcome, fetched);
}

static void ask(struct fetcher *fetcher, const char *text,
		const struct fetched_waiter *waiter)
{
	struct fetcher_url url = {NULL, NULL};

	atomic_fetch_add(&fetcher->setup->board->origins.asked, 1);
	switch (fetcher_url_check(fetcher->setup->origins, text, &url)) {
	case FETCHER_URL_OK:
		ask_for(fetcher, &url, waiter);
		break;
	case FETCHER_URL_BAD:
		answer(fetcher, waiter, FETCH_BAD_URL, NULL);
		break;
	case FETCHER_URL_NOT_ALLOWED:
		answer(fetcher, waiter, FETCH_NOT_ALLOWED, NULL);
		break;
	}
	fetcher_url_clear(&url);
}

void fetcher_listen(struct fetcher *fetcher)
{
	const struct scoreboard *board = fetcher->setup->board;
	guint n = scoreboard_n_slots(board);
	char url[SCOREBOARD_FETCH_URL_BYTES];

	for (guint i = 0; i < n; i++) {
		if (!fetches_take(&board->fetches[i], &fetcher->seen[i], url))
			continue;
		ask(fetcher, url,
		    &(struct fetched_waiter){i, fetcher->seen[i]});
	}
}
