#include "config.h"

#include "fcgi/fetcher_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/fetcher_entry.h"
#include "fcgi/log.h"

enum {
	/* URLs known, without a picture too. */
	ENTRIES_MAX = 4096,
};

struct fetcher_cache {
	int pictures_fd, packs_fd;
	guint64 bytes, bytes_max;
	GHashTable *items; /* key → struct fetched */
	GQueue order;	   /* least recently used first */
};

static void fetched_free(void *data)
{
	struct fetched *fetched = data;

	transfer_validators_clear(&fetched->validators);
	fetcher_url_clear(&fetched->url);
	g_array_unref(fetched->waiters);
	g_free(fetched);
}

static struct fetched *add(struct fetcher_cache *cache, const char *key)
{
	struct fetched *fetched = g_new0(struct fetched, 1);

	(void)g_strlcpy(fetched->key, key, sizeof(fetched->key));
	fetched->waiters =
		g_array_new(FALSE, FALSE, sizeof(struct fetched_waiter));
	fetched->link.data = fetched;
	g_queue_push_tail_link(&cache->order, &fetched->link);
	g_hash_table_insert(cache->items, fetched->key, fetched);
	return fetched;
}

void fetched_id(const struct fetched *fetched, char *out)
{
	(void)g_snprintf(out, SCOREBOARD_FETCH_ID_BYTES, "%s-%s", fetched->key,
			 fetched->version);
}

static guint64 size_of(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			       S_ISREG(st.st_mode)
		       ? (guint64)st.st_size
		       : 0;
}

static guint64 measure(const struct fetcher_cache *cache,
		       const struct fetched *fetched)
{
	char id[SCOREBOARD_FETCH_ID_BYTES];
	g_autofree char *pack = NULL;

	if (!fetched->version[0])
		return 0;
	fetched_id(fetched, id);
	pack = g_strconcat(id, ".pack", NULL);
	return size_of(cache->pictures_fd, id) + size_of(cache->packs_fd, pack);
}

static void count(struct fetcher_cache *cache, struct fetched *fetched)
{
	cache->bytes -= fetched->bytes;
	fetched->bytes = measure(cache, fetched);
	cache->bytes += fetched->bytes;
}

static void remove_file(const struct fetcher_cache *cache, const char *name)
{
	if (unlinkat(cache->pictures_fd, name, 0) < 0 && errno != ENOENT)
		log_error("cannot remove '%s': %s", name, g_strerror(errno));
}

void fetcher_cache_drop(struct fetcher_cache *cache, struct fetched *fetched)
{
	g_autofree char *entry = fetcher_entry_name(fetched->key);
	char id[SCOREBOARD_FETCH_ID_BYTES];

	if (!fetched->version[0])
		return;
	fetched_id(fetched, id);
	fetched->version[0] = '\0';
	transfer_validators_clear(&fetched->validators);
	fetched->fresh_until_s = fetched->stale_until_s = 0;
	/* What it says first, then what it is about. */
	remove_file(cache, entry);
	remove_file(cache, id);
	count(cache, fetched);
}

static void forget(struct fetcher_cache *cache, struct fetched *fetched)
{
	fetcher_cache_drop(cache, fetched);
	g_queue_unlink(&cache->order, &fetched->link);
	g_hash_table_remove(cache->items, fetched->key);
}

/* The least recently used that nobody works on, but for `but`. */
static struct fetched *find_oldest(const struct fetcher_cache *cache,
				   const struct fetched *but)
{
	for (GList *at = cache->order.head; at; at = at->next) {
		struct fetched *fetched = at->data;

		if (fetched != but && fetched->state == FETCHED_IDLE)
			return fetched;
	}
	return NULL;
}

/* A picture larger than all that may be held is held alone: it is asked for at
 * this moment. */
void fetcher_cache_settle(struct fetcher_cache *cache, struct fetched *fetched)
{
	count(cache, fetched);
	while (cache->bytes > cache->bytes_max) {
		struct fetched *oldest = find_oldest(cache, fetched);

		if (!oldest)
			return;
		forget(cache, oldest);
	}
}

void fetcher_cache_save(struct fetcher_cache *cache, struct fetched *fetched)
{
	if (!fetcher_entry_write(cache->pictures_fd, fetched))
		log_error("cannot write an entry: %s", g_strerror(errno));
}

