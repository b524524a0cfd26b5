#include "config.h"

#include "fcgi/account.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static gint64 cpu_clock_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void set_stage(struct account *account, enum tally_stage stage)
{
	account->stage = stage;
	account->stages |= 1u << stage;
	atomic_store(&account->slot->tally.stage, (guint32)stage);
}

void account_begin(struct account *account, struct scoreboard_slot *slot)
{
	*account = (struct account){
		.slot = slot,
		.began_us = g_get_monotonic_time(),
		.cpu_us = cpu_clock_us(),
		.pid = getpid(),
		.id = "",
		.method = "",
		.path = "",
	};
	account->entered_us = account->began_us;
	atomic_store(&slot->tally.began_us, account->began_us);
	set_stage(account, TALLY_READ);
}

void account_queued(struct account *account, double waited_s)
{
	account->spent_us[TALLY_QUEUE] = (gint64)(waited_s * G_USEC_PER_SEC);
	account->stages |= 1u << TALLY_QUEUE;
}

static void close_stage(struct account *account)
{
	gint64 now_us = g_get_monotonic_time();

	account->spent_us[account->stage] += now_us - account->entered_us;
	account->entered_us = now_us;
}

void account_enter(struct account *account, enum tally_stage stage)
{
	close_stage(account);
	set_stage(account, stage);
}

void account_set_template(struct account *account, const char *id)
{
	(void)g_strlcpy(account->template_id, id, sizeof(account->template_id));
}

void account_set_key(struct account *account, const char *name)
{
	(void)g_strlcpy(account->key, name, sizeof(account->key));
}

gint64 account_total_us(const struct account *account)
{
	return account->entered_us - account->began_us;
}

static void add_times(const struct account *account)
{
	struct tally *tally = &account->slot->tally;

	for (guint i = 0; i < TALLY_STAGES; i++)
		if (account->stages & 1u << i)
			tally_time(&tally->times[i], account->spent_us[i]);
}

void account_end(struct account *account, enum scoreboard_outcome outcome,
		 gint64 slow_us)
{
	struct scoreboard_slot *slot = account->slot;
	gint64 took_us;

	close_stage(account);
	took_us = account_total_us(account);
	account->outcome = outcome;
	if (outcome == SCOREBOARD_GONE)
		account->status = TALLY_STATUS_GONE;
	add_times(account);
	tally_answer(&slot->tally, account->route, account->status);
	atomic_fetch_add(&slot->outcomes[outcome], 1);
	if (outcome != SCOREBOARD_GONE)
		atomic_fetch_add(&slot->bytes, account->bytes);
	if (slow_us > 0 && took_us >= slow_us)
		atomic_fetch_add(&slot->tally.slow, 1);
	if (outcome == SCOREBOARD_OK && account->stages & 1u << TALLY_ENCODE)
		atomic_store(&slot->tally.drew_us, account->entered_us);
	atomic_store(&slot->tally.took_us, (guint64)took_us);
	atomic_store(&slot->tally.cpu_us,
		     (guint64)(cpu_clock_us() - account->cpu_us));
	atomic_store(&slot->tally.began_us, 0);
}

static gboolean was_broken_off(const struct account *account)
{
	return account->outcome == SCOREBOARD_GONE ||
	       account->outcome == SCOREBOARD_KILLED;
}

enum tally_stage account_worst_stage(const struct account *account)
{
	guint worst = account->stage;

	if (was_broken_off(account))
		return account->stage;
	for (guint i = TALLY_READ; i < TALLY_STAGES; i++)
		if (account->spent_us[i] > account->spent_us[worst])
			worst = i;
	return worst;
}

gboolean account_of_victim(struct account *account, struct account_texts *texts,
			   struct scoreboard_slot *slot, pid_t pid)
{
	gint64 now_us = g_get_monotonic_time();
	gint64 began_us = atomic_load(&slot->tally.began_us);
	guint32 stage = atomic_load(&slot->tally.stage);

	if (began_us <= 0 || began_us > now_us || stage >= TALLY_STAGES)
		return FALSE;
	scoreboard_copy_text(slot->request_id, sizeof(texts->id), texts->id);
	scoreboard_copy_text(slot->target, sizeof(texts->path), texts->path);
	scoreboard_copy_text(slot->tally.method, sizeof(texts->method),
			     texts->method);
	*account = (struct account){
		.slot = slot,
		.began_us = began_us,
		.entered_us = now_us,
		.cpu_us = cpu_clock_us(), /* the worker's is lost */
		.stages = 1u << stage,
		.stage = stage,
		.outcome = SCOREBOARD_KILLED,
		.status = TALLY_STATUS_KILLED,
		.pid = pid,
		.id = texts->id,
		.method = texts->method,
		.path = texts->path,
	};
	account->spent_us[stage] = now_us - began_us;
	return TRUE;
}
