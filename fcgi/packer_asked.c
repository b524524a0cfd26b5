#include "config.h"

#include "fcgi/packer_asked.h"

struct item {
	char *key;
	guint count;
	GList link;
};

struct packer_asked {
	GHashTable *items; /* key → struct item */
	GQueue order;	   /* asked for longest ago first */
	guint most;
};

static void item_free(void *data)
{
	struct item *item = data;

	g_free(item->key);
	g_free(item);
}

struct packer_asked *packer_asked_new(guint most)
{
	struct packer_asked *asked = g_new0(struct packer_asked, 1);

	asked->items =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, item_free);
	asked->most = most;
	g_queue_init(&asked->order);
	return asked;
}

void packer_asked_free(struct packer_asked *asked)
{
	if (!asked)
		return;
	g_hash_table_unref(asked->items);
	g_free(asked);
}

static void forget(struct packer_asked *asked, struct item *item)
{
	g_queue_unlink(&asked->order, &item->link);
	g_hash_table_remove(asked->items, item->key);
}

static struct item *add(struct packer_asked *asked, const char *key)
{
	struct item *item = g_new0(struct item, 1);

	if (asked->order.length >= asked->most)
		forget(asked, g_queue_peek_head(&asked->order));
	item->key = g_strdup(key);
	item->link.data = item;
	g_queue_push_tail_link(&asked->order, &item->link);
	g_hash_table_insert(asked->items, item->key, item);
	return item;
}

guint packer_asked_count(struct packer_asked *asked, const char *key)
{
	struct item *item = g_hash_table_lookup(asked->items, key);

	if (!item)
		item = add(asked, key);
	g_queue_unlink(&asked->order, &item->link);
	g_queue_push_tail_link(&asked->order, &item->link);
	item->count += item->count < G_MAXUINT;
	return item->count;
}

void packer_asked_forget(struct packer_asked *asked, const char *key)
{
	struct item *item = g_hash_table_lookup(asked->items, key);

	if (item)
		forget(asked, item);
}
