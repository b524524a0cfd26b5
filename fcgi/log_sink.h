/* log_sink.h - where lines of a log go: a file, syslog, standard error.
 *
 * The master opens sinks before it forks, and every process writes to what it
 * inherited: each line is one write to a descriptor opened for appending, so
 * that lines of several processes never mix. Nothing here waits for a reader,
 * but for that of standard error.
 */
#pragma once

#include <glib.h>

enum log_sink_kind {
	LOG_SINK_OFF,
	LOG_SINK_STDERR,
	LOG_SINK_SYSLOG,
	LOG_SINK_FILE,
};

struct log_sink {
	enum log_sink_kind kind;
	int fd;	    /* -1: none */
	char *path; /* of the file, or of syslog's socket */
	guint lost; /* lines that could not be written by this process */
};

/* target is `off`, `stderr`, `syslog`, `syslog:SOCKET` or a file's path; one
 * that is not there is made, readable for its group. Errors: G_FILE_ERROR, and
 * sink is off. */
gboolean log_sink_open(struct log_sink *sink, const char *target,
		       GError **error);

/* Opens a file anew by its path, after it was renamed. Where that fails the old
 * one stays in use. */
gboolean log_sink_reopen(struct log_sink *sink, GError **error);
void log_sink_close(struct log_sink *sink);

/* Writes one line, which ends with \n. priority is syslog's level, 0 to 7. A
 * line that can't be written is counted, and told of when one can be again. */
void log_sink_write(struct log_sink *sink, int priority, const char *line,
		    gsize size);
