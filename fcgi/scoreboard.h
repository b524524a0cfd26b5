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
#include "fcgi/scoreboard_asked.h"
#include "fcgi/scoreboard_words.h"
#include "fcgi/tally.h"

enum {
	SCOREBOARD_WORKERS_MAX = 512,
	/* A fresh set of workers comes before the old one has left. */
	SCOREBOARD_SLOTS_MAX = 2 * SCOREBOARD_WORKERS_MAX + 16,
	SCOREBOARD_TARGET_BYTES = 256,
	SCOREBOARD_ID_BYTES = 72,
};

struct scoreboard_cache {
	_Atomic guint64 bad; /* how many could not be used << 32 | g_str_hash()
				of the last one's name */
	_Atomic guint64 hits, misses;
	_Atomic guint32 entries, capacity;
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

/* path is without the query: texts and keys are people's. */
void scoreboard_set_request(struct scoreboard_slot *slot, const char *id,
			    const char *path);
/* Copies a text field out, always terminated, bytes outside ASCII masked. */
void scoreboard_copy_text(const char *field, gsize size, char *out);
