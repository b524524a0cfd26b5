#include "config.h"

#include "fcgi/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/autoptr.h"

#define INDEX_NAME "index.json"

enum { INDEX_DEPTH = 16 };

G_DEFINE_QUARK(captiond_catalog_error, catalog_error)

/* A mapped pack, in the order of its last use. */
struct held {
	char *id;
	struct pack *pack;
	guint64 generation; /* at which it was last known to be current */
	GList link;
};

struct catalog {
	int dir_fd;
	char *dir;
	guint64 generation;
	struct json_object *index;
	GHashTable *ids;  /* of the index: borrowed strings */
	GHashTable *held; /* id → struct held */
	GQueue order;	  /* least recently used first */
	guint capacity;
	struct scoreboard_cache *counters;
};

static void held_free(void *data)
{
	struct held *held = data;

	pack_unref(held->pack);
	g_free(held->id);
	g_free(held);
}

static int open_folder(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct catalog *catalog_open(const char *packs_dir, guint capacity,
			     struct scoreboard_cache *counters, GError **error)
{
	int fd = open_folder(packs_dir);
	struct catalog *catalog;

	if (fd < 0) {
		g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_SETUP,
			    "cannot open '%s': %s", packs_dir,
			    g_strerror(errno));
		return NULL;
	}
	catalog = g_new0(struct catalog, 1);
	catalog->dir_fd = fd;
	catalog->dir = g_strdup(packs_dir);
	catalog->ids = g_hash_table_new(g_str_hash, g_str_equal);
	catalog->held =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, held_free);
	catalog->capacity = capacity;
	catalog->counters = counters;
	atomic_store(&counters->capacity, capacity);
	g_queue_init(&catalog->order);
	return catalog;
}

void catalog_close(struct catalog *catalog)
{
	if (!catalog)
		return;
	g_hash_table_unref(catalog->held);
	g_hash_table_unref(catalog->ids);
	(void)json_object_put(catalog->index);
	(void)close(catalog->dir_fd);
	g_free(catalog->dir);
	g_free(catalog);
}

static struct json_object *read_index(const struct catalog *catalog,
				      GError **error)
{
	g_autofree char *path =
		g_build_filename(catalog->dir, INDEX_NAME, NULL);
	g_autofree char *text = NULL;
	struct json_tokener *tokener;
	struct json_object *index;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, error))
		return NULL;
	tokener = json_tokener_new_ex(INDEX_DEPTH);
	index = size <= G_MAXINT
			? json_tokener_parse_ex(tokener, text, (int)size)
			: NULL;
	json_tokener_free(tokener);
	if (!json_object_is_type(index, json_type_object))
		g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_BROKEN,
			    "'%s' is no index of packs", path);
	else
		return index;
	(void)json_object_put(index);
	return NULL;
}

static const char *get_id(struct json_object *entry)
{
	struct json_object *id;

	if (!json_object_object_get_ex(entry, "id", &id))
		return NULL;
	return json_object_get_string(id);
}

static struct json_object *get_array(const struct catalog *catalog,
				     const char *key)
{
	struct json_object *array = NULL;

	if (!catalog->index ||
	    !json_object_object_get_ex(catalog->index, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		return NULL;
	return array;
}

struct json_object *catalog_templates(const struct catalog *catalog)
{
	return get_array(catalog, "templates");
}

struct json_object *catalog_pending(const struct catalog *catalog)
{
	return get_array(catalog, "pending");
}

struct json_object *catalog_skipped(const struct catalog *catalog)
{
	return get_array(catalog, "skipped");
}

static void list_ids(struct catalog *catalog)
{
	struct json_object *templates = catalog_templates(catalog);
	gsize n = templates ? json_object_array_length(templates) : 0;

	g_hash_table_remove_all(catalog->ids);
	for (gsize i = 0; i < n; i++) {
		const char *id =
			get_id(json_object_array_get_idx(templates, i));

		if (id)
			g_hash_table_add(catalog->ids, (void *)id);
	}
}

static void drop(struct catalog *catalog, struct held *held)
{
	g_queue_unlink(&catalog->order, &held->link);
	g_hash_table_remove(catalog->held, held->id);
	atomic_store(&catalog->counters->entries,
		     g_hash_table_size(catalog->held));
}

/* The folder may have been removed and made anew. What is mapped from the old
 * one is no longer current then. */
static void follow_folder(struct catalog *catalog)
{
	int fd = open_folder(catalog->dir);
	struct stat old, new;

	if (fd < 0)
		return;
	if (fstat(catalog->dir_fd, &old) < 0 || fstat(fd, &new) < 0 ||
	    (old.st_dev == new.st_dev &&old.st_ino == new.st_ino)) {
		(void)close(fd);
		return;
	}
	(void)close(catalog->dir_fd);
	catalog->dir_fd = fd;
}

/* A template that is gone is not asked for again, so nothing else would ever
 * give its pages and its blocks on the disk back. */
static void drop_gone(struct catalog *catalog)
{
	GList *next;

	for (GList *at = catalog->order.head; at; at = next) {
		struct held *held = at->data;

		next = at->next;
		if (!g_hash_table_contains(catalog->ids, held->id))
			drop(catalog, held);
	}
}

gboolean catalog_refresh(struct catalog *catalog, guint64 generation,
			 GError **error)
{
	struct json_object *index;

	if (generation == catalog->generation)
		return TRUE;
	/* The index is renamed into place: one that can't be read stays so
	 * until the next generation. */
	catalog->generation = generation;
	index = read_index(catalog, error);
	if (!index)
		return FALSE;
	g_hash_table_remove_all(catalog->ids);
	(void)json_object_put(catalog->index);
	catalog->index = index;
	list_ids(catalog);
	follow_folder(catalog);
	drop_gone(catalog);
	return TRUE;
}

static gboolean is_pending(const struct catalog *catalog, const char *id)
{
	struct json_object *pending = catalog_pending(catalog);
	gsize n = pending ? json_object_array_length(pending) : 0;

	for (gsize i = 0; i < n; i++) {
		const char *other = json_object_get_string(
			json_object_array_get_idx(pending, i));

		if (g_strcmp0(other, id) == 0)
			return TRUE;
	}
	return FALSE;
}

/* A picture that the packer has seen and not finished is worth a retry. */
static void not_found(const struct catalog *catalog, GError **error,
		      const char *id)
{
	if (!catalog->index || is_pending(catalog, id)) {
		g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_NOT_READY,
			    "the template is being prepared");
		return;
	}
	g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_NOT_FOUND,
		    "cannot load template `%s`: no such template", id);
}

