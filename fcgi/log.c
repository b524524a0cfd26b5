#include "config.h"

#include "fcgi/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *log_role = "captiond";
static enum log_level log_threshold = LOG_LEVEL_NOTICE;

void log_set_role(const char *role)
{
	log_role = role;
}

void log_set_level(enum log_level level)
{
	log_threshold = level;
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

static void write_line(const GString *line)
{
	gsize written = 0;

	/* Nothing can be said about a log that can't be written. */
	while (written < line->len) {
		ssize_t n = write(STDERR_FILENO, line->str + written,
				  line->len - written);

		if (n <= 0)
			return;
		written += (gsize)n;
	}
}

G_GNUC_PRINTF(2, 0)
static void log_line(enum log_level level, const char *format, va_list args)
{
	static const char *const names[] = {"error", "warning", "notice",
					    "info", "debug"};
	g_autoptr(GString) line = g_string_sized_new(160);
	g_autofree char *message = NULL;
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	if (level > log_threshold)
		return;
	(void)gmtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	g_string_printf(line, "%s %s[%d] %s: ", stamp, log_role, (int)getpid(),
			names[level]);
	message = g_strdup_vprintf(format, args);
	append_escaped(line, message);
	g_string_append_c(line, '\n');
	write_line(line);
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
