#include "config.h"

#include "render/query.h"

#include <string.h>

#include "render/limits.h"

GQuark query_error_quark(void)
{
	return g_quark_from_static_string("query-error");
}

static void pair_clear(void *element)
{
	struct query_pair *pair = element;

	g_free(pair->key);
	g_free(pair->value);
}

/* What stands between two `&`. */
struct part {
	const char *start;
	gsize size;
};

/* A pair that can't be read is shown as it came, cut. */
static void fail(GError **error, enum query_error code, const char *what,
		 const struct part *part)
{
	g_autofree char *valid =
		g_utf8_make_valid(part->start, MIN(part->size, 60));

	g_set_error(error, QUERY_ERROR, code, "%s in `%s`", what, valid);
}

/* The byte that two hex digits after a percent sign stand for, or -1. */
static int escaped_byte(const char *p, const char *end)
{
	if (end - p < 3 || !g_ascii_isxdigit(p[1]) || !g_ascii_isxdigit(p[2]))
		return -1;
	return g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2]);
}

/* FALSE: an escape is broken, out has what came before it. */
static gboolean unescape(const char *text, gsize size, GString *out)
{
	const char *end = text + size;

	for (const char *p = text; p < end; p++) {
		int byte = *p == '+' ? ' ' : (guchar)*p;

		if (byte == '%') {
			byte = escaped_byte(p, end);
			if (byte < 0)
				return FALSE;
			p += 2;
		}
		g_string_append_c(out, (char)byte);
	}
	return TRUE;
}

/* Decodes the size bytes at text, which are the key or the value of part. */
static char *decode(const struct part *part, const char *text, gsize size,
		    GError **error)
{
	g_autoptr(GString) out = g_string_sized_new(size);

	if (!unescape(text, size, out)) {
		fail(error, QUERY_ERROR_SYNTAX,
		     "a percent sign without two hex digits after it", part);
		return NULL;
	}
	if (memchr(out->str, '\0', out->len)) {
		fail(error, QUERY_ERROR_SYNTAX, "a NUL byte", part);
		return NULL;
	}
	if (!g_utf8_validate_len(out->str, out->len, NULL)) {
		fail(error, QUERY_ERROR_UTF8, "what is not UTF-8", part);
		return NULL;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static gboolean append_pair(GArray *pairs, const struct part *part,
			    GError **error)
{
	const char *equals = memchr(part->start, '=', part->size);
	gsize key_size = equals ? (gsize)(equals - part->start) : part->size;
	gsize value_size = equals ? part->size - key_size - 1 : 0;
	const char *value = part->start + part->size - value_size;
	g_autofree char *key = NULL;
	struct query_pair pair;

	key = decode(part, part->start, key_size, error);
	if (!key)
		return FALSE;
	pair.value = decode(part, value, value_size, error);
	if (!pair.value)
		return FALSE;
	pair.key = g_steal_pointer(&key);
	g_array_append_val(pairs, pair);
	return TRUE;
}

GArray *query_parse(const char *query, gsize size, GError **error)
{
	g_autoptr(GArray) pairs =
		g_array_new(FALSE, FALSE, sizeof(struct query_pair));

	g_array_set_clear_func(pairs, pair_clear);
	if (size > LIMIT_BODY_BYTES) {
		g_set_error(error, QUERY_ERROR, QUERY_ERROR_SYNTAX,
			    "the query has %" G_GSIZE_FORMAT
			    " bytes, at most %d are allowed",
			    size, LIMIT_BODY_BYTES);
		return NULL;
	}
	for (gsize at = 0; at < size;) {
		const char *next = memchr(query + at, '&', size - at);
		struct part part = {query + at, size - at};

		if (next)
			part.size = (gsize)(next - part.start);
		if (part.size > 0 && !append_pair(pairs, &part, error))
			return NULL;
		at += part.size + 1;
	}
	return g_steal_pointer(&pairs);
}

void query_append(GString *query, const char *key, const char *value)
{
	if (query->len > 0)
		g_string_append_c(query, '&');
	g_string_append_uri_escaped(query, key, NULL, FALSE);
	g_string_append_c(query, '=');
	g_string_append_uri_escaped(query, value, NULL, FALSE);
}
