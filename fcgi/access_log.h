/* access_log.h - a line for every request, and for slow ones one more.
 *
 * Opened by the master, inherited by the workers. A worker writes the line of
 * each connection that it accepted, also where nothing could be read or nobody
 * waited for the answer; that of a worker that died is the master's.
 */
#pragma once

#include <glib.h>

#include "fcgi/account.h"
#include "fcgi/settings.h"

struct access_log;

/* Opens what settings says; both logs may be off. Errors: SETTINGS_ERROR_USAGE
 * for a format, G_FILE_ERROR for a target. */
struct access_log *access_log_open(const struct settings *settings,
				   GError **error);
void access_log_close(struct access_log *log);
typedef struct access_log access_log_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(access_log_auto, access_log_close)

/* Opens the files anew after they were renamed. What can't be opened stays as
 * it was. Workers have the new ones from their start: start them anew. */
gboolean access_log_reopen(struct access_log *log, GError **error);

/* Ends the account (see account_end) and writes its line. log may be NULL. */
void access_log_end(struct access_log *log, struct account *account,
		    enum scoreboard_outcome outcome);

/* For the master: counts and tells the request that a dead worker was serving.
 * Call it before the slot is cleared; where it served none, nothing happens. */
void access_log_victim(struct access_log *log, struct scoreboard_slot *slot,
		       pid_t pid);
