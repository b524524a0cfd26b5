/* log_limit.h - how often lines of one kind may be written. Pure: the caller
 * brings the time, in monotonic microseconds.
 */
#pragma once

#include <glib.h>

enum { LOG_KIND_LINES = 100, LOG_KIND_S = 10, LOG_KINDS = 32 };

struct log_kind {
	const char *format; /* its address is the kind; NULL: free */
	gint64 end_us;	    /* of the time that is counted */
	guint written, held;
};

/* All zero to begin with. */
struct log_limit {
	struct log_kind kinds[LOG_KINDS];
};

/* Whether one more line of the kind may be written now; else it is counted as
 * held back. More kinds at once than LOG_KINDS share the last allowance. */
gboolean log_limit_take(struct log_limit *limit, const char *format,
			gint64 now_us);

/* Ends one kind whose time is over and of which lines were held back. FALSE:
 * there is none. */
gboolean log_limit_end(struct log_limit *limit, gint64 now_us,
		       struct log_kind *out);
