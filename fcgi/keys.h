/* keys.h - API keys: who holds one, what for, until when.
 *
 * The key file has a line a key, columns apart by blanks; empty lines and those
 * that begin with `#` do not count:
 *
 *     # name    hash                     scopes         expires (optional)
 *     blog      sha256$SALT$HASH         render
 *     editor    sha256$SALT$HASH         render,manage  2030-01-01T00:00:00Z
 *
 * The hash is what `captiond --hash-key` prints: SHA-256 over 16 bytes of salt
 * and the key, both in hexadecimal. One quick pass is right here: a key is no
 * password that somebody thought up but 20 letters or more drawn at random,
 * which no speed of guessing reaches, and a slow hash would let anybody who
 * sends wrong keys hold up the workers. The salt keeps two files from showing
 * that they have a key in common.
 */
#pragma once

#include <glib.h>

enum {
	KEYS_MAX = 256, /* each request is compared with all of them */
	KEYS_NAME_BYTES_MAX = 64, /* letters, digits, `.`, `_`, `-` */
	KEYS_KEY_BYTES_MIN = 20,
	KEYS_KEY_BYTES_MAX = 128,
};

enum keys_scope {
	KEYS_SCOPE_RENDER = 1 << 0, /* pictures and lists */
	KEYS_SCOPE_MANAGE = 1 << 1, /* a look inside */
};

#define KEYS_ERROR (keys_error_quark())
GQuark keys_error_quark(void);
enum keys_error {
	KEYS_ERROR_FILE,  /* by line; never with the hash */
	KEYS_ERROR_KEY,	  /* cannot be a key: too short, too long, blanks */
	KEYS_ERROR_WRONG, /* nobody's; messages from here on are for clients */
	KEYS_ERROR_EXPIRED,
	KEYS_ERROR_SCOPE,
};

struct keys;

/* Reads a key file's text. Errors: KEYS_ERROR_FILE: a line that is no key, two
 * of one name, none at all, more than KEYS_MAX. */
struct keys *keys_from_text(const char *text, gsize size, GError **error);
void keys_free(struct keys *keys);
typedef struct keys keys_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(keys_auto, keys_free)

/* Whether key is one that may do what scope says at now_s (Unix). Takes as long
 * for any wrong key. out_name: its name, which stays the keys'. */
gboolean keys_check(const struct keys *keys, const char *key,
		    enum keys_scope scope, gint64 now_s, const char **out_name,
		    GError **error);

/* The hash column for a key, with a fresh salt. The caller frees it. Errors:
 * KEYS_ERROR_KEY. */
char *keys_hash(const char *key, GError **error);
