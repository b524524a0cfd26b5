/* background.h - pictures from URLs, as a worker sees them.
 *
 * The fetcher gets them and the packer packs them; a worker asks, waits, and
 * maps the pack. Of all workers half wait at most (one at least), so that an
 * origin that is slow leaves the pool the other half.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "fcgi/settings.h"
#include "render/pack.h"

struct background;

/* bell_fd is the fetcher's; see fetches.h. NULL: no origins are configured.
 * All below take that. */
struct background *background_new(const struct settings *settings,
				  struct scoreboard *board, guint slot,
				  int bell_fd);
void background_free(struct background *background);

/* Lets go of packs that were removed. Cheap where none was. */
void background_refresh(struct background *background);

struct background_order {
	const char *url;
	int client_fd;	    /* whoever it is for; gone: no use waiting */
	gint64 deadline_us; /* monotonic; 0: none of the request's own */
};

/* The pack of what lies at a URL, mapped, a new reference; it is good for
 * out_fresh_s. Errors: HTTP_ERROR, with a message for the client. */
struct pack *background_get(struct background *background,
			    const struct background_order *order,
			    guint32 *out_fresh_s, GError **error);
