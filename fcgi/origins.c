#include "config.h"

#include "fcgi/origins.h"

#include <arpa/inet.h>
#include <string.h>

G_DEFINE_QUARK(captiond_origins_error, origins_error)

enum { HOST_BYTES_MAX = 253 };

struct origins {
	GPtrArray *list; /* struct origin */
};

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

void origin_free(struct origin *origin)
{
	if (!origin)
		return;
	for (char **at = origin->params; at && *at; at++)
		explicit_bzero(*at, strlen(*at));
	g_strfreev(origin->params);
	g_strfreev(origin->hosts);
	g_free(origin->name);
	g_free(origin->path);
	g_free(origin->user);
	wipe(origin->password);
	wipe(origin->bearer);
	if (origin->allowed)
		g_array_unref(origin->allowed);
	g_free(origin->ca_file);
	g_free(origin);
}

static void free_item(void *data)
{
	origin_free(data);
}

struct origins *origins_new(void)
{
	struct origins *origins = g_new(struct origins, 1);

	origins->list = g_ptr_array_new_with_free_func(free_item);
	return origins;
}

void origins_free(struct origins *origins)
{
	if (!origins)
		return;
	g_ptr_array_unref(origins->list);
	g_free(origins);
}

guint origins_n(const struct origins *origins)
{
	return origins->list->len;
}

const struct origin *origins_at(const struct origins *origins, guint i)
{
	return origins->list->pdata[i];
}

static char *host_of_address(const char *host)
{
	g_autofree char *bare = g_strndup(host + 1, strlen(host) - 2);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (inet_pton(AF_INET6, bare, &address) != 1 ||
	    !inet_ntop(AF_INET6, &address, text, sizeof(text)))
		return NULL;
	return g_strconcat("[", text, "]", NULL);
}

char *origins_host(const char *host)
{
	gsize size = strlen(host);

	if (size == 0 || size > HOST_BYTES_MAX)
		return NULL;
	if (host[0] == '[' && host[size - 1] == ']')
		return host_of_address(host);
	if (strspn(host, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._") != size)
		return NULL;
	return g_ascii_strdown(host, -1);
}

static gboolean have_same_urls(const struct origin *a, const struct origin *b)
{
	if (a->is_http != b->is_http || a->port != b->port ||
	    strcmp(a->path, b->path) != 0)
		return FALSE;
	for (char **host = a->hosts; *host; host++)
		if (g_strv_contains((const char *const *)b->hosts, *host))
			return TRUE;
	return FALSE;
}

gboolean origins_add(struct origins *origins, struct origin *origin,
		     GError **error)
{
	for (guint i = 0; i < origins->list->len; i++) {
		const struct origin *other = origins->list->pdata[i];

		if (!have_same_urls(origin, other))
			continue;
		g_set_error(error, ORIGINS_ERROR, ORIGINS_ERROR_KEY,
			    "[%s] and [%s] are for the same URLs", other->name,
			    origin->name);
		return FALSE;
	}
	g_ptr_array_add(origins->list, origin);
	return TRUE;
}

/* "/a" and "/a/" are the path of "/a/b", neither is that of "/ab". */
static gboolean is_below(const char *path, const char *prefix)
{
	gsize size = strlen(prefix);

	if (strncmp(path, prefix, size) != 0)
		return FALSE;
	return prefix[size - 1] == '/' || path[size] == '\0' ||
	       path[size] == '/';
}

const struct origin *origins_find(const struct origins *origins,
				  gboolean is_http, const char *host,
				  guint port, const char *path)
{
	const struct origin *found = NULL;

	for (guint i = 0; i < origins->list->len; i++) {
		const struct origin *origin = origins->list->pdata[i];

		if (origin->is_http == is_http && origin->port == port &&
		    is_below(path, origin->path) &&
		    g_strv_contains((const char *const *)origin->hosts, host) &&
		    (!found || strlen(origin->path) > strlen(found->path)))
			found = origin;
	}
	return found;
}

gboolean origin_may_connect(const struct origin *origin,
			    const struct sockaddr *address, socklen_t size)
{
	if (address_kind(address, size) == ADDRESS_PUBLIC)
		return TRUE;
	for (guint i = 0; i < origin->allowed->len; i++)
		if (address_is_in(address, size,
				  &g_array_index(origin->allowed,
						 struct address_range, i)))
			return TRUE;
	return FALSE;
}
