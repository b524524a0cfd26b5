/* status_client.h - captiond --status: the pool's state, for a person.
 */
#pragma once

#include <glib.h>

struct json_object;

/* Asks the admin listener at address (unix:PATH, HOST:PORT) for its /status.
 * Waits a few seconds at most. Errors: G_FILE_ERROR, with the reason. The
 * caller puts the object. */
struct json_object *status_client_ask(const char *address, GError **error);

/* The page as a table. out_is_ready is what it says. Bytes that could speak to
 * the terminal are masked. The caller frees it. */
char *status_client_table(struct json_object *page, gboolean *out_is_ready);
