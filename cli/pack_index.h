/* pack_index.h - the index that the packer writes beside the packs; see
 * fcgi/packer_entry.h.
 */
#pragma once

#include <glib.h>

struct json_object;

/* The index of a folder of packs, with the arrays `templates` and `skipped` of
 * objects. The caller drops the reference. NULL with FAILURE: EX_NOINPUT where
 * there is none, EX_DATAERR where it makes no sense. */
struct json_object *pack_index_read(const char *packs_dir, GError **error);
