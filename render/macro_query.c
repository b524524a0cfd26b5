#include "config.h"

#include "render/macro.h"

#include <string.h>

#include <json-c/json.h>

#include "render/autoptr.h"
#include "render/limits.h"
#include "render/macro_read.h"
#include "render/query.h"

/* The tree that the same macro has as JSON, every scalar a string. */
struct builder {
	struct json_object *tree;
	struct json_object *captions[LIMIT_CAPTIONS]; /* by index; NULL: none */
	guint n_captions; /* the highest index and one */
};

/* "before `key`after", with as much of the key as an error holds. Always
 * FALSE. */
static gboolean fail_key(GError **error, const char *before, const char *key,
			 const char *after)
{
	g_autofree char *shown =
		g_utf8_substring(key, 0, MIN(g_utf8_strlen(key, -1), 60));

	g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID, "%s `%s`%s",
		    before, shown, after);
	return FALSE;
}

static gboolean add(struct json_object *object, const char *key,
		    const char *value, const char *full_key, GError **error)
{
	if (json_object_object_get_ex(object, key, NULL))
		return fail_key(error, "duplicate field", full_key, "");
	json_object_object_add(object, key, json_object_new_string(value));
	return TRUE;
}

/* Reads "captions[12]" and what may follow it, "[text]"; out_name is cut out of
 * key, NULL where there is none. */
static gboolean split_key(char *key, guint64 *out_index, char **out_name)
{
	char *digits = key + strlen("captions[");
	gsize length = strcspn(digits, "]");
	char *rest = digits + length + 1;
	char *end;

	if (digits[length] != ']')
		return FALSE;
	digits[length] = '\0';
	if (!g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT32, out_index,
					NULL) ||
	    (*digits == '0' && length > 1))
		return FALSE;
	*out_name = NULL;
	if (*rest == '\0')
		return TRUE;
	end = strchr(rest, ']');
	if (*rest != '[' || !end || end[1] != '\0')
		return FALSE;
	*end = '\0';
	*out_name = rest + 1;
	return TRUE;
}

/* One key of a full caption. */
static gboolean add_property(struct json_object **caption, const char *name,
			     const char *value, const char *key, GError **error)
{
	if (!*caption)
		*caption = json_object_new_object();
	if (!json_object_is_type(*caption, json_type_object))
		return fail_key(error, "both a text and", key,
				": captions must be either all texts, or all "
				"complete representations");
	return add(*caption, name, value, key, error);
}

/* A caption that is only a text. */
static gboolean add_text(struct json_object **caption, const char *value,
			 const char *key, GError **error)
{
	if (json_object_is_type(*caption, json_type_object))
		return fail_key(error, "both properties and", key,
				": captions must be either all texts, or all "
				"complete representations");
	if (*caption)
		return fail_key(error, "duplicate field", key, "");
	*caption = json_object_new_string(value);
	return TRUE;
}

/* A key that begins with `captions[`. */
static gboolean add_caption(struct builder *builder, const char *key,
			    const char *value, GError **error)
{
	g_autofree char *parts = g_strdup(key);
	struct json_object **caption;
	guint64 index;
	char *name;

	if (!split_key(parts, &index, &name))
		return fail_key(error, "unknown field", key,
				", expected `captions[0]` or "
				"`captions[0][text]`");
	if (index >= LIMIT_CAPTIONS) {
		g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID,
			    "unknown field `captions[%" G_GUINT64_FORMAT
			    "]`: at most %d captions are allowed",
			    index, LIMIT_CAPTIONS);
		return FALSE;
	}
	caption = &builder->captions[index];
	builder->n_captions = MAX(builder->n_captions, (guint)index + 1);
	if (name)
		return add_property(caption, name, value, key, error);
	return add_text(caption, value, key, error);
}

static gboolean add_pair(struct builder *builder, const struct query_pair *pair,
			 GError **error)
{
	g_autofree char *lower = g_ascii_strdown(pair->key, -1);
	const char *key = g_strstrip(lower);

	if (g_str_has_prefix(key, "captions["))
		return add_caption(builder, key, pair->value, error);
	return add(builder->tree, key, pair->value, key, error);
}

/* Puts the captions into the tree, an array. */
static gboolean finish(struct builder *builder, GError **error)
{
	struct json_object *array;

	if (builder->n_captions == 0)
		return TRUE;
	if (json_object_object_get_ex(builder->tree, "captions", NULL))
		return fail_key(error, "duplicate field", "captions", "");
	array = json_object_new_array();
	json_object_object_add(builder->tree, "captions", array);
	for (guint i = 0; i < builder->n_captions; i++) {
		if (!builder->captions[i]) {
			g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID,
				    "missing field `captions[%u]`: indices "
				    "begin at 0 and leave no gaps",
				    i);
			return FALSE;
		}
		json_object_array_add(array,
				      g_steal_pointer(&builder->captions[i]));
	}
	return TRUE;
}

static gboolean build(struct builder *builder, const GArray *pairs,
		      GError **error)
{
	for (guint i = 0; i < pairs->len; i++)
		if (!add_pair(builder,
			      &g_array_index(pairs, struct query_pair, i),
			      error))
			return FALSE;
	return finish(builder, error);
}

struct macro *macro_from_query(const char *query, gsize size, GError **error)
{
	struct builder builder = {.tree = NULL};
	g_autoptr(json_object_auto) tree = NULL;
	g_autoptr(GError) failure = NULL;
	g_autoptr(GArray) pairs = query_parse(query, size, &failure);
	struct macro *macro = NULL;

	if (!pairs) {
		g_set_error_literal(error, MACRO_ERROR, MACRO_ERROR_INVALID,
				    failure->message);
		return NULL;
	}
	tree = json_object_new_object();
	builder.tree = tree;
	if (build(&builder, pairs, error))
		macro = macro_read(tree, TRUE, error);
	for (guint i = 0; i < LIMIT_CAPTIONS; i++)
		(void)json_object_put(builder.captions[i]);
	return macro;
}
