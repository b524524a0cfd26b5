/* server_url.h - a place below a server, as a URL.
 *
 * A server may be given with a path (it lies behind a proxy) and with a query
 * (the proxy wants it); both are kept as they are.
 */
#pragma once

#include <glib.h>

/* The URL of path (with its slash) below the server's own, with the server's
 * query, then this one (NULL: none). The caller frees it. Errors: FAILURE of
 * EX_USAGE: no http or https URL, or one with a user or a password: what is
 * secret has no place on a command line. */
char *server_url_make(const char *server, const char *path, const char *query,
		      GError **error);

/* Where a redirection leads, from and to without a key. The same host, port
 * and scheme may be followed; or from http to https on the usual ports. */
gboolean server_url_is_same(const char *from, const char *to);

/* "host:port", for messages. The caller frees it. */
char *server_url_host(const char *url);
