#include "config.h"

#include "fcgi/retirement.h"

void retirement_init(struct retirement *retirement,
		     const struct settings *settings, guint32 random)
{
	guint64 middle = (guint64)settings->max_requests;
	guint64 spread = middle * RETIREMENT_JITTER_PERCENT / 100;

	*retirement = (struct retirement){
		.requests_max = middle - spread + random % (2 * spread + 1),
		.growth_max = (guint64)settings->max_growth_mib << 20,
	};
}

void retirement_count_request(struct retirement *retirement)
{
	retirement->requests++;
}

static gboolean has_grown(struct retirement *retirement, guint64 private_bytes)
{
	if (retirement->base_bytes == 0)
		retirement->base_bytes = private_bytes;
	return retirement->growth_max > 0 &&
	       private_bytes > retirement->base_bytes &&
	       private_bytes - retirement->base_bytes > retirement->growth_max;
}

enum scoreboard_restart retirement_due(struct retirement *retirement,
				       guint64 private_bytes)
{
	if (retirement->requests_max > 0 &&
	    retirement->requests >= retirement->requests_max)
		return SCOREBOARD_RESTART_REQUESTS;
	return has_grown(retirement, private_bytes) ? SCOREBOARD_RESTART_MEMORY
						    : SCOREBOARD_RESTART_NONE;
}
