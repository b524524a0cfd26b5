/* bench.h - what the parts of the bench share.
 *
 * Everything is CPU time, not wall time, so that a busy machine disturbs it
 * little; a figure is the mean over many requests, each with other texts, so
 * that the stages add up to the request.
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
	double bytes; /* of the mean answer */
	double stages_us[BENCH_STAGES];
	double memcpy_us;  /* of the answer: the lower limit */
	double encode_us;  /* the blank, by the format's library */
	double request_us; /* behind nginx, nginx included */
	double ready_us;   /* a ready file of that size, likewise */
	double anew_us;	   /* the blank encoded whole, likewise; 0: none */
};

/* The query of the n-th request for a template: 3 to 6 words above and below,
 * letters text_px high, never the same twice. The caller frees it. */
char *bench_query(const char *id, int text_px, guint n);

/* CPU time of this thread. */
gint64 bench_cpu_ns(void);

/* Sorts samples and gives the one in the middle. */
double bench_median(double *samples, gsize n);

double bench_mean(const double *samples, gsize n);

/* Where the bench works: packs made from a folder of templates. */
struct bench_place {
	char *templates_dir;
	char *dir; /* temporary; packs, sockets, logs */
	char *packs_dir;
	const char *captiond, *packer, *worker;
	guint n_requests;
	int text_px; /* size of the letters; 0: an eighth of each picture */
};

/* The size of the letters on a picture so high. */
int bench_text_px(const struct bench_place *place, int height_px);

/* stages.c: fills stages_us, bytes, memcpy_us, encode_us of each template. */
GPtrArray *bench_stages(const struct bench_place *place, GError **error);

/* endtoend.c: fills request_us, ready_us and anew_us. */
gboolean bench_end_to_end(const struct bench_place *place, GPtrArray *rows,
			  GError **error);

/* main.c: makes packs of a folder of pictures; after an error the place is left
 * for its logs. */
gboolean bench_open(struct bench_place *place, const char *templates_dir,
		    GError **error);
void bench_close(struct bench_place *place);
void bench_remove(const char *dir);

/* The rows of a folder, from its packs to the end. */
GPtrArray *bench_folder(struct bench_place *place, const char *templates_dir,
			GError **error);

/* table.c */
void bench_print(const GPtrArray *rows);

/* plot.c: the rows as bars, an SVG file. */
gboolean bench_plot(const GPtrArray *rows, const char *path, GError **error);

/* curves.c: the cost against the picture's size and the number of frames, both
 * with the same texts; a table and an SVG file each, in output. */
gboolean bench_curves(struct bench_place *place, const char *output,
		      GError **error);

/* crowd.c: start-up and memory with 10 templates and with n. */
gboolean bench_crowd(struct bench_place *place, guint n, GError **error);
