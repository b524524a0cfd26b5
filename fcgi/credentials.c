#include "config.h"

#include "fcgi/credentials.h"

#include <string.h>

#include "fcgi/signature.h"

enum parameter { PARAMETER_OTHER, PARAMETER_OURS, PARAMETER_DISGUISED };

static void find_fault(struct credentials *credentials, const char *fault)
{
	if (!credentials->fault)
		credentials->fault = fault;
}

/* Takes key over; NULL: it could not be decoded. */
static void take_key(struct credentials *credentials, char *key)
{
	if (!key)
		find_fault(credentials, "the key is not percent-encoded text");
	else if (credentials->key)
		find_fault(credentials, "a key is given in two places");
	g_free(credentials->key);
	credentials->key = key ? key : g_strdup("");
}

static char *decode(const char *value, gsize size)
{
	g_autofree char *raw = g_strndup(value, size);

	/* Knows no NUL: neither as a byte nor as %00. */
	return g_uri_unescape_string(g_strdelimit(raw, "+", ' '), NULL);
}

static enum parameter take_key_parameter(struct credentials *credentials,
					 const char *text, gsize size)
{
	credentials->has_key_in_query = TRUE;
	take_key(credentials,
		 decode(text + strlen("key="), size - strlen("key=")));
	return PARAMETER_OURS;
}

/* signature.h judges where they stand and how often. */
static enum parameter take_sig(struct credentials *credentials,
			       const char *text, gsize size)
{
	(void)text, (void)size;
	credentials->has_sig = TRUE;
	return PARAMETER_OURS;
}

static enum parameter take_exp(struct credentials *credentials,
			       const char *text, gsize size)
{
	(void)text, (void)size;
	credentials->has_exp = TRUE;
	return PARAMETER_OURS;
}

static const struct {
	const char *name;
	enum parameter (*take)(struct credentials *credentials,
			       const char *text, gsize size);
} parameters[] = {
	{"key", take_key_parameter},
	{"sig", take_sig},
	{"exp", take_exp},
};

static enum parameter take_parameter(struct credentials *credentials,
				     const char *text, gsize size)
{
	for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++) {
		enum signature_name is =
			signature_name(text, size, parameters[i].name);

		if (is == SIGNATURE_NAME_SAME)
			return parameters[i].take(credentials, text, size);
		if (is == SIGNATURE_NAME_DISGUISED)
			return PARAMETER_DISGUISED;
	}
	return PARAMETER_OTHER;
}

char *credentials_read_target(struct credentials *credentials,
			      const char *target)
{
	const char *at = target + strcspn(target, "?");
	GString *rest = g_string_new_len(target, at - target);
	char separator = '?';

	*credentials = (struct credentials){.signed_target = target};
	while (*at) {
		gsize size = strcspn(++at, "&");
		enum parameter is = take_parameter(credentials, at, size);

		if (is == PARAMETER_DISGUISED)
			find_fault(credentials,
				   "`key=`, `exp=` and `sig=` must be spelled "
				   "just so");
		if (is == PARAMETER_OTHER) {
			g_string_append_c(rest, separator);
			g_string_append_len(rest, at, (gssize)size);
			separator = '&';
		}
		at += size;
	}
	return g_string_free(rest, FALSE);
}

/* RFC 6750, 2.1; other schemes are for others. */
static const char *bearer_token(const char *value)
{
	static const char scheme[] = "Bearer";

	if (g_ascii_strncasecmp(value, scheme, strlen(scheme)) != 0)
		return NULL;
	value += strlen(scheme);
	return *value == ' ' || *value == '\t' || !*value
		       ? value + strspn(value, " \t")
		       : NULL;
}

static const char *value_of(const char *parameter, const char *name)
{
	return g_str_has_prefix(parameter, name) ? parameter + strlen(name)
						 : "";
}

void credentials_read_header(struct credentials *credentials,
			     const char *parameter)
{
	const char *key = value_of(parameter, "HTTP_X_API_KEY=");

	if (!*key)
		key = bearer_token(value_of(parameter, "HTTP_AUTHORIZATION="));
	if (key)
		take_key(credentials, g_strdup(key));
}

gboolean credentials_any(const struct credentials *credentials)
{
	return credentials->key || credentials->has_sig || credentials->has_exp;
}

void credentials_fini(struct credentials *credentials)
{
	if (credentials->key)
		explicit_bzero(credentials->key, strlen(credentials->key));
	g_free(credentials->key);
}
