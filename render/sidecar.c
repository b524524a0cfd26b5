#include "config.h"

#include "render/sidecar.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/caption_read.h"
#include "render/limits.h"
#include "render/strict_json.h"
#include "render/text.h"

G_DEFINE_QUARK(sidecar_error, sidecar_error)

static struct json_object *fail(const char *key, const char *expected,
				GError **error)
{
	g_set_error(error, SIDECAR_ERROR, SIDECAR_ERROR_FIELD,
		    "%s: expected %s", key, expected);
	return NULL;
}

static struct json_object *too_much(const char *key, gsize n, gsize most,
				    GError **error)
{
	g_set_error(error, SIDECAR_ERROR, SIDECAR_ERROR_LIMIT,
		    "%s: %" G_GSIZE_FORMAT " given, at most %" G_GSIZE_FORMAT
		    " are allowed",
		    key, n, most);
	return NULL;
}

static struct json_object *read_text(const char *key, struct json_object *value,
				     GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;

	if (!json_object_is_type(value, json_type_string))
		return fail(key, "a string", error);
	if (json_object_get_string_len(value) == 0)
		return fail(key, "a string that is not empty", error);
	text = text_clean(json_object_get_string(value),
			  (gsize)json_object_get_string_len(value), &cause);
	if (text)
		return json_object_new_string(text);
	g_set_error(error, SIDECAR_ERROR, SIDECAR_ERROR_FIELD, "%s: %s", key,
		    cause->message);
	return NULL;
}

/* Where the picture comes from: an address, too long for read_text(). */
static struct json_object *
read_address(const char *key, struct json_object *value, GError **error)
{
	const char *text;
	gsize size;

	if (!json_object_is_type(value, json_type_string))
		return fail(key, "a string", error);
	text = json_object_get_string(value);
	size = (gsize)json_object_get_string_len(value);
	if (size > LIMIT_SOURCE_BYTES)
		return too_much(key, size, LIMIT_SOURCE_BYTES, error);
	for (gsize i = 0; i < size; i++) {
		if ((guchar)text[i] < 0x20 || text[i] == 0x7f)
			return fail(key, "no control characters", error);
	}
	return json_object_new_string_len(text, (int)size);
}

typedef struct json_object *(*read_func)(const char *key,
					 struct json_object *value,
					 GError **error);

static struct json_object *read_array(const char *key,
				      struct json_object *value, gsize most,
				      read_func read_item, GError **error)
{
	g_autoptr(json_object_auto) array = json_object_new_array();
	gsize n;

	if (!json_object_is_type(value, json_type_array))
		return fail(key, "an array", error);
	n = json_object_array_length(value);
	if (n > most)
		return too_much(key, n, most, error);
	for (gsize i = 0; i < n; i++) {
		struct json_object *item = read_item(
			key, json_object_array_get_idx(value, i), error);

		if (!item)
			return NULL;
		json_object_array_add(array, item);
	}
	return g_steal_pointer(&array);
}

static struct json_object *
read_keywords(const char *key, struct json_object *value, GError **error)
{
	return read_array(key, value, LIMIT_KEYWORDS, read_text, error);
}

/* A slot stays as it was written; whoever draws by it reads it once more. */
static struct json_object *read_slot(const char *key, struct json_object *value,
				     GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct caption slot;

	if (!json_object_is_type(value, json_type_object))
		return fail(key, "objects", error);
	if (!caption_read_slot(value, &slot, &cause)) {
		g_set_error(error, SIDECAR_ERROR, SIDECAR_ERROR_FIELD, "%s: %s",
			    key, cause->message);
		return NULL;
	}
	caption_fini(&slot);
	return json_object_get(value);
}

static struct json_object *read_slots(const char *key,
				      struct json_object *value, GError **error)
{
	return read_array(key, value, LIMIT_SLOTS, read_slot, error);
}

/* In the order in which they are written. */
static const struct {
	const char *key;
	read_func read;
} fields[] = {
	{"name", read_text},	     {"slots", read_slots},
	{"keywords", read_keywords}, {"source", read_address},
	{"license", read_text},
};

static gboolean is_known(const char *key)
{
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		if (strcmp(fields[i].key, key) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean check_keys(struct json_object *given, GError **error)
{
	json_object_object_foreach(given, key, value)
	{
		(void)value;
		if (is_known(key))
			continue;
		g_set_error(error, SIDECAR_ERROR, SIDECAR_ERROR_FIELD,
			    "unknown field `%s`", key);
		return FALSE;
	}
	return TRUE;
}

static struct json_object *read_fields(struct json_object *given,
				       GError **error)
{
	g_autoptr(json_object_auto) card = json_object_new_object();

	if (!check_keys(given, error))
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		struct json_object *value, *read;

		if (!json_object_object_get_ex(given, fields[i].key, &value))
			continue;
		read = fields[i].read(fields[i].key, value, error);
		if (!read)
			return NULL;
		json_object_object_add(card, fields[i].key, read);
	}
	return g_steal_pointer(&card);
}

char *sidecar_read(const char *bytes, gsize size, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(json_object_auto) given = NULL;
	g_autoptr(json_object_auto) card = NULL;

	if (size > LIMIT_SIDECAR_BYTES) {
		(void)too_much("bytes", size, LIMIT_SIDECAR_BYTES, error);
		return NULL;
	}
	given = strict_json_parse(bytes, size, &cause);
	if (!given) {
		g_set_error_literal(error, SIDECAR_ERROR, SIDECAR_ERROR_SYNTAX,
				    cause->message);
		return NULL;
	}
	card = read_fields(given, error);
	if (!card)
		return NULL;
	return g_strdup(json_object_to_json_string_ext(
		card, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}
