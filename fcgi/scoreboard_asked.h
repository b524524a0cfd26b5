/* scoreboard_asked.h - what workers ask of the packer and the fetcher. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

enum {
	SCOREBOARD_WISHES = 16,
	SCOREBOARD_WISH_ID_BYTES = 201, /* LIMIT_ID_BYTES, and NUL */
	SCOREBOARD_FETCH_ID_BYTES = 64,
	SCOREBOARD_FETCH_URL_BYTES = 2049, /* LIMIT_URL_BYTES, and NUL */
};

/* Variants asked for; see wishes.h. */
struct scoreboard_wish {
	_Atomic guint32 number; /* which one of the ring's; 0: being written */
	_Atomic gint32 width_px, height_px, quality;
	_Atomic guint32 format;		   /* enum macro_format */
	char id[SCOREBOARD_WISH_ID_BYTES]; /* the template's; may be torn */
};

struct scoreboard_wishes {
	_Atomic guint32 count; /* ever put in */
	struct scoreboard_wish ring[SCOREBOARD_WISHES];
};

/* A picture asked for by URL; see fetches.h. */
struct scoreboard_fetch {
	_Atomic guint32 asked;	 /* worker: the question's number; 0: being
				    written */
	_Atomic guint32 is_held; /* worker: it holds one of the places of those
				    that wait; the master clears it */
	_Atomic guint32 answer;	 /* fetcher: number << 8 | enum fetch_outcome; a
				    futex */
	_Atomic guint32 fresh_s; /* fetcher */
	char id[SCOREBOARD_FETCH_ID_BYTES];   /* fetcher; may be torn */
	char url[SCOREBOARD_FETCH_URL_BYTES]; /* worker; may be torn */
};

/* What the fetcher has done, and holds. */
struct scoreboard_origins {
	_Atomic guint64 asked, hits; /* questions; answered at once */
	_Atomic guint64 fetched, unchanged, refused, failed; /* transfers */
	_Atomic guint64 bytes;				     /* that came in */
	_Atomic guint64 stored, stored_max; /* bytes on the disk */
	_Atomic guint32 pictures, underway;
	_Atomic guint32 removed; /* packer; ever: let go of them */
};
