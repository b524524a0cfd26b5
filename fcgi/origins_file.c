#include "config.h"

#include "fcgi/origins.h"

#include <string.h>
#include <unistd.h>

#include "fcgi/secret_file.h"
#include "fcgi/url_auth.h"
#include "render/limits.h"

enum {
	PATH_BYTES_MAX = 1024,
	SECRET_BYTES_MAX = 4096,
	/* Three times as much, escaped, and a URL of a client's: still less
	 * than URL_AUTH_URL_BYTES. */
	PARAMS_BYTES_MAX = 16 * 1024,
};

/* One group being read. */
struct group {
	GKeyFile *file;
	const char *name;
	struct origin *origin;
};

static gboolean fail_key(const struct group *group, const char *key,
			 const char *expected, GError **error)
{
	g_set_error(error, ORIGINS_ERROR, ORIGINS_ERROR_KEY,
		    "[%s] %s: %s expected", group->name, key, expected);
	return FALSE;
}

static char *get(const struct group *group, const char *key)
{
	return g_key_file_get_string(group->file, group->name, key, NULL);
}

static gboolean read_list(const struct group *group, const char *key,
			  const char *expected, char ***out, GError **error)
{
	*out = g_key_file_get_string_list(group->file, group->name, key, NULL,
					  NULL);
	return *out ? TRUE : fail_key(group, key, expected, error);
}

static gboolean read_hosts(const struct group *group, GError **error)
{
	static const char expected[] = "a list of 1 to 64 host names";
	g_auto(GStrv) given = NULL;
	g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(g_free);

	if (!read_list(group, "hosts", expected, &given, error))
		return FALSE;
	for (char **at = given; *at; at++) {
		char *host = origins_host(g_strstrip(*at));

		if (!host)
			return fail_key(group, "hosts", expected, error);
		g_ptr_array_add(hosts, host);
	}
	if (hosts->len == 0 || hosts->len > ORIGIN_HOSTS_MAX)
		return fail_key(group, "hosts", expected, error);
	g_ptr_array_add(hosts, NULL);
	group->origin->hosts =
		(char **)g_ptr_array_free(g_steal_pointer(&hosts), FALSE);
	return TRUE;
}

static gboolean read_scheme(const struct group *group, GError **error)
{
	g_autofree char *scheme = get(group, "scheme");

	group->origin->is_http = g_strcmp0(scheme, "http") == 0;
	if (!group->origin->is_http && g_strcmp0(scheme, "https") != 0)
		return fail_key(group, "scheme", "`https` or `http`", error);
	return TRUE;
}

static gboolean read_number(const struct group *group, const char *key,
			    guint64 least, guint64 most, guint64 *out,
			    GError **error)
{
	g_autofree char *text = get(group, key);
	g_autofree char *expected = g_strdup_printf(
		"a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
		least, most);

	if (text && g_ascii_string_to_unsigned(g_strstrip(text), 10, least,
					       most, out, NULL))
		return TRUE;
	return fail_key(group, key, expected, error);
}

static gboolean read_port(const struct group *group, GError **error)
{
	guint64 port = 0;

	if (!read_number(group, "port", 1, 65535, &port, error))
		return FALSE;
	group->origin->port = (guint16)port;
	return TRUE;
}

/* Compared with a URL's path, which is encoded and has no dots left. */
static gboolean read_path(const struct group *group, GError **error)
{
	char *path = get(group, "path");

	group->origin->path = path;
	if (!path || path[0] != '/' || strlen(path) > PATH_BYTES_MAX ||
	    strpbrk(path, "?#%\\ ") || strstr(path, "/.") || strstr(path, "//"))
		return fail_key(group, "path",
				"an absolute path without `?`, `#`, `%`, `//` "
				"and dots at a name's begin",
				error);
	return TRUE;
}

static gboolean is_param(const char *param)
{
	const char *equals = strchr(param, '=');

	return equals && equals > param &&
	       equals - param <= URL_AUTH_NAME_BYTES &&
	       strlen(equals + 1) <= URL_AUTH_VALUE_BYTES;
}

