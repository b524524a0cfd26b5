/* packer_sandbox.h - what the packer may still read and write. */
#pragma once

#include "fcgi/packer.h"

/* Enters it: templates may be read, packs written, and nothing else. By
 * itself, with nobody to start it anew, the packer may read whatever its
 * folder may come to mean. Errors: SANDBOX_ERROR. */
gboolean packer_sandbox_enter(const struct packer_setup *setup, GError **error);
