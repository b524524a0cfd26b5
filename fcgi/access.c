#include "config.h"

#include "fcgi/access.h"

#include <string.h>

#include "fcgi/errors.h"
#include "fcgi/keys.h"
#include "fcgi/secret_file.h"
#include "fcgi/signature.h"

enum policy {
	POLICY_OPEN = 0,
	POLICY_KEY = 1 << 0,
	POLICY_SIGNATURE = 1 << 1,
	POLICY_EITHER = POLICY_KEY | POLICY_SIGNATURE,
};

struct access {
	struct keys *keys;  /* NULL: none are known here */
	GPtrArray *secrets; /* likewise */
	enum policy policies[ACCESS_GROUPS];
};

static const struct {
	const char *name;
	enum policy policy;
} policies[] = {
	{"open", POLICY_OPEN},
	{"key", POLICY_KEY},
	{"signature", POLICY_SIGNATURE},
	{"either", POLICY_EITHER},
};

static const enum keys_scope scopes[ACCESS_GROUPS] = {
	[ACCESS_RENDER] = KEYS_SCOPE_RENDER,
	[ACCESS_LISTS] = KEYS_SCOPE_RENDER,
	[ACCESS_STATS] = KEYS_SCOPE_MANAGE,
};

/* The settings allow no other name. */
static enum policy policy_from_name(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(policies); i++)
		if (strcmp(policies[i].name, name) == 0)
			return policies[i].policy;
	g_assert_not_reached();
}

static gboolean fail_setting(GError **error, const char *name,
			     const GError *cause)
{
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE, "%s: %s", name,
		    cause->message);
	return FALSE;
}

static gboolean read_keys(struct access *access, const char *path,
			  GError **error)
{
	g_autoptr(GError) cause = NULL;
	gsize size;
	char *text;

	if (!path)
		return TRUE;
	text = secret_file_read(path, &size, &cause);
	if (text)
		access->keys = keys_from_text(text, size, &cause);
	secret_file_free(text, text ? size : 0);
	return access->keys || fail_setting(error, "keys", cause);
}

static gboolean read_secrets(struct access *access, const char *path,
			     GError **error)
{
	g_autoptr(GError) cause = NULL;
	gsize size;
	char *text;

	if (!path)
		return TRUE;
	text = secret_file_read(path, &size, &cause);
	if (text)
		access->secrets = signature_secrets(text, size, &cause);
	secret_file_free(text, text ? size : 0);
	return access->secrets || fail_setting(error, "signing-secrets", cause);
}

/* A policy that nobody could meet is a mistake. */
static gboolean check_policies(const struct access *access, GError **error)
{
	int needed = 0;

	for (int i = 0; i < ACCESS_GROUPS; i++)
		needed |= (int)access->policies[i];
	if ((needed & POLICY_KEY) && !access->keys) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "keys: a file expected where a route needs a key");
		return FALSE;
	}
	if ((needed & POLICY_SIGNATURE) && !access->secrets) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "signing-secrets: a file expected where a route "
			    "needs a signature");
		return FALSE;
	}
	return TRUE;
}

gboolean access_compile(struct settings *settings, GError **error)
{
	g_autoptr(access_auto) access = g_new0(struct access, 1);

	access->policies[ACCESS_RENDER] =
		policy_from_name(settings->require_render);
	access->policies[ACCESS_LISTS] =
		policy_from_name(settings->require_lists);
	access->policies[ACCESS_STATS] =
		policy_from_name(settings->require_stats);
	if (!read_keys(access, settings->keys_path, error) ||
	    !read_secrets(access, settings->signing_secrets_path, error) ||
	    !check_policies(access, error))
		return FALSE;
	access_free(settings->access);
	settings->access = g_steal_pointer(&access);
	return TRUE;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	keys_free(access->keys);
	if (access->secrets)
		g_ptr_array_unref(access->secrets);
	g_free(access);
}

static gboolean refuse_unknown(const char *name, GError **error)
{
	g_set_error(error, HTTP_ERROR, 400,
		    "cannot decode request: unknown field `%s`", name);
	return FALSE;
}

/* A server that knows no keys says of `key` what it says of any other word. In
 * the head it may be meant for somebody on the way. */
static gboolean check_known(const struct access *access,
			    const struct credentials *given, GError **error)
{
	if (given->fault) {
		g_set_error(error, HTTP_ERROR, 400, "%s", given->fault);
		return FALSE;
	}
	if (given->has_key_in_query && !access->keys)
		return refuse_unknown("key", error);
	if (given->has_sig && !access->secrets)
		return refuse_unknown("sig", error);
	if (given->has_exp && !access->secrets)
		return refuse_unknown("exp", error);
	if (given->has_exp && !given->has_sig) {
		g_set_error(error, HTTP_ERROR, 400,
			    "`exp` is given without `sig`");
		return FALSE;
	}
	return TRUE;
}

/* A signature says nothing of a body. */
static gboolean check_signature(const struct access *access,
				const struct request *request, gint64 now_s,
				GError **error)
{
	if (request->method != REQUEST_GET && request->method != REQUEST_HEAD) {
		g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_WRONG,
			    "a signature holds for GET and HEAD");
		return FALSE;
	}
	return signature_verify(access->secrets,
				request->credentials.signed_target, now_s,
				error);
}

static gboolean refuse_without(enum policy policy, GError **error)
{
	static const char *const needs[] = {
		[POLICY_KEY] = "a key is needed",
		[POLICY_SIGNATURE] = "a signature is needed",
		[POLICY_EITHER] = "a key or a signature is needed",
	};

	g_set_error_literal(error, HTTP_ERROR, 401, needs[policy]);
	return FALSE;
}

gboolean access_check(const struct access *access,
		      const struct request *request, enum access_group group,
		      gint64 now_s, const char **out_key, GError **error)
{
	const struct credentials *given = &request->credentials;
	enum policy policy = access->policies[group];
	int brought = POLICY_OPEN;

	*out_key = "";
	if (!check_known(access, given, error))
		return FALSE;
	if (given->key && access->keys) {
		if (!keys_check(access->keys, given->key, scopes[group], now_s,
				out_key, error))
			return FALSE;
		brought |= POLICY_KEY;
	}
	if (given->has_sig) {
		if (!check_signature(access, request, now_s, error))
			return FALSE;
		brought |= POLICY_SIGNATURE;
	}
	return policy == POLICY_OPEN || (brought & (int)policy) ||
	       refuse_without(policy, error);
}

gboolean access_is_private(const struct access *access,
			   const struct request *request,
			   enum access_group group)
{
	return access->policies[group] != POLICY_OPEN ||
	       credentials_any(&request->credentials);
}
