#include "config.h"

#include "render/strict_json.h"

#include <string.h>

#include <json-c/json.h>

#include "render/autoptr.h"
#include "render/limits.h"

/* An object or an array that is open. */
struct level {
	GHashTable *keys; /* an object's, so far; NULL: an array */
	const char *key;  /* the last of them; the table's */
	guint index;	  /* in an array */
	gboolean awaits_key;
};

/* A walk over text that json-c took for JSON. */
struct scan {
	const char *start, *p, *end;
	struct level levels[LIMIT_JSON_DEPTH];
	guint depth;
};

GQuark strict_json_error_quark(void)
{
	return g_quark_from_static_string("strict-json-error");
}

static gboolean fail_at(const struct scan *scan, GError **error,
			const char *what)
{
	g_set_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_SYNTAX,
		    "invalid JSON at byte %ld: %s",
		    (long)(scan->p - scan->start), what);
	return FALSE;
}

static gboolean fail_deep(GError **error)
{
	g_set_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_LIMIT,
		    "invalid JSON: more than %d levels deep", LIMIT_JSON_DEPTH);
	return FALSE;
}

static gboolean open_level(struct scan *scan, gboolean is_object,
			   GError **error)
{
	struct level *level;

	if (scan->depth == LIMIT_JSON_DEPTH)
		return fail_deep(error);
	level = &scan->levels[scan->depth++];
	*level = (struct level){.awaits_key = is_object};
	if (is_object)
		level->keys = g_hash_table_new_full(g_str_hash, g_str_equal,
						    g_free, NULL);
	return TRUE;
}

static void close_level(struct scan *scan)
{
	struct level *level = &scan->levels[--scan->depth];

	g_clear_pointer(&level->keys, g_hash_table_unref);
}

static void scan_fini(struct scan *scan)
{
	while (scan->depth > 0)
		close_level(scan);
}

/* Where the innermost open object is, as in captions[2].color; "" at the top */
static char *path_of(const struct scan *scan)
{
	GString *path = g_string_new(NULL);

	for (guint i = 0; i + 1 < scan->depth; i++) {
		const struct level *level = &scan->levels[i];

		if (level->keys)
			g_string_append_printf(path, "%s%.60s",
					       path->len > 0 ? "." : "",
					       level->key);
		else
			g_string_append_printf(path, "[%u]", level->index);
	}
	return g_string_free(path, FALSE);
}

static gboolean fail_duplicate(const struct scan *scan, const char *key,
			       GError **error)
{
	g_autofree char *path = path_of(scan);
	g_autofree char *message =
		g_strdup_printf("%s%sduplicate field `%.60s`", path,
				*path != '\0' ? ": " : "", key);
	g_autofree char *valid = g_utf8_make_valid(message, -1);

	g_set_error_literal(error, STRICT_JSON_ERROR,
			    STRICT_JSON_ERROR_DUPLICATE, valid);
	return FALSE;
}

/* The text between two quotes, decoded. */
static char *decode_key(const char *quoted, gsize size)
{
	g_autofree char *token = g_strndup(quoted, size);
	g_autoptr(json_object_auto) key = NULL;

	if (!memchr(quoted, '\\', size))
		return g_strndup(quoted + 1, size - 2);
	key = json_tokener_parse(token);
	return g_strdup(json_object_get_string(key));
}

static gboolean add_key(struct scan *scan, const char *quoted, gsize size,
			GError **error)
{
	struct level *level = &scan->levels[scan->depth - 1];
	g_autofree char *key = decode_key(quoted, size);

	if (g_hash_table_contains(level->keys, key))
		return fail_duplicate(scan, key, error);
	level->key = key;
	level->awaits_key = FALSE;
	(void)g_hash_table_add(level->keys, g_steal_pointer(&key));
	return TRUE;
}

static guint hex4(const char *p)
{
	guint value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 | (guint)g_ascii_xdigit_value(p[i]);
	return value;
}

/* At a \u, whose digits json-c has checked. A pair of surrogates is passed as
 * one. */
static gboolean scan_unicode_escape(struct scan *scan, GError **error)
{
	guint unit = hex4(scan->p + 2);

	if (unit == 0)
		return fail_at(scan, error, "a NUL");
	if (unit >= 0xd800 && unit < 0xdc00 && scan->p[6] == '\\' &&
	    scan->p[7] == 'u' && hex4(scan->p + 8) >> 10 == 0xdc00 >> 10)
		scan->p += 6;
	else if (unit >= 0xd800 && unit < 0xe000)
		return fail_at(scan, error, "half of a surrogate pair");
	scan->p += 6;
	return TRUE;
}

