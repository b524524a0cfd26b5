/* /stats: the counters of all workers, summed. */
#include "config.h"

#include "fcgi/route_handlers.h"

#include "render/autoptr.h"

struct cache_sum {
	guint64 hits, misses, entries, capacity;
};

static void add_cache(struct cache_sum *sum,
		      const struct scoreboard_cache *cache)
{
	sum->hits += atomic_load(&cache->hits);
	sum->misses += atomic_load(&cache->misses);
	sum->entries += atomic_load(&cache->entries);
	sum->capacity += atomic_load(&cache->capacity);
}

static struct json_object *cache_object(const struct cache_sum *sum)
{
	struct json_object *object = json_object_new_object();
	double fill_rate =
		sum->capacity ? (double)sum->entries / (double)sum->capacity
			      : 0;

	json_object_object_add(object, "capacity",
			       json_object_new_uint64(sum->capacity));
	json_object_object_add(object, "fill_rate",
			       json_object_new_double(fill_rate));
	json_object_object_add(object, "misses",
			       json_object_new_uint64(sum->misses));
	json_object_object_add(object, "hits",
			       json_object_new_uint64(sum->hits));
	return object;
}

/* What there is of it is on the disk, all workers' together. */
static struct json_object *variants_object(const struct service *service,
					   struct cache_sum *sum)
{
	struct json_object *object;

	sum->entries = atomic_load(&service->board->variant_bytes);
	sum->capacity = atomic_load(&service->board->variant_bytes_max);
	object = cache_object(sum);
	json_object_object_add(
		object, "entries",
		json_object_new_int64(atomic_load(&service->board->variants)));
	return object;
}

static struct json_object *sum_caches(const struct service *service)
{
	struct cache_sum templates = {0}, fonts = {0}, variants = {0};
	struct json_object *object = json_object_new_object();

	for (guint i = 0; i < scoreboard_n_slots(service->board); i++) {
		add_cache(&templates, &service->board->slots[i].templates);
		add_cache(&fonts, &service->board->slots[i].fonts);
		add_cache(&variants, &service->board->slots[i].variants);
	}
	json_object_object_add(object, "templates", cache_object(&templates));
	json_object_object_add(object, "fonts", cache_object(&fonts));
	json_object_object_add(object, "variants",
			       variants_object(service, &variants));
	return object;
}

static struct json_object *sum_requests(const struct service *service)
{
	struct json_object *object = json_object_new_object();

	for (int j = 0; j < SCOREBOARD_OUTCOMES; j++) {
		guint64 sum = 0;

		for (guint i = 0; i < scoreboard_n_slots(service->board); i++)
			sum += atomic_load(
				&service->board->slots[i].outcomes[j]);
		json_object_object_add(object,
				       scoreboard_outcome_name((guint)j),
				       json_object_new_uint64(sum));
	}
	return object;
}

/* A new reference; an empty array where the catalog has none. */
static struct json_object *share_array(struct json_object *array)
{
	return array ? json_object_get(array) : json_object_new_array();
}

static guint64 sum_missing_chars(const struct service *service)
{
	guint64 sum = 0;

	for (guint i = 0; i < scoreboard_n_slots(service->board); i++)
		sum += atomic_load(&service->board->slots[i].missing_chars);
	return sum;
}

static guint count_waiting(const struct scoreboard *board)
{
	guint n = 0;

	for (guint i = 0; i < scoreboard_n_slots(board); i++)
		n += atomic_load(&board->fetches[i].is_held) != 0;
	return n;
}

static struct json_object *origins_object(const struct scoreboard *board)
{
	const struct scoreboard_origins *origins = &board->origins;
	const struct {
		const char *name;
		guint64 value;
	} fields[] = {
		{"asked", atomic_load(&origins->asked)},
		{"hits", atomic_load(&origins->hits)},
		{"fetched", atomic_load(&origins->fetched)},
		{"unchanged", atomic_load(&origins->unchanged)},
		{"refused", atomic_load(&origins->refused)},
		{"failed", atomic_load(&origins->failed)},
		{"bytes", atomic_load(&origins->bytes)},
		{"underway", atomic_load(&origins->underway)},
		{"waiting", count_waiting(board)},
		{"known", atomic_load(&origins->pictures)},
		{"stored", atomic_load(&origins->stored)},
		{"capacity", atomic_load(&origins->stored_max)},
	};
	struct json_object *object = json_object_new_object();

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		json_object_object_add(object, fields[i].name,
				       json_object_new_uint64(fields[i].value));
	return object;
}

gboolean route_stats(struct service *service, const struct request *request,
		     const char *rest, struct response *response,
		     GError **error)
{
	g_autoptr(json_object_auto) stats = json_object_new_object();
	gint64 uptime_us = g_get_monotonic_time() -
			   atomic_load(&service->board->started_us);

	(void)request, (void)rest, (void)error;
	json_object_object_add(stats, "cache", sum_caches(service));
	json_object_object_add(
		stats, "missing_chars",
		json_object_new_uint64(sum_missing_chars(service)));
	if (service->background)
		json_object_object_add(stats, "origins",
				       origins_object(service->board));
	json_object_object_add(stats, "requests", sum_requests(service));
	json_object_object_add(stats, "pending",
			       share_array(catalog_pending(service->catalog)));
	json_object_object_add(stats, "skipped",
			       share_array(catalog_skipped(service->catalog)));
	json_object_object_add(
		stats, "uptime_s",
		json_object_new_int64(uptime_us / G_USEC_PER_SEC));
	json_object_object_add(stats, "version",
			       json_object_new_string(PACKAGE_VERSION));
	json_object_object_add(
		stats, "workers",
		json_object_new_int64(scoreboard_n_workers(service->board)));
	route_answer_json(response, stats);
	return TRUE;
}
