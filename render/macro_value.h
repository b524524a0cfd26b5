/* macro_value.h - single values of a macro, out of json-c objects.
 *
 * JSON and query strings come to the same tree of objects; in a query's tree
 * every scalar is a string, which may then stand for a number. Each reader
 * writes its output on success alone, and fails with MACRO_ERROR_INVALID and a
 * message that begins with the value's place, as in `captions[2].color: `.
 */
#pragma once

#include <glib.h>

#include "render/color.h"

struct json_object;

/* Where in the tree a value stands: a chain on the stack. */
struct place {
	const struct place *parent; /* NULL: the tree itself */
	const char *key;	    /* NULL: an element of an array */
	gsize index;
	gboolean is_query;
};

/* What stands under a key, or at an index, of the value at parent. */
struct place place_key(const struct place *parent, const char *key);
struct place place_index(const struct place *parent, gsize index);

/* Sets the error, place first. Always FALSE. */
gboolean place_error(const struct place *place, GError **error,
		     const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A value of another kind than wanted: "invalid type: …" (or "invalid value"
 * where only the value is wrong). Always FALSE. */
gboolean value_error_type(const struct place *place, struct json_object *value,
			  const char *expected, GError **error);
gboolean value_error_value(const struct place *place, struct json_object *value,
			   const char *expected, GError **error);

/* A string, which stays the value's; no NUL inside. */
gboolean value_string(const struct place *place, struct json_object *value,
		      const char **out, GError **error);

/* A name: a string of 1 to LIMIT_ID_BYTES bytes. The caller frees it. */
gboolean value_name(const struct place *place, struct json_object *value,
		    char **out, GError **error);

gboolean value_integer(const struct place *place, struct json_object *value,
		       int min, int max, int *out, GError **error);

/* A finite number. The range is the caller's to check. */
gboolean value_number(const struct place *place, struct json_object *value,
		      const char *expected, double *out, GError **error);
/* The same, from min to max, both included. */
gboolean value_range(const struct place *place, struct json_object *value,
		     double min, double max, double *out, GError **error);

/* One of names (NULL-terminated), case-insensitive: its index. */
gboolean value_variant(const struct place *place, struct json_object *value,
		       const char *const *names, guint *out, GError **error);

/* A colour in any of its forms; not wholly opaque ones too. */
gboolean value_color(const struct place *place, struct json_object *value,
		     struct color *out, GError **error);

/* Whether the value says that there is none: null, "" or "none". */
gboolean value_is_none(struct json_object *value);

/* What reads one value into out, whose type the reader knows. */
typedef gboolean value_reader(const struct place *place,
			      struct json_object *value, void *out,
			      GError **error);

/* A key of an object, and where its value goes. */
struct field {
	const char *name;
	const char *alias; /* NULL: none */
	value_reader *read;
	gsize offset; /* of what `read` gets as out, in the caller's struct */
};

/* Reads each key of the object by its field, keys case-insensitive and trimmed.
 * out_seen has bit i set where field i was there (n is 32 at most). Unknown
 * keys, keys that come twice and what is no object are errors. */
gboolean fields_read(const struct place *place, struct json_object *object,
		     const struct field *fields, gsize n, void *out,
		     guint32 *out_seen, GError **error);
