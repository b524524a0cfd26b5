#include "config.h"

#include "fcgi/held_packs.h"

#include <fcntl.h>
#include <unistd.h>

/* A mapped pack, in the order of its last use. */
struct entry {
	char *name;
	struct pack *pack;
	guint64 epoch; /* in which it was last known to be current */
	GList link;
};

struct held_packs {
	char *dir;
	int dir_fd;	     /* -1: none yet */
	GHashTable *entries; /* name → struct entry */
	GQueue order;	     /* least recently used first */
	guint capacity;
};

static void entry_free(void *data)
{
	struct entry *entry = data;

	pack_unref(entry->pack);
	g_free(entry->name);
	g_free(entry);
}

struct held_packs *held_packs_new(const char *dir, guint capacity)
{
	struct held_packs *held = g_new0(struct held_packs, 1);

	held->dir = g_strdup(dir);
	held->dir_fd = -1;
	held->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					      entry_free);
	held->capacity = capacity;
	g_queue_init(&held->order);
	return held;
}

void held_packs_free(struct held_packs *held)
{
	if (!held)
		return;
	g_hash_table_unref(held->entries);
	if (held->dir_fd >= 0)
		(void)close(held->dir_fd);
	g_free(held->dir);
	g_free(held);
}

static void drop(struct held_packs *held, struct entry *entry)
{
	g_queue_unlink(&held->order, &entry->link);
	g_hash_table_remove(held->entries, entry->name);
}

struct pack *held_packs_find(struct held_packs *held, const char *name,
			     guint64 epoch)
{
	struct entry *entry = g_hash_table_lookup(held->entries, name);

	if (!entry)
		return NULL;
	if (entry->epoch != epoch &&
	    !pack_is_current(entry->pack, held->dir_fd, name)) {
		drop(held, entry);
		return NULL;
	}
	entry->epoch = epoch;
	g_queue_unlink(&held->order, &entry->link);
	g_queue_push_tail_link(&held->order, &entry->link);
	return pack_ref(entry->pack);
}

struct pack *held_packs_open(struct held_packs *held, const char *name,
			     guint64 epoch, GError **error)
{
	struct pack *pack;
	struct entry *entry;

	if (held->dir_fd < 0)
		(void)held_packs_follow(held); /* else pack_open() says it */
	pack = pack_open(held->dir_fd, name, error);
	if (!pack)
		return NULL;
	held_packs_drop(held, name);
	while (g_hash_table_size(held->entries) >= held->capacity)
		drop(held, g_queue_peek_head(&held->order));
	entry = g_new0(struct entry, 1);
	entry->name = g_strdup(name);
	entry->pack = pack;
	entry->epoch = epoch;
	entry->link.data = entry;
	g_queue_push_tail_link(&held->order, &entry->link);
	g_hash_table_insert(held->entries, entry->name, entry);
	return pack_ref(pack);
}

void held_packs_drop(struct held_packs *held, const char *name)
{
	struct entry *entry = g_hash_table_lookup(held->entries, name);

	if (entry)
		drop(held, entry);
}

gboolean held_packs_follow(struct held_packs *held)
{
	int fd = open(held->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	GList *at = held->order.head;

	if (fd < 0)
		return FALSE;
	if (held->dir_fd >= 0)
		(void)close(held->dir_fd);
	held->dir_fd = fd;
	while (at) {
		struct entry *entry = at->data;

		at = at->next;
		if (!pack_is_current(entry->pack, held->dir_fd, entry->name))
			drop(held, entry);
	}
	return TRUE;
}

guint held_packs_n(const struct held_packs *held)
{
	return g_hash_table_size(held->entries);
}
