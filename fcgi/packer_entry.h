/* packer_entry.h - a pack as it is listed, and the list.
 *
 * index.json, beside the packs, is what workers know of the templates:
 *
 *     {"templates": [{"id", "version", "mtime", "format", "width", "height",
 *                     "frames", "duration_ms", "name", "keywords",
 *                     and what else the sidecar has}, ...],
 *      "pending": ["id of a template that is being prepared", ...],
 *      "skipped": [{"file", "reason"}, ...]}
 *
 * each in byte order. A template whose pack is being made anew stays listed
 * with its old one.
 */
#pragma once

#include <glib.h>

#include "render/pack.h"

/* The pack's entry as JSON text. out_sidecar_error is why its sidecar was left
 * out, or NULL. The caller frees both. NULL: the card makes no sense. */
char *packer_entry_text(const char *id, const struct pack *pack,
			char **out_sidecar_error);

/* The index in the making. */
struct packer_index;
struct packer_index *packer_index_new(void);
void packer_index_free(struct packer_index *index);
typedef struct packer_index packer_index_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(packer_index_auto, packer_index_free)

/* To be called in the order of the ids. */
void packer_index_add_entry(struct packer_index *index, const char *entry);
void packer_index_add_pending(struct packer_index *index, const char *id);
/* In any order. */
void packer_index_add_skipped(struct packer_index *index, const char *file,
			      const char *reason);

/* Writes it beside and renames it. */
gboolean packer_index_write(struct packer_index *index, int dirfd,
			    GError **error);
