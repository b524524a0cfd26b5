#include "config.h"

#include "render/macro_value.h"

#include <string.h>

#include <json-c/json.h>

#include "render/limits.h"
#include "render/macro.h"
#include "render/number.h"

/* What a client sent is shown cut after so many characters. */
#define SHOWN_CHARACTERS 60

struct place place_key(const struct place *parent, const char *key)
{
	return (struct place){parent, key, 0, parent->is_query};
}

struct place place_index(const struct place *parent, gsize index)
{
	return (struct place){parent, NULL, index, parent->is_query};
}

static void append_path(GString *path, const struct place *place)
{
	if (!place->parent)
		return;
	append_path(path, place->parent);
	if (!place->key)
		g_string_append_printf(path, "[%" G_GSIZE_FORMAT "]",
				       place->index);
	else
		g_string_append_printf(path, "%s%s", path->len > 0 ? "." : "",
				       place->key);
}

gboolean place_error(const struct place *place, GError **error,
		     const char *format, ...)
{
	g_autoptr(GString) message = g_string_new(NULL);
	va_list args;

	append_path(message, place);
	if (message->len > 0)
		g_string_append(message, ": ");
	va_start(args, format);
	g_string_append_vprintf(message, format, args);
	va_end(args);
	g_set_error_literal(error, MACRO_ERROR, MACRO_ERROR_INVALID,
			    message->str);
	return FALSE;
}

/* Text is cut by characters: it may be long, and bytes would break it. */
static char *cut(const char *text)
{
	glong length = g_utf8_strlen(text, -1);

	return g_utf8_substring(text, 0, MIN(length, SHOWN_CHARACTERS));
}

/* A value as errors show it. */
static char *show(struct json_object *value)
{
	const char *kind = json_type_to_name(json_object_get_type(value));
	g_autofree char *shown = NULL;

	if (!value || json_object_is_type(value, json_type_array) ||
	    json_object_is_type(value, json_type_object))
		return g_strdup(kind);
	shown = cut(json_object_get_string(value));
	switch (json_object_get_type(value)) {
	case json_type_string:
		return g_strdup_printf("string \"%s\"", shown);
	case json_type_int:
		return g_strdup_printf("integer `%s`", shown);
	case json_type_double:
		return g_strdup_printf("floating point `%s`", shown);
	default:
		return g_strdup_printf("%s `%s`", kind, shown);
	}
}

gboolean value_error_type(const struct place *place, struct json_object *value,
			  const char *expected, GError **error)
{
	g_autofree char *shown = show(value);

	return place_error(place, error, "invalid type: %s, expected %s", shown,
			   expected);
}

gboolean value_error_value(const struct place *place, struct json_object *value,
			   const char *expected, GError **error)
{
	g_autofree char *shown = show(value);

	return place_error(place, error, "invalid value: %s, expected %s",
			   shown, expected);
}

gboolean value_string(const struct place *place, struct json_object *value,
		      const char **out, GError **error)
{
	if (!json_object_is_type(value, json_type_string))
		return value_error_type(place, value, "a string", error);
	*out = json_object_get_string(value);
	return TRUE;
}

gboolean value_name(const struct place *place, struct json_object *value,
		    char **out, GError **error)
{
	const char *text = "";

	if (!value_string(place, value, &text, error))
		return FALSE;
	if (*text == '\0')
		return value_error_value(place, value, "a non-empty string",
					 error);
	if (strlen(text) > LIMIT_ID_BYTES)
		return place_error(place, error,
				   "a name of %" G_GSIZE_FORMAT
				   " bytes, at most %d are allowed",
				   strlen(text), LIMIT_ID_BYTES);
	*out = g_strdup(text);
	return TRUE;
}

/* Whether the value is a string that may stand for a number. */
static gboolean is_number_text(const struct place *place,
			       struct json_object *value)
{
	return place->is_query && json_object_is_type(value, json_type_string);
}

gboolean value_integer(const struct place *place, struct json_object *value,
		       int min, int max, int *out, GError **error)
{
	g_autofree char *expected =
		g_strdup_printf("an integer from %d to %d", min, max);
	gint64 integer;

	if (is_number_text(place, value)) {
		if (!g_ascii_string_to_signed(json_object_get_string(value), 10,
					      min, max, &integer, NULL))
			return value_error_value(place, value, expected, error);
	} else if (!json_object_is_type(value, json_type_int)) {
		return value_error_type(place, value, expected, error);
	} else {
		integer = json_object_get_int64(value);
	}
	if (integer < min || integer > max)
		return value_error_value(place, value, expected, error);
	*out = (int)integer;
	return TRUE;
}

