#include "config.h"

#include "fcgi/keys.h"

#include <string.h>
#include <sys/random.h>

enum { SALT_BYTES = 16, HASH_BYTES = 32, COLUMNS_MAX = 4 };

#define HASH_PREFIX "sha256$"

struct key {
	char *name;
	guint8 salt[SALT_BYTES], hash[HASH_BYTES];
	int scopes;
	gint64 expires_s; /* Unix time; 0: never */
};

struct keys {
	GArray *list; /* struct key */
};

G_DEFINE_QUARK(captiond_keys_error, keys_error)

static const struct {
	const char *name;
	enum keys_scope scope;
} scopes[] = {
	{"render", KEYS_SCOPE_RENDER},
	{"manage", KEYS_SCOPE_MANAGE},
};

static void hash_key(const guint8 salt[SALT_BYTES], const char *key,
		     guint8 out[HASH_BYTES])
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	gsize size = HASH_BYTES;

	g_checksum_update(checksum, salt, SALT_BYTES);
	g_checksum_update(checksum, (const guchar *)key, (gssize)strlen(key));
	g_checksum_get_digest(checksum, out, &size);
}

static gboolean is_name(const char *name)
{
	gsize length = strlen(name);

	return length >= 1 && length <= KEYS_NAME_BYTES_MAX &&
	       strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") ==
		       length;
}

/* Reads size bytes as hexadecimal, up to stop. NULL: it is something else,
 * else what follows stop. */
static const char *read_hex(const char *text, guint8 *out, gsize size,
			    char stop)
{
	for (gsize i = 0; i < size; i++, text += 2) {
		if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]))
			return NULL;
		out[i] = (guint8)(g_ascii_xdigit_value(text[0]) << 4 |
				  g_ascii_xdigit_value(text[1]));
	}
	return *text == stop ? text + 1 : NULL;
}

static gboolean read_hash(const char *text, struct key *key)
{
	const char *rest;

	if (!g_str_has_prefix(text, HASH_PREFIX))
		return FALSE;
	rest = read_hex(text + strlen(HASH_PREFIX), key->salt, SALT_BYTES, '$');
	return rest && read_hex(rest, key->hash, HASH_BYTES, '\0');
}

static gboolean read_scopes(const char *text, int *out)
{
	g_auto(GStrv) names = g_strsplit(text, ",", -1);

	*out = 0;
	for (char **name = names; *name; name++) {
		int scope = 0;

		for (gsize i = 0; i < G_N_ELEMENTS(scopes); i++)
			if (strcmp(scopes[i].name, *name) == 0)
				scope = (int)scopes[i].scope;
		if (scope == 0 || (*out & scope))
			return FALSE;
		*out |= scope;
	}
	return *out != 0;
}

static gboolean read_time(const char *text, gint64 *out)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);

	if (!time || g_date_time_to_unix(time) <= 0)
		return FALSE;
	*out = g_date_time_to_unix(time);
	return TRUE;
}

/* What is wrong with a line's columns, or NULL; then key is read, its name
 * borrowed. */
static const char *read_columns(char *const *columns, struct key *key)
{
	key->name = columns[0];
	if (!is_name(columns[0]))
		return "a name of at most 64 letters, digits, `.`, `_`, `-` "
		       "expected first";
	if (!columns[1] || !read_hash(columns[1], key))
		return "what `captiond --hash-key` prints expected second";
	if (!columns[2] || !read_scopes(columns[2], &key->scopes))
		return "`render`, `manage`, or both with a comma expected "
		       "third";
	if (!columns[3])
		return NULL;
	if (!read_time(columns[3], &key->expires_s))
		return "a time such as 2030-01-01T00:00:00Z expected fourth";
	return columns[4] ? "four columns at most expected" : NULL;
}

static gboolean has_name(const struct keys *keys, const char *name)
{
	for (guint i = 0; i < keys->list->len; i++)
		if (strcmp(g_array_index(keys->list, struct key, i).name,
			   name) == 0)
			return TRUE;
	return FALSE;
}

