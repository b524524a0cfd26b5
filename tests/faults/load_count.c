#include "config.h"

#include "tests/faults/load_count.h"

#include <stdio.h>

enum {
	STATUSES = 600,
	BODIES_MOST = 64, /* different ones of one target that are kept */
	BUCKET_MS = 100,
};

/* What was answered in one tenth of a second. */
struct bucket {
	guint ok, busy, other;
	guint32 max_us; /* of the good ones */
};

struct count {
	const char *folder; /* for a copy of each body; NULL: none */
	gint64 started_us;
	guint64 statuses[STATUSES];
	guint64 ends[CLIENT_ENDS];
	guint64 without_retry_after; /* 503 and 429 that should have it */
	GArray *took_ok, *took_busy, *took_other; /* guint32, µs */
	GArray *buckets;			  /* struct bucket */
	guint n_targets;
	GHashTable **bodies; /* of each target: MD5 → how often */
};

static const char *const end_names[CLIENT_ENDS] = {
	"answered", "refused", "closed", "cut", "garbled", "timeout",
};

struct count *count_new(guint n_targets, const char *folder)
{
	struct count *count = g_new0(struct count, 1);

	count->folder = folder;
	count->started_us = g_get_monotonic_time();
	count->took_ok = g_array_new(FALSE, FALSE, sizeof(guint32));
	count->took_busy = g_array_new(FALSE, FALSE, sizeof(guint32));
	count->took_other = g_array_new(FALSE, FALSE, sizeof(guint32));
	count->buckets = g_array_new(FALSE, TRUE, sizeof(struct bucket));
	count->n_targets = n_targets;
	count->bodies = g_new0(GHashTable *, n_targets);
	for (guint i = 0; i < n_targets; i++)
		count->bodies[i] = g_hash_table_new_full(
			g_str_hash, g_str_equal, g_free, NULL);
	return count;
}

void count_free(struct count *count)
{
	for (guint i = 0; i < count->n_targets; i++)
		g_hash_table_unref(count->bodies[i]);
	g_free(count->bodies);
	g_array_unref(count->buckets);
	g_array_unref(count->took_ok);
	g_array_unref(count->took_busy);
	g_array_unref(count->took_other);
	g_free(count);
}

static struct bucket *bucket_now(struct count *count)
{
	guint i = (guint)((g_get_monotonic_time() - count->started_us) /
			  (BUCKET_MS * 1000));

	if (i >= count->buckets->len)
		g_array_set_size(count->buckets, i + 1);
	return &g_array_index(count->buckets, struct bucket, i);
}

static void keep_body(const struct count *count, const struct client *client,
		      const char *sum)
{
	g_autofree char *path =
		count->folder ? g_build_filename(count->folder, sum, NULL)
			      : NULL;

	if (path)
		(void)g_file_set_contents(path,
					  (const char *)client_body(client),
					  (gssize)client->body_bytes, NULL);
}

static void count_body(struct count *count, const struct client *client)
{
	GHashTable *bodies = count->bodies[client->target];
	g_autofree char *sum = g_compute_checksum_for_data(
		G_CHECKSUM_MD5, client_body(client), client->body_bytes);
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(bodies, sum));

	if (n == 0 && g_hash_table_size(bodies) >= BODIES_MOST)
		return;
	if (n == 0)
		keep_body(count, client, sum);
	g_hash_table_insert(bodies, g_steal_pointer(&sum),
			    GUINT_TO_POINTER(n + 1));
}

void count_end(struct count *count, const struct client *client,
	       enum client_end end, gint64 took_us, gboolean compares)
{
	struct bucket *bucket = bucket_now(count);
	guint32 took = (guint32)CLAMP(took_us, 0, G_MAXINT32);
	int status = end == CLIENT_ANSWERED ? client->status : 0;

	count->ends[end]++;
	if (status == 200 || status == 304) {
		bucket->ok++;
		bucket->max_us = MAX(bucket->max_us, took);
		g_array_append_val(count->took_ok, took);
		if (compares && status == 200)
			count_body(count, client);
	} else if (status == 503 || status == 429) {
		bucket->busy++;
		g_array_append_val(count->took_busy, took);
		count->without_retry_after += !client->has_retry_after;
	} else {
		bucket->other++;
		g_array_append_val(count->took_other, took);
	}
	if (end == CLIENT_ANSWERED)
		count->statuses[CLAMP(status, 0, STATUSES - 1)]++;
}

static gint by_size(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *name, GArray *took)
{
	static const struct {
		const char *name;
		double part;
	} points[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1}};

	g_array_sort(took, by_size);
	printf(" \"%s\": {\"n\": %u", name, took->len);
	for (gsize i = 0; i < G_N_ELEMENTS(points) && took->len > 0; i++) {
		guint at = (guint)(points[i].part * (took->len - 1));

		printf(", \"%s\": %.2f", points[i].name,
		       g_array_index(took, guint32, at) / 1000.0);
	}
	printf("},\n");
}

static void print_bodies(const struct count *count)
{
	printf(" \"bodies\": [");
	for (guint i = 0; i < count->n_targets; i++) {
		GHashTableIter iter;
		gpointer sum, n;
		const char *comma = "";

		printf("%s{", i > 0 ? ", " : "");
		g_hash_table_iter_init(&iter, count->bodies[i]);
		while (g_hash_table_iter_next(&iter, &sum, &n)) {
			printf("%s\"%s\": %u", comma, (char *)sum,
			       GPOINTER_TO_UINT(n));
			comma = ", ";
		}
		printf("}");
	}
	printf("]\n");
}

static void print_timeline(const struct count *count)
{
	printf(" \"timeline\": [");
	for (guint i = 0; i < count->buckets->len; i++) {
		const struct bucket *bucket =
			&g_array_index(count->buckets, struct bucket, i);

		printf("%s[%u, %u, %u, %.1f]", i > 0 ? ", " : "", bucket->ok,
		       bucket->busy, bucket->other, bucket->max_us / 1000.0);
	}
	printf("],\n");
}

void count_print(const struct count *count, double seconds, int idle)
{
	guint64 total = 0;
	const char *comma = "";

	printf("{\"seconds\": %.3f, \"idle\": %d,\n \"ends\": {", seconds,
	       idle);
	for (int i = 0; i < CLIENT_ENDS; i++) {
		printf("%s\"%s\": %" G_GUINT64_FORMAT, i > 0 ? ", " : "",
		       end_names[i], count->ends[i]);
		total += count->ends[i];
	}
	printf("},\n \"requests\": %" G_GUINT64_FORMAT ",\n \"statuses\": {",
	       total);
	for (int i = 0; i < STATUSES; i++) {
		if (count->statuses[i] == 0)
			continue;
		printf("%s\"%d\": %" G_GUINT64_FORMAT, comma, i,
		       count->statuses[i]);
		comma = ", ";
	}
	printf("},\n \"without_retry_after\": %" G_GUINT64_FORMAT ",\n",
	       count->without_retry_after);
	print_times("ok_ms", count->took_ok);
	print_times("busy_ms", count->took_busy);
	print_times("other_ms", count->took_other);
	print_timeline(count);
	print_bodies(count);
	printf("}\n");
}