static gboolean read_params(const struct group *group, GError **error)
{
	static const char expected[] =
		"a list of at most 64 `name=value`, 16 KiB in all,";
	char **params;
	gsize bytes = 0;

	if (!read_list(group, "params", expected, &params, error))
		return FALSE;
	group->origin->params = params;
	if (g_strv_length(params) > URL_AUTH_PARAMS_MAX)
		return fail_key(group, "params", expected, error);
	for (char **at = params; *at; at++) {
		bytes += strlen(*at);
		if (!is_param(*at) || bytes > PARAMS_BYTES_MAX)
			return fail_key(group, "params", expected, error);
	}
	return TRUE;
}

static gboolean read_doubles(const struct group *group, GError **error)
{
	g_autoptr(GError) cause = NULL;

	group->origin->may_double = g_key_file_get_boolean(
		group->file, group->name, "duplicates", &cause);
	return cause ? fail_key(group, "duplicates", "`true` or `false`", error)
		     : TRUE;
}

/* It goes into a header line: nothing may end that. */
static gboolean is_secret(const char *text)
{
	gsize size = text ? strlen(text) : 0;

	if (size == 0 || size > SECRET_BYTES_MAX)
		return FALSE;
	for (gsize i = 0; i < size; i++)
		if ((guchar)text[i] < 0x20 || text[i] == 0x7f)
			return FALSE;
	return TRUE;
}

static gboolean read_secret(const struct group *group, const char *key,
			    char **out, GError **error)
{
	*out = get(group, key);
	if (is_secret(*out))
		return TRUE;
	return fail_key(group, key, "1 to 4096 bytes without control codes",
			error);
}

static gboolean read_user(const struct group *group, GError **error)
{
	if (!read_secret(group, "user", &group->origin->user, error))
		return FALSE;
	return strchr(group->origin->user, ':')
		       ? fail_key(group, "user", "a name without `:`", error)
		       : TRUE;
}

static gboolean read_password(const struct group *group, GError **error)
{
	return read_secret(group, "password", &group->origin->password, error);
}

static gboolean read_bearer(const struct group *group, GError **error)
{
	return read_secret(group, "bearer", &group->origin->bearer, error) &&
	       (!strchr(group->origin->bearer, ' ') ||
		fail_key(group, "bearer", "a token without spaces", error));
}

static gboolean read_allowed(const struct group *group, GError **error)
{
	static const char expected[] =
		"a list of addresses and networks, as 10.1.0.0/16;::1";
	g_auto(GStrv) texts = NULL;

	if (!read_list(group, "allow-private", expected, &texts, error))
		return FALSE;
	for (char **at = texts; *at; at++) {
		struct address_range range;

		if (!address_range_parse(g_strstrip(*at), &range))
			return fail_key(group, "allow-private", expected,
					error);
		g_array_append_val(group->origin->allowed, range);
	}
	return TRUE;
}

static gboolean read_bytes(const struct group *group, GError **error)
{
	return read_number(group, "max-bytes", 1, LIMIT_TEMPLATE_BYTES,
			   &group->origin->bytes_max, error);
}

static gboolean read_timeout(const struct group *group, GError **error)
{
	guint64 timeout_s = 0;

	if (!read_number(group, "timeout", 1, ORIGIN_TIMEOUT_MAX_S, &timeout_s,
			 error))
		return FALSE;
	group->origin->timeout_s = (int)timeout_s;
	return TRUE;
}

static gboolean read_ca_file(const struct group *group, GError **error)
{
	group->origin->ca_file = get(group, "ca-file");
	if (group->origin->ca_file &&
	    g_path_is_absolute(group->origin->ca_file) &&
	    access(group->origin->ca_file, R_OK) == 0)
		return TRUE;
	return fail_key(group, "ca-file", "the absolute path of a file", error);
}

