#include "config.h"

#include "cli/pack_index.h"

#include <sysexits.h>

#include "cli/failure.h"
#include "render/autoptr.h"

#define INDEX_NAME "index.json"

/* Keywords, slots and their numbers lie at 5. */
enum { INDEX_DEPTH = 16 };

static gboolean is_list_of_objects(struct json_object *index, const char *key)
{
	struct json_object *list;

	if (!json_object_object_get_ex(index, key, &list) ||
	    !json_object_is_type(list, json_type_array))
		return FALSE;
	for (gsize i = 0; i < json_object_array_length(list); i++)
		if (!json_object_is_type(json_object_array_get_idx(list, i),
					 json_type_object))
			return FALSE;
	return TRUE;
}

static struct json_object *parse(const char *text, gsize size)
{
	struct json_tokener *tokener = json_tokener_new_ex(INDEX_DEPTH);
	struct json_object *index =
		size <= G_MAXINT
			? json_tokener_parse_ex(tokener, text, (int)size)
			: NULL;

	json_tokener_free(tokener);
	return index;
}

struct json_object *pack_index_read(const char *packs_dir, GError **error)
{
	g_autofree char *path = g_build_filename(packs_dir, INDEX_NAME, NULL);
	g_autofree char *text = NULL;
	g_autoptr(json_object_auto) index = NULL;
	g_autoptr(GError) cause = NULL;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, &cause)) {
		(void)failure_set(error, EX_NOINPUT, "%s", cause->message);
		return NULL;
	}
	index = parse(text, size);
	if (json_object_is_type(index, json_type_object) &&
	    is_list_of_objects(index, "templates") &&
	    is_list_of_objects(index, "skipped"))
		return g_steal_pointer(&index);
	(void)failure_set(error, EX_DATAERR, "'%s' is no index of packs", path);
	return NULL;
}
