#include "config.h"

#include "fcgi/catalog.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "fcgi/held_packs.h"
#include "render/autoptr.h"

#define INDEX_NAME "index.json"

enum { INDEX_DEPTH = 16 };

G_DEFINE_QUARK(captiond_catalog_error, catalog_error)

struct catalog {
	char *dir;
	guint64 generation;
	GMappedFile *index; /* as the packer wrote it; NULL: none yet */
	struct json_object *pending; /* of it; NULL: none */
	struct json_object *skipped; /* likewise */
	GHashTable *ids;	     /* of its templates */
	struct held_packs *held;
	guint capacity;
	struct scoreboard_cache *counters;
};

struct catalog *catalog_open(const char *packs_dir, guint capacity,
			     struct scoreboard_cache *counters, GError **error)
{
	struct held_packs *held = held_packs_new(packs_dir, capacity);
	struct catalog *catalog;

	if (!held_packs_follow(held)) {
		g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_SETUP,
			    "cannot open '%s': %s", packs_dir,
			    g_strerror(errno));
		held_packs_free(held);
		return NULL;
	}
	catalog = g_new0(struct catalog, 1);
	catalog->dir = g_strdup(packs_dir);
	catalog->ids =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	catalog->held = held;
	catalog->capacity = capacity;
	catalog->counters = counters;
	atomic_store(&counters->capacity, capacity);
	return catalog;
}

static void drop_index(struct catalog *catalog)
{
	g_hash_table_remove_all(catalog->ids);
	(void)json_object_put(catalog->pending);
	(void)json_object_put(catalog->skipped);
	g_clear_pointer(&catalog->index, g_mapped_file_unref);
}

void catalog_close(struct catalog *catalog)
{
	if (!catalog)
		return;
	held_packs_free(catalog->held);
	drop_index(catalog);
	g_hash_table_unref(catalog->ids);
	g_free(catalog->dir);
	g_free(catalog);
}

static struct json_object *parse_index(GMappedFile *file)
{
	const char *text = g_mapped_file_get_contents(file);
	const gsize size = g_mapped_file_get_length(file);
	struct json_tokener *tokener;
	struct json_object *index;

	if (size == 0 || size > G_MAXINT)
		return NULL;
	tokener = json_tokener_new_ex(INDEX_DEPTH);
	index = json_tokener_parse_ex(tokener, text, (int)size);
	json_tokener_free(tokener);
	if (json_object_is_type(index, json_type_object))
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

/* An array of the index that outlives it; NULL: it has none. */
static struct json_object *take_array(struct json_object *index,
				      const char *key)
{
	struct json_object *array;

	if (!json_object_object_get_ex(index, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		return NULL;
	return json_object_get(array);
}

struct json_object *catalog_templates(const struct catalog *catalog)
{
	g_autoptr(json_object_auto) index =
		catalog->index ? parse_index(catalog->index) : NULL;

	return take_array(index, "templates");
}

struct json_object *catalog_pending(const struct catalog *catalog)
{
	return catalog->pending;
}

struct json_object *catalog_skipped(const struct catalog *catalog)
{
	return catalog->skipped;
}

static void list_ids(struct catalog *catalog, struct json_object *index)
{
	g_autoptr(json_object_auto) templates = take_array(index, "templates");
	gsize n = templates ? json_object_array_length(templates) : 0;

	for (gsize i = 0; i < n; i++) {
		const char *id =
			get_id(json_object_array_get_idx(templates, i));

		if (id)
			g_hash_table_add(catalog->ids, g_strdup(id));
	}
}

static void take_index(struct catalog *catalog, GMappedFile *file,
		       struct json_object *index)
{
	drop_index(catalog);
	catalog->index = g_mapped_file_ref(file);
	catalog->pending = take_array(index, "pending");
	catalog->skipped = take_array(index, "skipped");
	list_ids(catalog, index);
}

/* What is kept lies above what the index took as objects: the C library would
 * hold on to that for later, in every worker. */
static void give_back(void)
{
	(void)malloc_trim(0);
}

static gboolean read_index(struct catalog *catalog, GError **error)
{
	g_autofree char *path =
		g_build_filename(catalog->dir, INDEX_NAME, NULL);
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
	struct json_object *index;

	if (!file)
		return FALSE;
	index = parse_index(file);
	if (!index) {
		g_set_error(error, CATALOG_ERROR, CATALOG_ERROR_BROKEN,
			    "'%s' is no index of packs", path);
		return FALSE;
	}
	take_index(catalog, file, index);
	(void)json_object_put(index);
	give_back();
	return TRUE;
}

static void count_held(const struct catalog *catalog)
{
	atomic_store(&catalog->counters->entries, held_packs_n(catalog->held));
}

gboolean catalog_refresh(struct catalog *catalog, guint64 generation,
			 GError **error)
{
	if (generation == catalog->generation)
		return TRUE;
	/* The index is renamed into place: one that can't be read stays so
	 * until the next generation. */
	catalog->generation = generation;
	if (!read_index(catalog, error))
		return FALSE;
	(void)held_packs_follow(catalog->held); /* else what is held stays */
	count_held(catalog);
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
	struct pack *pack = held_packs_open(catalog->held, name,
					    catalog->generation, &cause);

	count_held(catalog);
	if (pack)
		return pack;
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

gboolean catalog_has(const struct catalog *catalog, const char *id)
{
	return g_hash_table_contains(catalog->ids, id);
}

struct pack *catalog_get(struct catalog *catalog, const char *id,
			 GError **error)
{
	g_autofree char *name = NULL;
	struct pack *pack;

	if (!catalog_has(catalog, id)) {
		not_found(catalog, error, id);
		return NULL;
	}
	/* The index names it, so it is a plain file name. */
	name = g_strconcat(id, ".pack", NULL);
	pack = held_packs_find(catalog->held, name, catalog->generation);
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
	(void)json_object_put(templates);
	give_back();
}
