/* packer_variants_dir.h - the folder of variants, as it lies on the disk.
 */
#pragma once

#include <glib.h>

#include "fcgi/packer_store.h"

/* Opens it. -1: it can't be, with a log line, or it is not there. */
int packer_variants_dir_open(int packs_fd);

/* Makes it where it is not there, and opens it. -1, and a log line: it can't
 * be. */
int packer_variants_dir_make(int packs_fd);

/* Puts what is there into store, oldest first, and removes what is none of
 * ours. store NULL: removes all of them. */
void packer_variants_dir_read(int dir_fd, struct packer_store *store);

/* Whether the file is there, as it was written. */
gboolean packer_variants_dir_has(int dir_fd,
				 const struct packer_stored *stored);

/* A variant's key among those of all templates. The caller frees it. */
char *packer_variants_key(const char *variant_key, const char *id);
