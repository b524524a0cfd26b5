/* log.h - one line an event, on standard error.
 *
 * A line: time, process role and pid, level, message. Bytes that a client sent
 * are escaped here, and a line is cut at LOG_LINE_BYTES, so that a request can
 * neither forge nor flood the log.
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

void log_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_notice(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_info(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_debug(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The level that a number of -v less a number of -q stands for. */
enum log_level log_level_from_verbosity(int verbosity);
