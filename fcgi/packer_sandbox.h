/* packer_sandbox.h - what the packer may still read and write. */
#pragma once

#include "fcgi/packer.h"
#include "fcgi/packer_folder.h"

/* Enters it: templates may be read, packs written, and nothing else. By
 * itself, with nobody to start it anew, the packer may read whatever its
 * folder may come to mean. Errors: SANDBOX_ERROR. */
gboolean packer_sandbox_enter(const struct packer_setup *setup, GError **error);

/* Links in the folder, of those that are found, that lead where this packer may
 * not look and its user may: the number of those that it has not told before. */
guint packer_sandbox_new_barriers(GHashTable *told, int templates_fd,
				  const struct packer_folder *folder);