static gboolean add_line(struct keys *keys, char *line, guint number,
			 GError **error)
{
	g_autoptr(GPtrArray) columns = g_ptr_array_new();
	struct key key = {0};
	const char *fault;
	char *rest = line;

	if (*line == '#' || *line == '\0')
		return TRUE;
	while (rest && columns->len <= COLUMNS_MAX) {
		char *column = strsep(&rest, " \t");

		if (*column)
			g_ptr_array_add(columns, column);
	}
	g_ptr_array_add(columns, NULL);
	fault = read_columns((char **)columns->pdata, &key);
	if (!fault && has_name(keys, key.name))
		fault = "another name expected, this one is taken";
	if (!fault && keys->list->len == KEYS_MAX)
		fault = "256 keys at most expected";
	if (fault) {
		g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE, "line %u: %s",
			    number, fault);
		return FALSE;
	}
	key.name = g_strdup(key.name);
	g_array_append_val(keys->list, key);
	return TRUE;
}

static void clear_key(void *element)
{
	g_free(((struct key *)element)->name);
}

struct keys *keys_from_text(const char *text, gsize size, GError **error)
{
	g_autoptr(keys_auto) keys = g_new0(struct keys, 1);
	g_autofree char *copy = g_strndup(text, size);
	g_auto(GStrv) lines = NULL;

	keys->list = g_array_new(FALSE, FALSE, sizeof(struct key));
	g_array_set_clear_func(keys->list, clear_key);
	if (memchr(text, '\0', size)) {
		g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE,
			    "lines of text expected");
		return NULL;
	}
	lines = g_strsplit(copy, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		if (!add_line(keys, g_strstrip(lines[i]), i + 1, error))
			return NULL;
	if (keys->list->len > 0)
		return g_steal_pointer(&keys);
	g_set_error(error, KEYS_ERROR, KEYS_ERROR_FILE,
		    "a key expected, none found");
	return NULL;
}

void keys_free(struct keys *keys)
{
	if (!keys)
		return;
	g_array_unref(keys->list);
	g_free(keys);
}

/* Looks at every byte, whatever the first ones say. */
static gboolean is_same(const guint8 a[HASH_BYTES], const guint8 b[HASH_BYTES])
{
	guint8 difference = 0;

	for (gsize i = 0; i < HASH_BYTES; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

static const struct key *find_key(const struct keys *keys, const char *given)
{
	const struct key *found = NULL;

	for (guint i = 0; i < keys->list->len; i++) {
		const struct key *key =
			&g_array_index(keys->list, struct key, i);
		guint8 hash[HASH_BYTES];

		hash_key(key->salt, given, hash);
		if (is_same(hash, key->hash))
			found = key;
	}
	return found;
}

gboolean keys_check(const struct keys *keys, const char *key,
		    enum keys_scope scope, gint64 now_s, const char **out_name,
		    GError **error)
{
	const struct key *found = NULL;

	if (strlen(key) <= KEYS_KEY_BYTES_MAX)
		found = find_key(keys, key);
	if (!found) {
		g_set_error(error, KEYS_ERROR, KEYS_ERROR_WRONG,
			    "the key does not hold");
		return FALSE;
	}
	*out_name = found->name;
	if (found->expires_s > 0 && now_s >= found->expires_s) {
		g_set_error(error, KEYS_ERROR, KEYS_ERROR_EXPIRED,
			    "the key is past its time");
		return FALSE;
	}
	if (found->scopes & (int)scope)
		return TRUE;
	g_set_error(error, KEYS_ERROR, KEYS_ERROR_SCOPE,
		    "the key is not for this");
	return FALSE;
}

static void append_hex(GString *text, const guint8 *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++)
		g_string_append_printf(text, "%02x", bytes[i]);
}

char *keys_hash(const char *key, GError **error)
{
	gsize length = strlen(key);
	guint8 salt[SALT_BYTES], hash[HASH_BYTES];
	GString *text;

	for (gsize i = 0; i < length; i++)
		if (!g_ascii_isgraph(key[i]))
			length = 0;
	if (length < KEYS_KEY_BYTES_MIN || length > KEYS_KEY_BYTES_MAX ||
	    getrandom(salt, SALT_BYTES, 0) != SALT_BYTES) {
		g_set_error(error, KEYS_ERROR, KEYS_ERROR_KEY,
			    "a key of %d to %d visible ASCII characters "
			    "expected, drawn at random, as by `openssl rand "
			    "-hex 20`",
			    KEYS_KEY_BYTES_MIN, KEYS_KEY_BYTES_MAX);
		return NULL;
	}
	hash_key(salt, key, hash);
	text = g_string_new(HASH_PREFIX);
	append_hex(text, salt, SALT_BYTES);
	g_string_append_c(text, '$');
	append_hex(text, hash, HASH_BYTES);
	return g_string_free(text, FALSE);
}
