#include "config.h"

#include "fcgi/fetches.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "render/limits.h"

G_STATIC_ASSERT((int)SCOREBOARD_FETCH_URL_BYTES == (int)LIMIT_URL_BYTES + 1);
G_STATIC_ASSERT((int)SCOREBOARD_FETCH_ID_BYTES >
		FETCH_KEY_DIGITS + 1 + FETCH_VERSION_DIGITS);

enum {
	OUTCOME_BITS = 8,
	NUMBER_MASK = 0xffffff,
	FRESH_MAX_S = 24 * 60 * 60,
};

static gboolean are_hex(const char *text, gsize n)
{
	return strspn(text, "0123456789abcdef") >= n;
}

gboolean fetches_is_id(const char *text)
{
	return are_hex(text, FETCH_KEY_DIGITS) &&
	       text[FETCH_KEY_DIGITS] == '-' &&
	       are_hex(text + FETCH_KEY_DIGITS + 1, FETCH_VERSION_DIGITS) &&
	       text[FETCH_KEY_DIGITS + 1 + FETCH_VERSION_DIGITS] == '\0';
}

/* Never 0. A worker that died over its question left a 0: its successor goes on
 * from the last answer. */
static guint32 next_number(const struct scoreboard_fetch *fetch)
{
	guint32 last = atomic_load(&fetch->asked);

	if (last == 0)
		last = atomic_load(&fetch->answer) >> OUTCOME_BITS;
	return last >= NUMBER_MASK ? 1 : last + 1;
}

guint32 fetches_ask(struct scoreboard_fetch *fetch, const char *url,
		    int bell_fd)
{
	guint32 number = next_number(fetch);
	guint64 one = 1;

	atomic_store(&fetch->asked, 0);
	(void)g_strlcpy(fetch->url, url, sizeof(fetch->url));
	atomic_store(&fetch->asked, number);
	/* A bell that is full rings already. */
	if (bell_fd >= 0 && write(bell_fd, &one, sizeof(one)) < 0)
		return number;
	return number;
}

static enum fetch_outcome outcome_of(guint32 answer, guint32 number)
{
	guint32 outcome = answer & ((1 << OUTCOME_BITS) - 1);

	if (answer >> OUTCOME_BITS != number || outcome >= FETCH_OUTCOMES)
		return (enum fetch_outcome)0;
	return (enum fetch_outcome)outcome;
}

/* Byte by byte: it may be written over at the same time. */
static void copy_text(const char *from, gsize size, char *out)
{
	gsize i;

	for (i = 0; i + 1 < size && from[i]; i++)
		out[i] = from[i];
	out[i] = '\0';
}

gboolean fetches_read(const struct scoreboard_fetch *fetch, guint32 number,
		      struct fetch_answer *out)
{
	guint32 answer = atomic_load(&fetch->answer);
	guint32 fresh_s = atomic_load(&fetch->fresh_s);

	out->outcome = outcome_of(answer, number);
	if (!out->outcome)
		return FALSE;
	copy_text(fetch->id, sizeof(out->id), out->id);
	out->fresh_s = MIN(fresh_s, FRESH_MAX_S);
	return atomic_load(&fetch->answer) == answer &&
	       (out->outcome != FETCH_READY || fetches_is_id(out->id));
}

void fetches_wait(struct scoreboard_fetch *fetch, guint32 number,
		  enum fetch_outcome seen, int timeout_ms)
{
	const struct timespec timeout = {timeout_ms / 1000,
					 timeout_ms % 1000 * 1000000L};
	guint32 answer = atomic_load(&fetch->answer);

	if (outcome_of(answer, number) != seen)
		return;
	/* Woken, out of time, a signal, or just too late: the caller looks. */
	(void)syscall(SYS_futex, &fetch->answer, FUTEX_WAIT, answer, &timeout,
		      NULL, 0);
}

gboolean fetches_take(const struct scoreboard_fetch *fetch, guint32 *seen,
		      char *out_url)
{
	guint32 number = atomic_load(&fetch->asked);

	if (number == 0 || number == *seen || number > NUMBER_MASK)
		return FALSE;
	copy_text(fetch->url, SCOREBOARD_FETCH_URL_BYTES, out_url);
	if (atomic_load(&fetch->asked) != number)
		return FALSE;
	*seen = number;
	return TRUE;
}

guint32 fetches_answered(const struct scoreboard_fetch *fetch)
{
	guint32 answer = atomic_load(&fetch->answer);
	guint32 number = answer >> OUTCOME_BITS;

	return outcome_of(answer, number) == FETCH_PENDING ? 0 : number;
}

void fetches_answer(struct scoreboard_fetch *fetch, guint32 number,
		    const struct fetch_answer *answer)
{
	(void)g_strlcpy(fetch->id, answer->id, sizeof(fetch->id));
	atomic_store(&fetch->fresh_s, answer->fresh_s);
	atomic_store(&fetch->answer,
		     number << OUTCOME_BITS | (guint32)answer->outcome);
	(void)syscall(SYS_futex, &fetch->answer, FUTEX_WAKE, G_MAXINT, NULL,
		      NULL, 0);
}