gboolean fetcher_cache_put(struct fetcher_cache *cache, struct fetched *fetched,
			   const char *file, const char *version)
{
	char id[SCOREBOARD_FETCH_ID_BYTES];

	if (strcmp(fetched->version, version) != 0)
		fetcher_cache_drop(cache, fetched);
	(void)g_strlcpy(fetched->version, version, sizeof(fetched->version));
	fetched_id(fetched, id);
	if (renameat(cache->pictures_fd, file, cache->pictures_fd, id) == 0)
		return TRUE;
	fetched->version[0] = '\0';
	return FALSE;
}

enum fetched_pack fetcher_cache_pack(const struct fetcher_cache *cache,
				     const struct fetched *fetched)
{
	char id[SCOREBOARD_FETCH_ID_BYTES];
	g_autofree char *pack = NULL, *refused = NULL;

	fetched_id(fetched, id);
	pack = g_strconcat(id, ".pack", NULL);
	refused = g_strconcat(id, ".refused", NULL);
	if (size_of(cache->packs_fd, pack) > 0)
		return FETCHED_PACK;
	if (faccessat(cache->packs_fd, refused, F_OK, 0) < 0)
		return FETCHED_NO_PACK;
	return size_of(cache->packs_fd, refused) > 0 ? FETCHED_NOT_YET
						     : FETCHED_REFUSED;
}

/* Another origin's credentials may show another picture at one URL. */
static char *key_of(const struct fetcher_url *url)
{
	g_autofree char *text =
		g_strconcat(url->origin->name, "\n", url->text, NULL);
	g_autofree char *hash =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

	return g_strndup(hash, FETCH_KEY_DIGITS);
}

struct fetched *fetcher_cache_use(struct fetcher_cache *cache,
				  const struct fetcher_url *url)
{
	g_autofree char *key = key_of(url);
	struct fetched *fetched = g_hash_table_lookup(cache->items, key);

	if (fetched) {
		g_queue_unlink(&cache->order, &fetched->link);
		g_queue_push_tail_link(&cache->order, &fetched->link);
		return fetched;
	}
	if (cache->order.length >= ENTRIES_MAX) {
		struct fetched *oldest = find_oldest(cache, NULL);

		if (!oldest)
			return NULL;
		forget(cache, oldest);
	}
	return add(cache, key);
}

static int compare_ages(const void *a, const void *b)
{
	const struct fetcher_entry *const *x = a, *const *y = b;

	return ((*x)->mtime_s > (*y)->mtime_s) -
	       ((*x)->mtime_s < (*y)->mtime_s);
}

static void take_entry(struct fetcher_cache *cache, struct fetcher_entry *entry)
{
	struct fetched *fetched = add(cache, entry->key);

	(void)g_strlcpy(fetched->version, entry->version,
			sizeof(fetched->version));
	fetched->validators = entry->validators;
	memset(&entry->validators, 0, sizeof(entry->validators));
	fetched->fresh_until_s = entry->fresh_until_s;
	fetched->stale_until_s = entry->stale_until_s;
	count(cache, fetched);
}

struct fetcher_cache *fetcher_cache_new(int pictures_fd, int packs_fd,
					guint64 bytes_max)
{
	struct fetcher_cache *cache = g_new0(struct fetcher_cache, 1);
	g_autoptr(GPtrArray) entries = fetcher_entries_read(pictures_fd);

	cache->pictures_fd = pictures_fd;
	cache->packs_fd = packs_fd;
	cache->bytes_max = bytes_max;
	cache->items = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					     fetched_free);
	g_queue_init(&cache->order);
	g_ptr_array_sort(entries, compare_ages);
	for (guint i = 0; i < entries->len; i++)
		take_entry(cache, entries->pdata[i]);
	while (cache->order.length > ENTRIES_MAX ||
	       (cache->bytes > cache->bytes_max && cache->order.length > 0))
		forget(cache, g_queue_peek_head(&cache->order));
	return cache;
}

void fetcher_cache_free(struct fetcher_cache *cache)
{
	if (!cache)
		return;
	g_hash_table_unref(cache->items);
	g_free(cache);
}

guint64 fetcher_cache_bytes(const struct fetcher_cache *cache)
{
	return cache->bytes;
}

guint fetcher_cache_n(const struct fetcher_cache *cache)
{
	return cache->order.length;
}
