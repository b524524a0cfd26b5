#include "config.h"

#include "fcgi/access_log.h"

#include <syslog.h>

#include "fcgi/access_format.h"
#include "fcgi/log_sink.h"

struct access_log {
	struct access_format *format;
	struct log_sink all, slow;
	gint64 slow_us;
	GString *line; /* kept, so that a request need not allocate it */
};

struct access_log *access_log_open(const struct settings *settings,
				   GError **error)
{
	g_autoptr(access_log_auto) log = g_new0(struct access_log, 1);

	log->all.fd = log->slow.fd = -1;
	log->line = g_string_sized_new(ACCESS_LINE_BYTES);
	log->slow_us = settings->slow_time_ms * G_GINT64_CONSTANT(1000);
	log->format = access_format_new("access-log-format",
					settings->access_log_format, error);
	if (!log->format ||
	    !log_sink_open(&log->all, settings->access_log, error) ||
	    !log_sink_open(&log->slow, settings->slow_log, error))
		return NULL;
	return g_steal_pointer(&log);
}

void access_log_close(struct access_log *log)
{
	if (!log)
		return;
	log_sink_close(&log->all);
	log_sink_close(&log->slow);
	access_format_free(log->format);
	g_string_free(log->line, TRUE);
	g_free(log);
}

gboolean access_log_reopen(struct access_log *log, GError **error)
{
	gboolean is_open = log_sink_reopen(&log->all, error);

	/* The second one too, whatever became of the first. */
	return log_sink_reopen(&log->slow, is_open ? error : NULL) && is_open;
}

static void write_line(struct access_log *log, struct log_sink *sink,
		       const struct account *account)
{
	if (sink->kind == LOG_SINK_OFF)
		return;
	g_string_truncate(log->line, 0);
	access_format_line(log->format, account, g_get_real_time(), log->line);
	log_sink_write(sink, LOG_INFO, log->line->str, log->line->len);
}

void access_log_end(struct access_log *log, struct account *account,
		    enum scoreboard_outcome outcome)
{
	account_end(account, outcome, log ? log->slow_us : 0);
	if (!log)
		return;
	write_line(log, &log->all, account);
	if (log->slow_us > 0 && account_total_us(account) >= log->slow_us)
		write_line(log, &log->slow, account);
}

void access_log_victim(struct access_log *log, struct scoreboard_slot *slot,
		       pid_t pid)
{
	struct account account;
	struct account_texts texts;

	if (account_of_victim(&account, &texts, slot, pid))
		access_log_end(log, &account, SCOREBOARD_KILLED);
}