static struct pack *hold(struct catalog *catalog, const char *id,
			 struct pack *pack)
{
	struct held *held = g_new0(struct held, 1);

	while (g_hash_table_size(catalog->held) >= catalog->capacity)
		drop(catalog, g_queue_peek_head(&catalog->order));
	held->id = g_strdup(id);
	held->pack = pack;
	held->generation = catalog->generation;
	held->link.data = held;
	g_queue_push_tail_link(&catalog->order, &held->link);
	g_hash_table_insert(catalog->held, held->id, held);
	atomic_store(&catalog->counters->entries,
		     g_hash_table_size(catalog->held));
	return pack_ref(pack);
}

/* Whoever makes the packs learns of it and looks at this one. */
static void report_bad(struct catalog *catalog, const char *id)
{
	_Atomic guint64 *bad = &catalog->counters->bad;
	guint64 n = (atomic_load(bad) >> 32) + 1;

	atomic_store(bad, n << 32 | g_str_hash(id));
}

static struct pack *open_pack(struct catalog *catalog, const char *id,
			      const char *name, GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct pack *pack = pack_open(catalog->dir_fd, name, &cause);

	if (pack)
		return hold(catalog, id, pack);
	if (g_error_matches(cause, PACK_ERROR, PACK_ERROR_BAD))
		report_bad(catalog, id);
	if (g_error_matches(cause, PACK_ERROR, PACK_ERROR_MISSING))
		not_found(catalog, error, id);
	else
		g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_BROKEN,
			    "cannot load template `%s`: %s", id,
			    cause->message);
	return NULL;
}

/* The pack if it is mapped and still what the name stands for. */
static struct pack *find_held(struct catalog *catalog, const char *id,
			      const char *name)
{
	struct held *held = g_hash_table_lookup(catalog->held, id);

	if (!held)
		return NULL;
	if (held->generation != catalog->generation &&
	    !pack_is_current(held->pack, catalog->dir_fd, name)) {
		drop(catalog, held);
		return NULL;
	}
	held->generation = catalog->generation;
	g_queue_unlink(&catalog->order, &held->link);
	g_queue_push_tail_link(&catalog->order, &held->link);
	return pack_ref(held->pack);
}

struct pack *catalog_get(struct catalog *catalog, const char *id,
			 GError **error)
{
	g_autofree char *name = NULL;
	struct pack *pack;

	if (!g_hash_table_contains(catalog->ids, id)) {
		not_found(catalog, error, id);
		return NULL;
	}
	/* The index names it, so it is a plain file name. */
	name = g_strconcat(id, ".pack", NULL);
	pack = find_held(catalog, id, name);
	if (pack) {
		atomic_fetch_add(&catalog->counters->hits, 1);
		return pack;
	}
	atomic_fetch_add(&catalog->counters->misses, 1);
	return open_pack(catalog, id, name, error);
}

void catalog_preload(struct catalog *catalog)
{
	struct json_object *templates = catalog_templates(catalog);
	gsize n = templates ? json_object_array_length(templates) : 0;

	for (gsize i = 0; i < MIN(n, catalog->capacity); i++) {
		const char *id =
			get_id(json_object_array_get_idx(templates, i));
		struct pack *pack = id ? catalog_get(catalog, id, NULL) : NULL;

		/* One that can't be opened is told when it is asked for. */
		pack_unref(pack);
	}
}
