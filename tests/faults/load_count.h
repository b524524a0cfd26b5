/* load_count.h - what the clients of the load generator saw, counted. */
#pragma once

#include "tests/faults/load_client.h"

struct count;

/* n_targets: of those that clients ask for. Bodies that are compared are copied
 * into folder under their MD5; NULL: they are not. */
struct count *count_new(guint n_targets, const char *folder);
void count_free(struct count *count);

/* One request is over, took_us after it should have been sent. compares: its
 * body is one of few, which are told apart by their MD5. */
void count_end(struct count *count, const struct client *client,
	       enum client_end end, gint64 took_us, gboolean compares);

/* Prints everything as one JSON object; seconds is how long the load lasted,
 * idle how many idle connections there still are. */
void count_print(const struct count *count, double seconds, int idle);
