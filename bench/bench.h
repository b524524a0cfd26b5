/* bench.h - what the parts of the bench share.
 *
 * Everything is CPU time, not wall time, so that a busy machine disturbs it
 * little; a figure is the median over many requests, each with other texts.
 * Only ratios between figures of one run mean anything.
 */
#pragma once

#include <glib.h>

enum bench_stage {
	BENCH_PARSE,
	BENCH_LAYOUT,
	BENCH_PAINT,
	BENCH_ENCODE,
	BENCH_WRITE,
	BENCH_STAGES
};

/* One template's figures, in microseconds of CPU a request. */
struct bench_row {
	char *id;
	int width_px, height_px;
	const char *format;
	double bytes; /* of the median answer */
	double stages_us[BENCH_STAGES];
	double memcpy_us;  /* of the answer: the lower limit */
	double encode_us;  /* the blank, by the format's library */
	double request_us; /* behind nginx, nginx included */
	double ready_us;   /* a ready file of that size, likewise */
};

/* The query of the n-th request for a template: 3 to 6 words above and below,
 * letters an eighth of the picture high, never the same twice. The caller
 * frees it. */
char *bench_query(const char *id, int height_px, guint n);

/* CPU time of this thread. */
gint64 bench_cpu_ns(void);

/* Sorts samples and gives the one in the middle. */
double bench_median(double *samples, gsize n);

/* Where the bench works: packs made from a folder of templates. */
struct bench_place {
	char *templates_dir;
	char *dir; /* temporary; packs, sockets, logs */
	char *packs_dir;
	const char *captiond, *packer, *ready_worker;
	guint n_requests;
};

/* stages.c: fills stages_us, bytes, memcpy_us, encode_us of each template. */
GPtrArray *bench_stages(const struct bench_place *place, GError **error);

/* endtoend.c: fills request_us and ready_us. */
gboolean bench_end_to_end(const struct bench_place *place, GPtrArray *rows,
			  GError **error);

/* plot.c: the rows as bars, an SVG file. */
gboolean bench_plot(const GPtrArray *rows, const char *path, GError **error);
