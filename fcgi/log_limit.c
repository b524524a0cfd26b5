#include "config.h"

#include "fcgi/log_limit.h"

static gboolean is_over(const struct log_kind *kind, gint64 now_us)
{
	return kind->format && now_us >= kind->end_us;
}

/* The kind's row, else a free one, else the last. */
static struct log_kind *find_kind(struct log_limit *limit, const char *format,
				  gint64 now_us)
{
	struct log_kind *found = NULL;

	for (guint i = 0; i < LOG_KINDS; i++) {
		struct log_kind *kind = &limit->kinds[i];

		if (kind->format == format)
			return kind;
		if (!kind->format || (is_over(kind, now_us) && !kind->held))
			found = kind;
	}
	if (!found)
		return &limit->kinds[LOG_KINDS - 1];
	*found = (struct log_kind){
		.format = format,
		.end_us = now_us + LOG_KIND_S * G_USEC_PER_SEC,
	};
	return found;
}

gboolean log_limit_take(struct log_limit *limit, const char *format,
			gint64 now_us)
{
	struct log_kind *kind = find_kind(limit, format, now_us);

	if (is_over(kind, now_us)) {
		kind->end_us = now_us + LOG_KIND_S * G_USEC_PER_SEC;
		kind->written = 0;
	}
	if (kind->written >= LOG_KIND_LINES) {
		kind->held++;
		return FALSE;
	}
	kind->written++;
	return TRUE;
}

gboolean log_limit_end(struct log_limit *limit, gint64 now_us,
		       struct log_kind *out)
{
	for (guint i = 0; i < LOG_KINDS; i++) {
		struct log_kind *kind = &limit->kinds[i];

		if (!is_over(kind, now_us) || kind->held == 0)
			continue;
		*out = *kind;
		*kind = (struct log_kind){0};
		return TRUE;
	}
	return FALSE;
}
