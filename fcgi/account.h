/* account.h - one request's account: what each stage took, and how it ended.
 *
 * Costs a clock reading a stage. What it finds goes to the slot's tally (for
 * sums), and to the access log (for each request). The stage at work is in the
 * slot too, so that the master can tell in which one a killed worker was.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "fcgi/scoreboard.h"
#include "fcgi/tally.h"

enum { ACCOUNT_NAME_BYTES = 201 /* LIMIT_ID_BYTES, and NUL */ };

/* Strings that are not arrays are the caller's, and must hold until the account
 * has been written; never NULL after account_begin(). */
struct account {
	struct scoreboard_slot *slot;
	gint64 began_us, entered_us, cpu_us; /* clocks at its begin */
	gint64 spent_us[TALLY_STAGES];
	guint stages; /* a bit for each one it has been in */
	enum tally_stage stage;
	enum tally_route route;
	enum scoreboard_outcome outcome;
	int status;
	gsize bytes; /* of the answer's body */
	pid_t pid;
	const char *id, *method, *path; /* without the query */
	char template_id[ACCOUNT_NAME_BYTES];
	char key[ACCOUNT_NAME_BYTES]; /* the name of the key that was used */
};

/* A connection has been accepted: opens the account, in the stage READ. */
void account_begin(struct account *account, struct scoreboard_slot *slot);

/* How long it had waited before; where the front server does not tell: 0. */
void account_queued(struct account *account, double waited_s);

void account_enter(struct account *account, enum tally_stage stage);

void account_set_template(struct account *account, const char *id);
void account_set_key(struct account *account, const char *name);

/* Closes it and adds it to the slot's tally. A request that took slow_us or
 * more without the queue counts as slow; 0: none does. */
void account_end(struct account *account, enum scoreboard_outcome outcome,
		 gint64 slow_us);

/* From accept to end, without the queue. */
gint64 account_total_us(const struct account *account);

/* Where most of that went; of one that was broken off, where it was. */
enum tally_stage account_worst_stage(const struct account *account);

/* The account of a request whose worker is gone, from what stands in its slot:
 * read by the master, each value checked. id, method and path are copied into
 * texts. FALSE: it was serving nobody. */
struct account_texts {
	char id[SCOREBOARD_ID_BYTES];
	char method[TALLY_METHOD_BYTES];
	char path[SCOREBOARD_TARGET_BYTES];
};
gboolean account_of_victim(struct account *account, struct account_texts *texts,
			   struct scoreboard_slot *slot, pid_t pid);
