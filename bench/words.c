#include "config.h"

#include "bench/bench.h"

#include <stdlib.h>
#include <time.h>

#include "render/query.h"

static const char *const words[] = {
	"never",  "again", "robots", "eat",   "cheese", "when",	 "monday",
	"comes",  "why",   "not",    "the",   "server", "needs", "coffee",
	"please", "ship",  "it",     "on",    "friday", "and",	 "everybody",
	"knows",  "that",  "tests",  "lie",   "maybe",	"once",	 "a",
	"llama",  "said",  "so",     "twice",
};

enum { FEWEST_WORDS = 3, MOST_WORDS = 6 };

/* The same words for the same n in every run, so that runs can be compared. */
static char *make_text(GRand *random, guint n)
{
	GString *text = g_string_new(NULL);
	int count = g_rand_int_range(random, FEWEST_WORDS, MOST_WORDS + 1);

	for (int i = 1; i < count; i++)
		g_string_append_printf(
			text, "%s ",
			words[g_rand_int_range(random, 0,
					       G_N_ELEMENTS(words))]);
	g_string_append_printf(text, "%u", n);
	return g_string_free(text, FALSE);
}

char *bench_query(const char *id, int text_px, guint n)
{
	GString *query = g_string_new(NULL);
	GRand *random = g_rand_new_with_seed(n);
	g_autofree char *top = make_text(random, n);
	g_autofree char *bottom = make_text(random, n);
	g_autofree char *size = g_strdup_printf("%d", text_px);

	g_rand_free(random);
	query_append(query, "template", id);
	query_append(query, "top_text", top);
	query_append(query, "bottom_text", bottom);
	query_append(query, "size", size);
	return g_string_free(query, FALSE);
}

gint64 bench_cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * G_GINT64_CONSTANT(1000000000) + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_mean(const double *samples, gsize n)
{
	double sum = 0;

	for (gsize i = 0; i < n; i++)
		sum += samples[i];
	return n ? sum / (double)n : 0;
}

int bench_text_px(const struct bench_place *place, int height_px)
{
	return place->text_px > 0 ? place->text_px : MAX(1, height_px / 8);
}

double bench_median(double *samples, gsize n)
{
	qsort(samples, n, sizeof(*samples), compare);
	return n ? samples[n / 2] : 0;
}
