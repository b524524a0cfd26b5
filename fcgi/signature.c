#include "config.h"

#include "fcgi/signature.h"

#include <string.h>

enum {
	HASH_BYTES = 32,
	NAME_BYTES_MAX = 64, /* of a parameter's name, decoded */
	EXPIRES_DIGITS_MAX = 12,
};

G_DEFINE_QUARK(captiond_signature_error, signature_error)

static void unref_secret(void *secret)
{
	g_bytes_unref(secret);
}

static gboolean add_secret(GPtrArray *secrets, const char *line, guint number,
			   GError **error)
{
	gsize size = strlen(line);

	if (size == 0 || *line == '#')
		return TRUE;
	if (size < SIGNATURE_SECRET_BYTES_MIN ||
	    size > SIGNATURE_SECRET_BYTES_MAX) {
		g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_SECRET,
			    "line %u: a secret of %d to %d bytes expected",
			    number, SIGNATURE_SECRET_BYTES_MIN,
			    SIGNATURE_SECRET_BYTES_MAX);
		return FALSE;
	}
	if (secrets->len == SIGNATURE_SECRETS_MAX) {
		g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_SECRET,
			    "line %u: at most %d secrets expected", number,
			    SIGNATURE_SECRETS_MAX);
		return FALSE;
	}
	g_ptr_array_add(secrets, g_bytes_new(line, size));
	return TRUE;
}

GPtrArray *signature_secrets(const char *text, gsize size, GError **error)
{
	g_autoptr(GPtrArray) secrets =
		g_ptr_array_new_with_free_func(unref_secret);
	g_autofree char *copy = g_strndup(text, size);
	g_auto(GStrv) lines = NULL;

	if (memchr(text, '\0', size)) {
		g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_SECRET,
			    "lines of text expected");
		return NULL;
	}
	lines = g_strsplit(copy, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		if (!add_secret(secrets, g_strstrip(lines[i]), i + 1, error))
			return NULL;
	if (secrets->len > 0)
		return g_steal_pointer(&secrets);
	g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_SECRET,
		    "a secret expected, none found");
	return NULL;
}

char *signature_make(GBytes *secret, const char *target, gsize size)
{
	gsize secret_size, hash_size = HASH_BYTES;
	const guchar *bytes = g_bytes_get_data(secret, &secret_size);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, bytes, secret_size);
	guint8 hash[HASH_BYTES];
	char *text;

	g_hmac_update(hmac, (const guchar *)target, (gssize)size);
	g_hmac_get_digest(hmac, hash, &hash_size);
	g_hmac_unref(hmac);
	text = g_base64_encode(hash, hash_size);
	text[SIGNATURE_CHARS] = '\0'; /* the padding */
	return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

/* Decodes a name once, as the reader of macros does. NULL: none of ours, since
 * too long or badly encoded. */
static char *decode_name(const char *name, gsize size)
{
	g_autofree char *raw = NULL, *decoded = NULL;

	if (size > 3 * NAME_BYTES_MAX)
		return NULL;
	raw = g_strndup(name, size);
	decoded = g_uri_unescape_string(g_strdelimit(raw, "+", ' '), NULL);
	if (!decoded)
		return NULL;
	return g_ascii_strdown(g_strstrip(decoded), -1);
}

enum signature_name signature_name(const char *parameter, gsize size,
				   const char *name)
{
	const char *equals = memchr(parameter, '=', size);
	gsize name_size = equals ? (gsize)(equals - parameter) : size;
	g_autofree char *decoded = NULL;

	if (equals && name_size == strlen(name) &&
	    memcmp(parameter, name, name_size) == 0)
		return SIGNATURE_NAME_SAME;
	decoded = decode_name(parameter, name_size);
	return decoded && strcmp(decoded, name) == 0 ? SIGNATURE_NAME_DISGUISED
						     : SIGNATURE_NAME_OTHER;
}

/* What a target has of ours: values within it, NULL where they are not. */
struct parts {
	const char *expires;
	gsize expires_size;
	const char *sig;    /* to the end of the target */
	gsize signed_bytes; /* before sig's separator */
};

static gboolean fail(GError **error, enum signature_error code,
		     const char *message)
{
	g_set_error_literal(error, SIGNATURE_ERROR, (int)code, message);
	return FALSE;
}

