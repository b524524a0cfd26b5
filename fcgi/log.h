/* log.h - one line an event, to standard error, a file or syslog.
 *
 * A line: time, process role and pid, level, message. Bytes that a client sent
 * are escaped here, and a line is cut at LOG_LINE_BYTES, so that a request can
 * neither forge nor flood the log. For the same reason each kind of line (its
 * format) is written a hundred times in ten seconds by a process at most (see
 * log_limit.h); how many were held back is said. Debugging lines all are
 * written.
 */
#pragma once

#include <glib.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum { LOG_LINE_BYTES = 1024 };

/* Sets what this process is called and which levels it writes (NOTICE and
 * above to begin with). role is kept, not copied. */
void log_set_role(const char *role);
void log_set_level(enum log_level level);

/* Sets where lines go: a target as log_sink_open() takes it. A file becomes
 * standard error itself: so what libraries and children say is in it too.
 * Errors: G_FILE_ERROR; the log stays where it was. */
gboolean log_open(const char *target, GError **error);

/* Opens the file anew, after it was renamed; for the master, whose next
 * children have it. Errors: likewise. */
gboolean log_reopen(GError **error);

/* The argument of --log for a program that is exec'ed: `stderr`, which is the
 * file if there is one, or syslog's. The caller frees it. */
char *log_target(void);

void log_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_notice(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_info(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_debug(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* To be called now and then: says what was held back, once its time is over. */
void log_tick(void);

/* The level that a number of -v less a number of -q stands for. */
enum log_level log_level_from_verbosity(int verbosity);
