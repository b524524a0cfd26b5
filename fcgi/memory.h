/* memory.h - what memory a process takes, told by itself.
 *
 * No process may look into another one: they are not dumpable. So each opens
 * /proc/self/smaps_rollup before its sandbox and publishes what it reads.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>

enum { MEMORY_EVERY_S = 5 /* a reading takes a millisecond or two */ };

/* In shared memory; 0: not known. */
struct memory_usage {
	_Atomic guint64 pss_bytes;     /* its share of all that is mapped */
	_Atomic guint64 private_bytes; /* in no other process */
};

struct memory {
	int fd; /* -1: this kernel does not tell */
	gint64 next_us;
	struct memory_usage *usage; /* the caller's */
};

/* Publishes in usage from now on. */
void memory_open(struct memory *memory, struct memory_usage *usage);
void memory_close(struct memory *memory);

/* To be called now and then: publishes anew where MEMORY_EVERY_S have passed.
 */
void memory_tick(struct memory *memory);

/* Reads the text of an smaps_rollup (proc(5)). FALSE: it is none. */
gboolean memory_parse(const char *text, guint64 *out_pss_bytes,
		      guint64 *out_private_bytes);
