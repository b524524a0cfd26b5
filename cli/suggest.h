/* suggest.h - the name that somebody may have meant.
 */
#pragma once

#include <glib.h>

struct suggestion {
	const char *wanted;
	const char *best; /* NULL: none is near enough */
	guint distance;	  /* of the best */
};

/* Takes name as the best where it is nearer to what is wanted than any before:
 * at most a third of its letters dropped, added, changed or swapped with their
 * neighbour. name must outlive the suggestion. */
void suggest_consider(struct suggestion *suggestion, const char *name);