static const struct {
	const char *name;
	gboolean (*read)(const struct group *group, GError **error);
} keys[] = {
	{"hosts", read_hosts},	   {"scheme", read_scheme},
	{"port", read_port},	   {"path", read_path},
	{"params", read_params},   {"duplicates", read_doubles},
	{"user", read_user},	   {"password", read_password},
	{"bearer", read_bearer},   {"allow-private", read_allowed},
	{"max-bytes", read_bytes}, {"timeout", read_timeout},
	{"ca-file", read_ca_file},
};

static gboolean read_key(const struct group *group, const char *name,
			 GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].read(group, error);
	g_set_error(error, ORIGINS_ERROR, ORIGINS_ERROR_KEY,
		    "[%s] unknown key '%s'", group->name, name);
	return FALSE;
}

static gboolean settle(const struct group *group, GError **error)
{
	struct origin *origin = group->origin;

	if (!origin->hosts)
		return fail_key(group, "hosts", "a list of host names", error);
	if (!origin->user != !origin->password)
		return fail_key(group, "user, password", "both or neither",
				error);
	if (origin->user && origin->bearer)
		return fail_key(group, "user, bearer", "one or the other",
				error);
	if (origin->port == 0)
		origin->port = origin->is_http ? 80 : 443;
	if (!origin->path)
		origin->path = g_strdup("/");
	return TRUE;
}

static struct origin *read_group(GKeyFile *file, const char *name,
				 GError **error)
{
	struct origin *origin = g_new0(struct origin, 1);
	const struct group group = {file, name, origin};
	g_auto(GStrv) names = g_key_file_get_keys(file, name, NULL, NULL);
	gboolean is_good = TRUE;

	origin->name = g_strdup(name);
	origin->allowed =
		g_array_new(FALSE, FALSE, sizeof(struct address_range));
	origin->bytes_max = ORIGIN_BYTES_DEFAULT;
	origin->timeout_s = ORIGIN_TIMEOUT_S;
	for (char **at = names; is_good && at && *at; at++)
		is_good = read_key(&group, *at, error);
	if (is_good && settle(&group, error))
		return origin;
	origin_free(origin);
	return NULL;
}

static gboolean load(const char *path, GKeyFile *file, GError **error)
{
	g_autoptr(GError) cause = NULL;
	gsize size = 0;
	char *text = secret_file_read(path, &size, &cause);
	gboolean is_read =
		text && g_key_file_load_from_data(file, text, size,
						  G_KEY_FILE_NONE, NULL);

	secret_file_free(text, size);
	if (is_read)
		return TRUE;
	/* What GKeyFile says quotes the line, which may be a secret's. */
	if (cause)
		g_set_error_literal(error, ORIGINS_ERROR, ORIGINS_ERROR_FILE,
				    cause->message);
	else
		g_set_error(error, ORIGINS_ERROR, ORIGINS_ERROR_FILE,
			    "'%s': a key file expected", path);
	return FALSE;
}

static gboolean add_group(struct origins *origins, GKeyFile *file,
			  const char *name, GError **error)
{
	struct origin *origin;

	if (origins_n(origins) >= ORIGINS_MAX) {
		g_set_error(error, ORIGINS_ERROR, ORIGINS_ERROR_KEY,
			    "[%s]: at most %d origins are allowed", name,
			    ORIGINS_MAX);
		return FALSE;
	}
	origin = read_group(file, name, error);
	if (origin && origins_add(origins, origin, error))
		return TRUE;
	origin_free(origin);
	return FALSE;
}

struct origins *origins_read(const char *path, GError **error)
{
	g_autoptr(origins_auto) origins = origins_new();
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) groups = NULL;

	if (!load(path, file, error))
		return NULL;
	groups = g_key_file_get_groups(file, NULL);
	for (char **at = groups; *at; at++)
		if (!add_group(origins, file, *at, error))
			return NULL;
	return g_steal_pointer(&origins);
}