/* From the opening quote to the closing one. */
static gboolean scan_string(struct scan *scan, GError **error)
{
	scan->p++;
	while (*scan->p != '"') {
		if ((guchar)*scan->p < 0x20)
			return fail_at(scan, error,
				       "a raw control character in a string");
		if (*scan->p != '\\') {
			scan->p++;
		} else if (scan->p[1] != 'u') {
			scan->p += 2;
		} else if (!scan_unicode_escape(scan, error)) {
			return FALSE;
		}
	}
	return TRUE;
}

static gboolean scan_string_or_key(struct scan *scan, GError **error)
{
	const char *quoted = scan->p;

	if (!scan_string(scan, error))
		return FALSE;
	if (scan->depth == 0 || !scan->levels[scan->depth - 1].awaits_key)
		return TRUE;
	return add_key(scan, quoted, (gsize)(scan->p - quoted) + 1, error);
}

static void scan_comma(struct scan *scan)
{
	struct level *level = &scan->levels[scan->depth - 1];

	level->awaits_key = level->keys != NULL;
	level->index++;
}

/* An exponent may begin with zeros: 2e-05. */
static gboolean is_in_exponent(const struct scan *scan)
{
	return scan->p > scan->start && g_ascii_tolower(scan->p[-1]) == 'e';
}

static gboolean is_digit_at(const struct scan *scan, int offset)
{
	return scan->end - scan->p > offset && g_ascii_isdigit(scan->p[offset]);
}

/* One character, or one string, outside strings. */
static gboolean scan_one(struct scan *scan, GError **error)
{
	switch (*scan->p) {
	case '"':
		return scan_string_or_key(scan, error);
	case '{':
	case '[':
		return open_level(scan, *scan->p == '{', error);
	case '}':
	case ']':
		close_level(scan);
		return TRUE;
	case ',':
		scan_comma(scan);
		return TRUE;
	case 'N':
	case 'I':
		return fail_at(scan, error, "no such number in JSON");
	case '\'':
		return fail_at(scan, error, "a single quote");
	case '-':
		if (!is_in_exponent(scan) && is_digit_at(scan, 1) &&
		    scan->p[1] == '0' && is_digit_at(scan, 2))
			return fail_at(scan, error, "a leading zero");
		return TRUE;
	case '.':
		if (!is_digit_at(scan, 1))
			return fail_at(scan, error, "no digit after the point");
		return TRUE;
	default:
		return TRUE;
	}
}

static gboolean scan_text(const char *text, gsize size, GError **error)
{
	struct scan scan = {.start = text, .p = text, .end = text + size};

	for (; scan.p < scan.end; scan.p++) {
		if (!scan_one(&scan, error)) {
			scan_fini(&scan);
			return FALSE;
		}
	}
	return TRUE;
}

static void set_parse_error(enum json_tokener_error code, gsize at,
			    GError **error)
{
	if (code == json_tokener_error_depth)
		(void)fail_deep(error);
	else
		g_set_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_SYNTAX,
			    "invalid JSON at byte %" G_GSIZE_FORMAT ": %s", at,
			    code == json_tokener_continue
				    ? "unexpected end"
				    : json_tokener_error_desc(code));
}

/* json-c counts a value inside the innermost level as a level too, an empty one
 * not: one more is allowed here, and the scan counts again. It waits for what
 * follows a bare number or word: a space. */
static struct json_object *parse(const char *text, gsize size, GError **error)
{
	struct json_tokener *tokener =
		json_tokener_new_ex(LIMIT_JSON_DEPTH + 1);
	struct json_object *object;
	enum json_tokener_error code;
	gsize at;

	g_assert(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
						JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)size);
	code = json_tokener_get_error(tokener);
	at = json_tokener_get_parse_end(tokener);
	if (code == json_tokener_continue) {
		object = json_tokener_parse_ex(tokener, " ", 1);
		code = json_tokener_get_error(tokener);
	}
	if (code != json_tokener_success)
		set_parse_error(code, at, error);
	json_tokener_free(tokener);
	return object;
}

struct json_object *strict_json_parse(const char *text, gsize size,
				      GError **error)
{
	g_autoptr(json_object_auto) object = NULL;
	g_autoptr(GError) failure = NULL;
	const char *end;

	if (size > LIMIT_BODY_BYTES) {
		g_set_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_LIMIT,
			    "the JSON has %" G_GSIZE_FORMAT
			    " bytes, at most %d are allowed",
			    size, LIMIT_BODY_BYTES);
		return NULL;
	}
	if (!g_utf8_validate_len(text, size, &end)) {
		g_set_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_SYNTAX,
			    "invalid JSON at byte %ld: not UTF-8",
			    (long)(end - text));
		return NULL;
	}
	object = parse(text, size, &failure);
	if (!failure && !json_object_is_type(object, json_type_object))
		g_set_error_literal(&failure, STRICT_JSON_ERROR,
				    STRICT_JSON_ERROR_SYNTAX,
				    "invalid JSON: expected an object");
	if (!failure)
		(void)scan_text(text, size, &failure);
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	return g_steal_pointer(&object);
}
