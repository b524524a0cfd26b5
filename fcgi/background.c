#include "config.h"

#include "fcgi/background.h"

#include "fcgi/connection.h"
#include "fcgi/errors.h"
#include "fcgi/fetches.h"
#include "fcgi/held_packs.h"

enum {
	/* A worker keeps few mapped: each may be large, and be gone soon. */
	HELD_MAX = 32,
	/* What is there is told at once. Who takes longer needs a place. */
	GRACE_MS = 20,
	/* Between two looks at the client. */
	STEP_MS = 50,
	/* Where requests have no deadline. */
	WAIT_MAX_S = 30,
	/* A pack may leave between the answer and its use; twice is a cache
	 * that is far too small. */
	ATTEMPTS_MAX = 2,
};

struct background {
	struct scoreboard *board;
	struct scoreboard_fetch *fetch; /* of the slot */
	int bell_fd;
	struct held_packs *held;
	guint64 epoch; /* a new one for each look: files may go at any time */
	guint32 removed;
};

struct background *background_new(const struct settings *settings,
				  struct scoreboard *board, guint slot,
				  int bell_fd)
{
	g_autofree char *dir = NULL;
	struct background *background;

	if (!settings->origins_path)
		return NULL;
	dir = g_build_filename(settings->packs_dir, ORIGIN_PACKS_DIR, NULL);
	background = g_new0(struct background, 1);
	background->board = board;
	background->fetch = &board->fetches[slot];
	background->bell_fd = bell_fd;
	background->held = held_packs_new(dir, HELD_MAX);
	return background;
}

void background_free(struct background *background)
{
	if (!background)
		return;
	held_packs_free(background->held);
	g_free(background);
}

void background_refresh(struct background *background)
{
	guint32 removed;

	if (!background)
		return;
	removed = atomic_load(&background->board->origins.removed);
	if (removed == background->removed)
		return;
	background->removed = removed;
	(void)held_packs_follow(background->held); /* else it is not there */
}

static guint n_places(const struct scoreboard *board)
{
	return MAX(scoreboard_n_workers(board) / 2, 1);
}

/* Of two that come at one moment both may be turned away, never too many let
 * in: each says that it is there before it counts. */
static gboolean take_place(const struct background *background)
{
	const struct scoreboard *board = background->board;
	guint n = scoreboard_n_slots(board), held = 0;

	atomic_store(&background->fetch->is_held, 1);
	for (guint i = 0; i < n; i++)
		held += atomic_load(&board->fetches[i].is_held) != 0;
	if (held <= n_places(board))
		return TRUE;
	atomic_store(&background->fetch->is_held, 0);
	return FALSE;
}

/* A question on its way. */
struct wait {
	const struct background_order *order;
	guint32 number;
	enum fetch_outcome seen; /* 0, or FETCH_PENDING */
	gint64 grace_us, end_us; /* monotonic */
	gboolean has_place;
};

/* 0: go on waiting. */
static enum fetch_outcome give_up(const struct background *background,
				  struct wait *wait)
{
	gint64 now_us = g_get_monotonic_time();

	if (now_us >= wait->end_us ||
	    connection_is_gone(wait->order->client_fd))
		return FETCH_LATE;
	if (wait->has_place ||
	    (wait->seen != FETCH_PENDING && now_us < wait->grace_us))
		return (enum fetch_outcome)0;
	wait->has_place = take_place(background);
	return wait->has_place ? (enum fetch_outcome)0 : FETCH_BUSY;
}

static int step_ms(const struct wait *wait)
{
	gint64 left_ms = (wait->end_us - g_get_monotonic_time()) / 1000;

	return (int)CLAMP(left_ms, 1, wait->has_place ? STEP_MS : GRACE_MS);
}

static void wait_for(const struct background *background, struct wait *wait,
		     struct fetch_answer *out)
{
	for (;;) {
		gboolean is_there =
			fetches_read(background->fetch, wait->number, out);

		if (is_there && out->outcome != FETCH_PENDING)
			return;
		wait->seen = is_there ? FETCH_PENDING : (enum fetch_outcome)0;
		out->outcome = give_up(background, wait);
		if (out->outcome)
			return;
		fetches_wait(background->fetch, wait->number, wait->seen,
			     step_ms(wait));
	}
}

static gint64 end_of(const struct background_order *order, gint64 now_us)
{
	gint64 most_us = now_us + WAIT_MAX_S * G_USEC_PER_SEC;

	return order->deadline_us ? MIN(order->deadline_us, most_us) : most_us;
}

static void ask(const struct background *background,
		const struct background_order *order, struct fetch_answer *out)
{
	gint64 now_us = g_get_monotonic_time();
	struct wait wait = {
		.order = order,
		.number = fetches_ask(background->fetch, order->url,
				      background->bell_fd),
		.grace_us = now_us + GRACE_MS * G_GINT64_CONSTANT(1000),
		.end_us = end_of(order, now_us),
	};

	wait_for(background, &wait, out);
	atomic_store(&background->fetch->is_held, 0);
}

/* What a client is told: of the origin, nothing but what it comes to. */
static const struct {
	int status;
	const char *message;
} refusals[FETCH_OUTCOMES] = {
	[FETCH_BAD_URL] = {400, "cannot decode request: background: a plain "
				"http or https URL expected"},
	[FETCH_NOT_ALLOWED] = {400, "cannot decode request: background: no "
				    "pictures are fetched from there"},
	[FETCH_NOT_FOUND] = {404, "cannot load background: there is no such "
				  "picture"},
	[FETCH_UNFIT] = {415, "cannot load background: it is no picture that "
			      "can be drawn on"},
	[FETCH_LATE] = {504, "cannot load background: it takes too long"},
	[FETCH_FAILED] = {504, "cannot load background: its server does not "
			       "answer"},
	[FETCH_BUSY] = {503, "too many pictures are being fetched"},
};

static struct pack *fail(enum fetch_outcome outcome, GError **error)
{
	g_set_error_literal(error, HTTP_ERROR, refusals[outcome].status,
			    refusals[outcome].message);
	return NULL;
}

static struct pack *find(struct background *background, const char *id)
{
	g_autofree char *name = g_strconcat(id, ".pack", NULL);
	struct pack *pack =
		held_packs_find(background->held, name, ++background->epoch);

	return pack ? pack
		    : held_packs_open(background->held, name, background->epoch,
				      NULL);
}

struct pack *background_get(struct background *background,
			    const struct background_order *order,
			    guint32 *out_fresh_s, GError **error)
{
	struct fetch_answer answer;

	if (!background)
		return fail(FETCH_NOT_ALLOWED, error);
	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		struct pack *pack;

		ask(background, order, &answer);
		if (answer.outcome != FETCH_READY)
			return fail(answer.outcome, error);
		*out_fresh_s = answer.fresh_s;
		pack = find(background, answer.id);
		if (pack)
			return pack;
	}
	return fail(FETCH_BUSY, error);
}