gboolean value_number(const struct place *place, struct json_object *value,
		      const char *expected, double *out, GError **error)
{
	gboolean is_text = is_number_text(place, value);

	if (!is_text && !json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return value_error_type(place, value, expected, error);
	/* json-c keeps the text of a number: read by the one reader, it means
	 * the same here as in a query. */
	if (!number_parse(json_object_get_string(value), out))
		return value_error_value(place, value, expected, error);
	return TRUE;
}

gboolean value_range(const struct place *place, struct json_object *value,
		     double min, double max, double *out, GError **error)
{
	g_autofree char *expected =
		g_strdup_printf("a number from %g to %g", min, max);
	double number;

	if (!value_number(place, value, expected, &number, error))
		return FALSE;
	if (number < min || number > max)
		return value_error_value(place, value, expected, error);
	*out = number;
	return TRUE;
}

/* Appends "`a`, `b`, `c`". */
static void append_quoted(GString *list, const char *name)
{
	g_string_append_printf(list, "%s`%s`", list->len > 0 ? ", " : "", name);
}

gboolean value_variant(const struct place *place, struct json_object *value,
		       const char *const *names, guint *out, GError **error)
{
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *shown = NULL;
	const char *text = "";

	if (!value_string(place, value, &text, error))
		return FALSE;
	for (guint i = 0; names[i]; i++) {
		if (g_ascii_strcasecmp(text, names[i]) == 0) {
			*out = i;
			return TRUE;
		}
		append_quoted(list, names[i]);
	}
	shown = cut(text);
	return place_error(place, error,
			   "unknown variant `%s`, expected one of %s", shown,
			   list->str);
}

static gboolean read_byte(const struct place *place, struct json_object *value,
			  void *out, GError **error)
{
	int byte;

	if (!value_integer(place, value, 0, 255, &byte, error))
		return FALSE;
	*(guint8 *)out = (guint8)byte;
	return TRUE;
}

static const struct field color_fields[] = {
	{"r", "red", read_byte, offsetof(struct color, r)},
	{"g", "green", read_byte, offsetof(struct color, g)},
	{"b", "blue", read_byte, offsetof(struct color, b)},
};

static gboolean color_from_object(const struct place *place,
				  struct json_object *value, struct color *out,
				  GError **error)
{
	struct color color = COLOR_BLACK;
	guint32 seen;

	if (!fields_read(place, value, color_fields, G_N_ELEMENTS(color_fields),
			 &color, &seen, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(color_fields); i++)
		if (!(seen & 1u << i))
			return place_error(place, error, "missing field `%s`",
					   color_fields[i].name);
	*out = color;
	return TRUE;
}

static gboolean color_from_array(const struct place *place,
				 struct json_object *value, struct color *out,
				 GError **error)
{
	gsize n = json_object_array_length(value);
	guint8 bytes[3];

	if (n != G_N_ELEMENTS(bytes))
		return place_error(place, error,
				   "invalid length %" G_GSIZE_FORMAT
				   ", expected 3 integers from 0 to 255",
				   n);
	for (gsize i = 0; i < n; i++) {
		struct place element = place_index(place, i);

		if (!read_byte(&element, json_object_array_get_idx(value, i),
			       &bytes[i], error))
			return FALSE;
	}
	*out = (struct color){bytes[0], bytes[1], bytes[2], 255};
	return TRUE;
}

gboolean value_color(const struct place *place, struct json_object *value,
		     struct color *out, GError **error)
{
	g_autoptr(GError) failure = NULL;

	if (json_object_is_type(value, json_type_array))
		return color_from_array(place, value, out, error);
	if (json_object_is_type(value, json_type_object))
		return color_from_object(place, value, out, error);
	if (!json_object_is_type(value, json_type_string))
		return value_error_type(place, value, "a color", error);
	if (!color_parse(json_object_get_string(value), out, &failure))
		return place_error(place, error, "%s", failure->message);
	return TRUE;
}

gboolean value_is_none(struct json_object *value)
{
	const char *text = "";

	if (!value)
		return TRUE;
	if (!json_object_is_type(value, json_type_string))
		return FALSE;
	text = json_object_get_string(value);
	return *text == '\0' || g_ascii_strcasecmp(text, "none") == 0;
}

static char *normal_key(const char *key)
{
	g_autofree char *lower = g_ascii_strdown(key, -1);

	return g_strstrip(g_steal_pointer(&lower));
}

/* The field with this name or alias; NULL: none. */
static const struct field *find_field(const struct field *fields, gsize n,
				      const char *key)
{
	for (gsize i = 0; i < n; i++)
		if (strcmp(fields[i].name, key) == 0 ||
		    g_strcmp0(fields[i].alias, key) == 0)
			return &fields[i];
	return NULL;
}

static gboolean error_unknown(const struct place *place,
			      const struct field *fields, gsize n,
			      const char *key, GError **error)
{
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *shown = cut(key);

	for (gsize i = 0; i < n; i++)
		append_quoted(list, fields[i].name);
	return place_error(place, error,
			   "unknown field `%s`, expected one of %s", shown,
			   list->str);
}

gboolean fields_read(const struct place *place, struct json_object *object,
		     const struct field *fields, gsize n, void *out,
		     guint32 *out_seen, GError **error)
{
	guint32 seen = 0;

	if (!json_object_is_type(object, json_type_object))
		return value_error_type(place, object, "an object", error);
	json_object_object_foreach(object, given, value)
	{
		g_autofree char *key = normal_key(given);
		const struct field *field = find_field(fields, n, key);
		struct place here = place_key(place, key);

		if (!field)
			return error_unknown(place, fields, n, key, error);
		if (seen & 1u << (field - fields))
			return place_error(place, error, "duplicate field `%s`",
					   key);
		seen |= 1u << (field - fields);
		if (!field->read(&here, value, (char *)out + field->offset,
				 error))
			return FALSE;
	}
	*out_seen = seen;
	return TRUE;
}
