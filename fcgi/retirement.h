/* retirement.h - when a worker has done its share.
 *
 * What leaks or fragments, in whatever library, ends with its process. A worker
 * says between two requests that it should be replaced, and serves on until a
 * successor does.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "fcgi/settings.h"

enum { RETIREMENT_JITTER_PERCENT = 10 };

struct retirement {
	guint64 requests_max; /* 0: any number */
	guint64 requests;     /* served */
	guint64 growth_max;   /* bytes; 0: any */
	guint64 base_bytes;   /* private memory at the first reading; 0: none */
};

/* random spreads the end of workers that began together. */
void retirement_init(struct retirement *retirement,
		     const struct settings *settings, guint32 random);

void retirement_count_request(struct retirement *retirement);

/* private_bytes: as last read; 0: not known. SCOREBOARD_RESTART_NONE, or why it
 * should be replaced. */
enum scoreboard_restart retirement_due(struct retirement *retirement,
				       guint64 private_bytes);