/* A parameter at offset at of the target, size bytes long. */
static gboolean read_parameter(struct parts *parts, const char *target,
			       gsize at, gsize size, GError **error)
{
	const char *text = target + at;
	enum signature_name sig = signature_name(text, size, "sig");
	enum signature_name expires = signature_name(text, size, "exp");

	if (parts->sig)
		return fail(error, SIGNATURE_ERROR_MALFORMED,
			    "`sig` must be the last parameter");
	if (sig == SIGNATURE_NAME_DISGUISED ||
	    expires == SIGNATURE_NAME_DISGUISED)
		return fail(error, SIGNATURE_ERROR_MALFORMED,
			    "`sig=` and `exp=` must be spelled just so");
	if (expires == SIGNATURE_NAME_SAME && parts->expires)
		return fail(error, SIGNATURE_ERROR_MALFORMED,
			    "`exp` is given twice");
	if (expires == SIGNATURE_NAME_SAME) {
		parts->expires = text + strlen("exp=");
		parts->expires_size = size - strlen("exp=");
	}
	if (sig == SIGNATURE_NAME_SAME) {
		parts->sig = text + strlen("sig=");
		parts->signed_bytes = at - 1;
	}
	return TRUE;
}

static gboolean read_parts(struct parts *parts, const char *target,
			   GError **error)
{
	gsize size = strlen(target), at = strcspn(target, "?") + 1;

	*parts = (struct parts){0};
	while (at <= size) {
		gsize length = strcspn(target + at, "&");

		if (!read_parameter(parts, target, at, length, error))
			return FALSE;
		at += length + 1;
	}
	return TRUE;
}

char *signature_sign(GBytes *secret, const char *target, gint64 expires_s,
		     GError **error)
{
	g_autoptr(GString) out = NULL;
	g_autofree char *sig = NULL;
	struct parts parts;

	if (*target != '/' || expires_s < 0) {
		fail(error, SIGNATURE_ERROR_TARGET,
		     "a target that begins with a slash expected");
		return NULL;
	}
	for (const char *at = target; *at; at++) {
		if (g_ascii_isgraph(*at) && *at != '#')
			continue;
		fail(error, SIGNATURE_ERROR_TARGET,
		     "a target of visible ASCII without `#` expected");
		return NULL;
	}
	if (!read_parts(&parts, target, NULL) || parts.sig || parts.expires) {
		fail(error, SIGNATURE_ERROR_TARGET,
		     "the target has a `sig` or an `exp` already");
		return NULL;
	}
	out = g_string_new(target);
	if (expires_s > 0)
		g_string_append_printf(out, "%cexp=%" G_GINT64_FORMAT,
				       strchr(target, '?') ? '&' : '?',
				       expires_s);
	sig = signature_make(secret, out->str, out->len);
	g_string_append_printf(out, "%csig=%s",
			       strchr(out->str, '?') ? '&' : '?', sig);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Looks at every byte, whatever the first ones say. */
static gboolean is_same_text(const char *a, const char *b, gsize size)
{
	guint8 difference = 0;

	for (gsize i = 0; i < size; i++)
		difference |= (guint8)(a[i] ^ b[i]);
	return difference == 0;
}

static gboolean is_signed(const GPtrArray *secrets, const char *target,
			  const struct parts *parts)
{
	gboolean is_found = FALSE;

	if (strlen(parts->sig) != SIGNATURE_CHARS)
		return FALSE;
	for (guint i = 0; i < secrets->len; i++) {
		g_autofree char *expected =
			signature_make(g_ptr_array_index(secrets, i), target,
				       parts->signed_bytes);

		is_found |= is_same_text(expected, parts->sig, SIGNATURE_CHARS);
	}
	return is_found;
}

static gboolean read_expires(const struct parts *parts, gint64 *out)
{
	*out = 0;
	if (parts->expires_size < 1 || parts->expires_size > EXPIRES_DIGITS_MAX)
		return FALSE;
	for (gsize i = 0; i < parts->expires_size; i++) {
		if (!g_ascii_isdigit(parts->expires[i]))
			return FALSE;
		*out = *out * 10 + (parts->expires[i] - '0');
	}
	return TRUE;
}

gboolean signature_verify(const GPtrArray *secrets, const char *target,
			  gint64 now_s, GError **error)
{
	struct parts parts;
	gint64 expires_s;

	if (!read_parts(&parts, target, error))
		return FALSE;
	if (!parts.sig)
		return fail(error, SIGNATURE_ERROR_MISSING,
			    "no `sig` is given");
	if (!is_signed(secrets, target, &parts))
		return fail(error, SIGNATURE_ERROR_WRONG,
			    "the signature does not hold");
	if (!parts.expires)
		return TRUE;
	/* Only now: before, anybody may have written it. */
	if (!read_expires(&parts, &expires_s))
		return fail(error, SIGNATURE_ERROR_MALFORMED,
			    "`exp` must be a Unix time in seconds");
	if (now_s >= expires_s)
		return fail(error, SIGNATURE_ERROR_EXPIRED,
			    "the signature is past its time");
	return TRUE;
}
