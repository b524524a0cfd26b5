#include "config.h"

#include <stdint.h>
#include <string.h>

#include "fcgi/credentials.h"
#include "fcgi/keys.h"
#include "fcgi/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GBytes *secret(void)
{
	return g_bytes_new_static("a secret for the fuzzer", 23);
}

/* As nginx looks for it, in its configuration: after the first question mark,
 * at the start or behind an ampersand. */
static gboolean nginx_sees(const char *target, const char *name)
{
	const char *query = strchr(target, '?');
	g_autofree char *behind = g_strconcat("&", name, "=", NULL);

	if (!query)
		return FALSE;
	return g_str_has_prefix(query + 1, behind + 1) ||
	       strstr(query, behind) != NULL;
}

/* Nothing that was brought is left, and nginx sees it where we do. */
static void check_credentials(const char *target)
{
	struct credentials given, none;
	g_autofree char *rest = credentials_read_target(&given, target);
	g_autofree char *again = credentials_read_target(&none, rest);

	g_assert_cmpstr(again, ==, rest);
	g_assert_false(credentials_any(&none));
	g_assert_null(none.fault);
	g_assert_cmpint(given.has_key_in_query, ==, nginx_sees(target, "key"));
	g_assert_cmpint(given.has_sig, ==, nginx_sees(target, "sig"));
	g_assert_cmpint(given.has_exp, ==, nginx_sees(target, "exp"));
	credentials_read_header(&given, target);
	credentials_fini(&given);
	credentials_fini(&none);
}

/* What can be signed is verified, and no other byte of it may change. */
static void check_signature(const char *target)
{
	g_autoptr(GBytes) key = secret();
	g_autoptr(GPtrArray) secrets = g_ptr_array_new();
	g_autofree char *whole = signature_sign(key, target, 0, NULL);

	g_ptr_array_add(secrets, key);
	g_assert_false(signature_verify(secrets, target, 0, NULL));
	if (!whole)
		return;
	g_assert_true(signature_verify(secrets, whole, 0, NULL));
	whole[strlen(target) / 2] ^= 1;
	g_assert_false(signature_verify(secrets, whole, 0, NULL));
}

static void check_files(const char *text, gsize size)
{
	g_autoptr(keys_auto) keys = keys_from_text(text, size, NULL);
	g_autoptr(GPtrArray) secrets = signature_secrets(text, size, NULL);
	const char *name;

	if (keys)
		g_assert_false(keys_check(keys, "nobody's", KEYS_SCOPE_RENDER,
					  0, &name, NULL));
	if (secrets)
		g_assert_cmpuint(secrets->len, <=, SIGNATURE_SECRETS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *target = g_strndup((const char *)data, size);

	check_credentials(target);
	check_signature(target);
	check_files((const char *)data, size);
	return 0;
}
