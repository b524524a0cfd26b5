/* packer_store.h - the variants that the cache holds, by their last use: what
 * does not fit goes, least recently used first.
 */
#pragma once

#include <glib.h>

struct packer_stored {
	char *key;   /* size, format, quality and template */
	char *id;    /* the template's */
	char *name;  /* the file's */
	char *stamp; /* of what it was made; see variant_stamp() */
	guint64 bytes;
	GList link; /* the store's */
};

struct packer_store;

/* gone is told of each that leaves, while it is still whole. */
struct packer_store *packer_store_new(guint64 bytes_max,
				      void (*gone)(const struct packer_stored *,
						   void *data),
				      void *data);
/* None of them leaves by this. */
void packer_store_free(struct packer_store *store);

/* Adds a copy of it, as just used, in the place of one with its key. */
void packer_store_put(struct packer_store *store,
		      const struct packer_stored *stored);

/* Finds it, and notes that it was used; the store's until the next call. NULL:
 * it is not there. */
const struct packer_stored *packer_store_use(struct packer_store *store,
					     const char *key);

void packer_store_remove(struct packer_store *store, const char *key);

/* Removes those for which is_unfit says so. */
void packer_store_weed(struct packer_store *store,
		       gboolean (*is_unfit)(const struct packer_stored *,
					    void *data),
		       void *data);

guint64 packer_store_bytes(const struct packer_store *store);
guint packer_store_n(const struct packer_store *store);
