#include "config.h"

#include "fcgi/packer_store.h"

#include <string.h>

struct packer_store {
	GHashTable *items; /* key → struct packer_stored */
	GQueue order;	   /* least recently used first */
	guint64 bytes, bytes_max;
	void (*gone)(const struct packer_stored *, void *data);
	void *data;
};

static void stored_free(void *data)
{
	struct packer_stored *stored = data;

	g_free(stored->key);
	g_free(stored->id);
	g_free(stored->name);
	g_free(stored->stamp);
	g_free(stored);
}

struct packer_store *packer_store_new(guint64 bytes_max,
				      void (*gone)(const struct packer_stored *,
						   void *data),
				      void *data)
{
	struct packer_store *store = g_new0(struct packer_store, 1);

	store->items = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					     stored_free);
	g_queue_init(&store->order);
	store->bytes_max = bytes_max;
	store->gone = gone;
	store->data = data;
	return store;
}

void packer_store_free(struct packer_store *store)
{
	if (!store)
		return;
	g_hash_table_unref(store->items);
	g_free(store);
}

static void take_out(struct packer_store *store, struct packer_stored *stored)
{
	g_queue_unlink(&store->order, &stored->link);
	store->bytes -= stored->bytes;
	g_hash_table_remove(store->items, stored->key);
}

static void leave(struct packer_store *store, struct packer_stored *stored)
{
	store->gone(stored, store->data);
	take_out(store, stored);
}

/* A variant made anew in its own file has not left. */
static void replace(struct packer_store *store,
		    const struct packer_stored *stored)
{
	struct packer_stored *old =
		g_hash_table_lookup(store->items, stored->key);

	if (!old)
		return;
	if (strcmp(old->name, stored->name) == 0)
		take_out(store, old);
	else
		leave(store, old);
}

void packer_store_put(struct packer_store *store,
		      const struct packer_stored *stored)
{
	struct packer_stored *copy = g_new0(struct packer_stored, 1);

	replace(store, stored);
	copy->key = g_strdup(stored->key);
	copy->id = g_strdup(stored->id);
	copy->name = g_strdup(stored->name);
	copy->stamp = g_strdup(stored->stamp);
	copy->bytes = stored->bytes;
	copy->link.data = copy;
	g_queue_push_tail_link(&store->order, &copy->link);
	g_hash_table_insert(store->items, copy->key, copy);
	store->bytes += copy->bytes;
	while (store->bytes > store->bytes_max)
		leave(store, g_queue_peek_head(&store->order));
}

const struct packer_stored *packer_store_use(struct packer_store *store,
					     const char *key)
{
	struct packer_stored *stored = g_hash_table_lookup(store->items, key);

	if (!stored)
		return NULL;
	g_queue_unlink(&store->order, &stored->link);
	g_queue_push_tail_link(&store->order, &stored->link);
	return stored;
}

void packer_store_remove(struct packer_store *store, const char *key)
{
	struct packer_stored *stored = g_hash_table_lookup(store->items, key);

	if (stored)
		leave(store, stored);
}

void packer_store_weed(struct packer_store *store,
		       gboolean (*is_unfit)(const struct packer_stored *,
					    void *data),
		       void *data)
{
	GList *at = store->order.head;

	while (at) {
		struct packer_stored *stored = at->data;

		at = at->next;
		if (is_unfit(stored, data))
			leave(store, stored);
	}
}

guint64 packer_store_bytes(const struct packer_store *store)
{
	return store->bytes;
}

guint packer_store_n(const struct packer_store *store)
{
	return store->order.length;
}
