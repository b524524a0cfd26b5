/* scoreboard.h - what the processes know of each other.
 *
 * One shared mapping of fixed slots without pointers. Each field has one
 * writer, named beside it; readers take whatever they find for a number from
 * outside and check its range. Counters only grow and outlive the worker that
 * counted, since its successor goes on in the same slot.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "fcgi/killers.h"
#include "fcgi/memory.h"
#include "fcgi/tally.h"

enum {
	SCOREBOARD_WORKERS_MAX = 512,
	/* A fresh set of workers comes before the old one has left. */
	SCOREBOARD_SLOTS_MAX = 2 * SCOREBOARD_WORKERS_MAX + 16,
	SCOREBOARD_TARGET_BYTES = 256,
	SCOREBOARD_ID_BYTES = 72,
	SCOREBOARD_WISHES = 16,
	SCOREBOARD_WISH_ID_BYTES = 201, /* LIMIT_ID_BYTES, and NUL */
	SCOREBOARD_FETCH_ID_BYTES = 64,
	SCOREBOARD_FETCH_URL_BYTES = 2049, /* LIMIT_URL_BYTES, and NUL */
};

enum scoreboard_state {
	SCOREBOARD_EMPTY,
	SCOREBOARD_STARTING,
	SCOREBOARD_WAITING,
	SCOREBOARD_READING,
	SCOREBOARD_RENDERING,
	SCOREBOARD_WRITING,
	SCOREBOARD_LEAVING,
};

/* Processes of which there is one. */
enum scoreboard_process {
	SCOREBOARD_MASTER,
	SCOREBOARD_PACKER,
	SCOREBOARD_ADMIN,
	SCOREBOARD_FETCHER,
	SCOREBOARD_PROCESSES
};

/* Why a worker was replaced. */
enum scoreboard_restart {
	SCOREBOARD_RESTART_NONE,
	SCOREBOARD_RESTART_SIGNAL,     /* killed by a signal not of ours */
	SCOREBOARD_RESTART_EXIT,       /* left by itself */
	SCOREBOARD_RESTART_DEADLINE,   /* over the hard deadline */
	SCOREBOARD_RESTART_STALLED,    /* stopped, or its slot stood still */
	SCOREBOARD_RESTART_REQUESTS,   /* has served its count */
	SCOREBOARD_RESTART_MEMORY,     /* has grown */
	SCOREBOARD_RESTART_GENERATION, /* by a fresh generation */
	SCOREBOARD_RESTART_SURPLUS,    /* not replaced: too many were idle */
	SCOREBOARD_RESTARTS
};

enum scoreboard_outcome {
	SCOREBOARD_OK,		 /* 2xx */
	SCOREBOARD_NOT_MODIFIED, /* 3xx */
	SCOREBOARD_CLIENT_ERROR, /* 4xx */
	SCOREBOARD_SERVER_ERROR, /* 500 */
	SCOREBOARD_BUSY,	 /* 503 */
	SCOREBOARD_TIMEOUT,	 /* 504 */
	SCOREBOARD_GONE,	 /* the client had left */
	SCOREBOARD_KILLED,	 /* its worker died */
	SCOREBOARD_OUTCOMES
};

struct scoreboard_cache {
	_Atomic guint64 bad; /* how many could not be used << 32 | g_str_hash()
				of the last one's name */
	_Atomic guint64 hits, misses;
	_Atomic guint32 entries, capacity;
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

/* Written by the worker of the slot; the master clears it between two. */
struct scoreboard_slot {
	_Atomic gint32 pid;	     /* master */
	_Atomic guint32 state;	     /* enum scoreboard_state */
	_Atomic gint64 started_us;   /* master; monotonic */
	_Atomic guint32 generation;  /* master: of the configuration */
	_Atomic gint64 deadline_us;  /* monotonic; 0: none */
	_Atomic gint64 beat_us;	     /* monotonic; while it waits */
	_Atomic guint64 fingerprint; /* of the request at work; 0: none */
	_Atomic guint32 retire; /* enum scoreboard_restart: why it should */
	_Atomic gint32 shot_by; /* who sent the signal that it dies of */
	_Atomic guint64 outcomes[SCOREBOARD_OUTCOMES];
	_Atomic guint64 bytes;
	_Atomic guint64 missing_chars; /* in no font: drawn as boxes */
	struct scoreboard_cache templates, fonts, variants;
	struct tally tally;
	struct memory_usage memory;
	struct scoreboard_wishes wanted;      /* variants that were not there */
	struct scoreboard_wishes used;	      /* and that were */
	char request_id[SCOREBOARD_ID_BYTES]; /* of the request at work; may */
	char target[SCOREBOARD_TARGET_BYTES]; /* be torn, never unterminated */
};

struct scoreboard {
	guint32 magic;
	_Atomic gint64 started_us;   /* master; monotonic */
	_Atomic gint64 heartbeat_us; /* master; each time round its loop */
	/* Of the queue that the workers accept from: master. */
	_Atomic guint64 listener_inode;
	_Atomic guint32 listener_family;
	/* Captions to prove that one can be drawn: how many admin has asked
	 * for, how many workers have taken, what status the last one had. */
	_Atomic guint32 probe_asked, probe_taken, probe_status;
	_Atomic guint32 most_active, most_waiting; /* admin; at any time */
	struct memory_usage memory[SCOREBOARD_PROCESSES]; /* each its own */
	_Atomic guint64 generation; /* packer; 0: no scan yet */
	_Atomic guint32 n_slots;    /* master: this many have been in use */
	_Atomic guint64 restarts[SCOREBOARD_RESTARTS];	  /* master */
	_Atomic guint64 variant_bytes, variant_bytes_max; /* packer */
	_Atomic guint32 variants;			  /* packer */
	_Atomic guint32 variants_removed;  /* packer; ever: let go of them */
	struct scoreboard_origins origins; /* fetcher */
	struct killers_refused refused;	   /* master */
	struct scoreboard_slot slots[SCOREBOARD_SLOTS_MAX];
	struct scoreboard_fetch fetches[SCOREBOARD_SLOTS_MAX]; /* by slot */
};

/* Makes the memory (a memfd, close-on-exec, sealed against shrinking) and maps
 * it. The caller keeps out_fd, to hand it to the packer. */
struct scoreboard *scoreboard_create(int *out_fd, GError **error);

/* Maps what a parent left on fd and checks that it is one of ours. */
struct scoreboard *scoreboard_map(int fd, GError **error);

/* How many slots there is anything in; never more than there are. */
guint scoreboard_n_slots(const struct scoreboard *board);

/* Workers that live, of every generation. */
guint scoreboard_n_workers(const struct scoreboard *board);

/* Tells the workers that the set of packs has changed. */
void scoreboard_bump_generation(struct scoreboard *board);

/* The names of a worker's state and of a reason, for metrics; likewise. */
const char *scoreboard_state_name(guint state);
const char *scoreboard_restart_name(guint reason);

/* The name of an outcome, for JSON and logs; out of range: "other". */
const char *scoreboard_outcome_name(guint outcome);

/* path is without the query: texts and keys are people's. */
void scoreboard_set_request(struct scoreboard_slot *slot, const char *id,
			    const char *path);
/* Copies a text field out, always terminated, bytes outside ASCII masked. */
void scoreboard_copy_text(const char *field, gsize size, char *out);
