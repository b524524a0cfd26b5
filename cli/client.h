/* client.h - asks a captiond over HTTP.
 *
 * A key goes into the query of each request, and into nothing else: not into
 * messages, and not to another host.
 */
#pragma once

#include <glib.h>

struct client {
	char *server;	/* URL */
	char *key_file; /* NULL: no key */
	char *key_name; /* of the parameter; NULL: "key" */
	int timeout_s;	/* of a whole exchange; 0: the default */
	char *key;	/* what client_open() read */
};

enum {
	CLIENT_TIMEOUT_S = 30,
	CLIENT_ANSWER_BYTES_MAX = 64 * 1024 * 1024,
	/* Of a URL: with the method and the version it fits the 8 KiB that
	 * servers on the way allow. */
	CLIENT_URL_BYTES_MAX = 7 * 1024,
};

/* Appends the options, which fill in an all zero client. */
void client_options(struct client *client, GArray *options);

/* Checks the options, reads the key. Errors: FAILURE. */
gboolean client_open(struct client *client, GError **error);
void client_fini(struct client *client);

struct answer {
	char *type; /* Content-Type; "" where there is none */
	GByteArray *body;
};
void answer_fini(struct answer *answer);

/* Gets path?query below the server; a query that makes the URL too long is
 * posted as a form. Only status 200 is an answer. Errors: FAILURE, with the
 * server's status and message. */
gboolean client_ask(const struct client *client, const char *path,
		    const char *query, struct answer *out, GError **error);
