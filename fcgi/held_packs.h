/* held_packs.h - the packs of a folder used last, kept mapped.
 */
#pragma once

#include <glib.h>

#include "render/pack.h"

struct held_packs;

/* capacity is at least 1. The folder may come later. */
struct held_packs *held_packs_new(const char *dir, guint capacity);
void held_packs_free(struct held_packs *held);

/* Opens what the folder's path stands for now, and lets go of packs whose file
 * is gone or another one: they would stay on the disk for as long as they are
 * mapped. FALSE: there is no folder (errno says why), nothing has changed. */
gboolean held_packs_follow(struct held_packs *held);

/* The pack if it is mapped, a new reference. One that was not looked at in this
 * epoch must still be what its name stands for; otherwise it is let go. */
struct pack *held_packs_find(struct held_packs *held, const char *name,
			     guint64 epoch);

/* Maps it, letting go of the one whose use is longest ago. Errors: pack_open's.
 * A new reference. */
struct pack *held_packs_open(struct held_packs *held, const char *name,
			     guint64 epoch, GError **error);

void held_packs_drop(struct held_packs *held, const char *name);

guint held_packs_n(const struct held_packs *held);
