#include "config.h"

#include "fcgi/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/log_limit.h"
#include "fcgi/log_sink.h"

static const char *log_role = "captiond";
static enum log_level log_threshold = LOG_LEVEL_NOTICE;
static struct log_sink log_sink = {.kind = LOG_SINK_STDERR, .fd = -1};

static struct log_limit log_limit;

void log_set_role(const char *role)
{
	log_role = role;
}

void log_set_level(enum log_level level)
{
	log_threshold = level;
}

/* A file takes the place of standard error. */
static gboolean become_stderr(const struct log_sink *sink, GError **error)
{
	if (sink->kind != LOG_SINK_FILE ||
	    dup2(sink->fd, STDERR_FILENO) == STDERR_FILENO)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
		    "cannot log to '%s': %s", sink->path, g_strerror(errno));
	return FALSE;
}

gboolean log_open(const char *target, GError **error)
{
	struct log_sink sink;

	if (!log_sink_open(&sink, target, error))
		return FALSE;
	if (!become_stderr(&sink, error)) {
		log_sink_close(&sink);
		return FALSE;
	}
	log_sink_close(&log_sink);
	log_sink = sink;
	return TRUE;
}

gboolean log_reopen(GError **error)
{
	return log_sink_reopen(&log_sink, error) &&
	       become_stderr(&log_sink, error);
}

char *log_target(void)
{
	if (log_sink.kind == LOG_SINK_SYSLOG)
		return g_strconcat("syslog:", log_sink.path, NULL);
	return g_strdup("stderr");
}

enum log_level log_level_from_verbosity(int verbosity)
{
	return CLAMP((int)LOG_LEVEL_NOTICE + verbosity, (int)LOG_LEVEL_ERROR,
		     (int)LOG_LEVEL_DEBUG);
}

/* Control characters would let a request write lines of its own, or speak to
 * the terminal that shows them; so would bytes that are no UTF-8. */
static gboolean is_plain(const char *at)
{
	gunichar character = g_utf8_get_char_validated(at, -1);

	return character < (gunichar)-2 && !g_unichar_iscntrl(character);
}

static void append_escaped(GString *line, const char *text)
{
	const char *at = text;

	while (*at && line->len < LOG_LINE_BYTES) {
		gsize size = 1;

		if (is_plain(at)) {
			size = (gsize)(g_utf8_next_char(at) - at);
			g_string_append_len(line, at, (gssize)size);
		} else {
			g_string_append_printf(line, "\\x%02x", (guchar)*at);
		}
		at += size;
	}
}

static void append_stamp(GString *line)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	(void)gmtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	g_string_append_printf(line, "%s %s[%d] ", stamp, log_role,
			       (int)getpid());
}

/* syslogd adds the time, and knows the pid and the level. */
static void write_message(enum log_level level, const char *message)
{
	static const char *const names[] = {"error", "warning", "notice",
					    "info", "debug"};
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE,
					 LOG_INFO, LOG_DEBUG};
	g_autoptr(GString) line = g_string_sized_new(160);

	if (log_sink.kind == LOG_SINK_SYSLOG)
		g_string_append_printf(line, "%s: ", log_role);
	else
		append_stamp(line);
	if (log_sink.kind != LOG_SINK_SYSLOG)
		g_string_append_printf(line, "%s: ", names[level]);
	append_escaped(line, message);
	g_string_append_c(line, '\n');
	log_sink_write(&log_sink, priorities[level], line->str, line->len);
}

void log_tick(void)
{
	gint64 now_us = g_get_monotonic_time();
	struct log_kind kind;

	while (log_limit_end(&log_limit, now_us, &kind)) {
		g_autofree char *message = g_strdup_printf(
			"%u more lines like '%s' were held back", kind.held,
			kind.format);

		write_message(LOG_LEVEL_WARNING, message);
	}
}

static gboolean is_held_back(enum log_level level, const char *format)
{
	if (level == LOG_LEVEL_DEBUG)
		return FALSE;
	log_tick();
	return !log_limit_take(&log_limit, format, g_get_monotonic_time());
}

G_GNUC_PRINTF(2, 0)
static void log_line(enum log_level level, const char *format, va_list args)
{
	g_autofree char *message = NULL;

	if (level > log_threshold || is_held_back(level, format))
		return;
	message = g_strdup_vprintf(format, args);
	write_message(level, message);
}

#define LOG_FUNCTION(name, level)              \
	void name(const char *format, ...)     \
	{                                      \
		va_list args;                  \
                                               \
		va_start(args, format);        \
		log_line(level, format, args); \
		va_end(args);                  \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_notice, LOG_LEVEL_NOTICE)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
