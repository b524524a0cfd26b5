/* packer_shelf.h - every template, what is known of it, what is to be done.
 *
 * The folder says what there should be, the packs what there is; the shelf
 * holds the two against each other and hands out the difference as work.
 */
#pragma once

#include <glib.h>

#include "fcgi/packer_folder.h"
#include "fcgi/scoreboard.h"
#include "render/jpeg.h"

struct packer_shelf;

/* packs_fd stays the caller's, and open for as long as the shelf.
 * is_sandboxed: whether its children see no more than their picture. */
struct packer_shelf *packer_shelf_new(int packs_fd,
				      const struct jpeg_params *jpeg,
				      gboolean is_sandboxed);
/* Ends all work under way. */
void packer_shelf_free(struct packer_shelf *shelf);

/* Takes a look at the folder over, emptying it: new templates come on the
 * shelf, changed ones are waiting to be packed, those that are gone leave with
 * their packs. templates_fd is handed over. */
void packer_shelf_look(struct packer_shelf *shelf, int templates_fd,
		       struct packer_folder *folder);

/* Removes packs without a template and what an earlier life left half done.
 * For once, after the first look. */
void packer_shelf_sweep(struct packer_shelf *shelf);

/* A file in the pack folder changed: if it is a pack, and not by our doing, it
 * is checked and if need be made anew. */
void packer_shelf_pack_changed(struct packer_shelf *shelf, const char *name);

/* A worker found a pack bad whose id has this g_str_hash(): it is checked. Its
 * file need not have changed to be so. */
void packer_shelf_doubt(struct packer_shelf *shelf, guint hash);

/* Starts as many children as may run. */
void packer_shelf_work(struct packer_shelf *shelf);

/* Whether anything waits or is under way. */
gboolean packer_shelf_is_busy(const struct packer_shelf *shelf);

/* Whether something failed since the last look that may do better at the next.
 */
gboolean packer_shelf_is_unsettled(const struct packer_shelf *shelf);

/* How far it is. */
struct packer_tally {
	guint n_templates;
	guint n_left;	 /* waiting or under way */
	guint n_packed;	 /* made since the shelf was */
	guint n_current; /* made before, and good */
};
void packer_shelf_tally(const struct packer_shelf *shelf,
			struct packer_tally *out);

/* For poll(): the pipes of the children under way; out holds as many as
 * packer_shelf_jobs_max() says. Returns how many there are. */
guint packer_shelf_jobs_max(const struct packer_shelf *shelf);
guint packer_shelf_fds(const struct packer_shelf *shelf, int *out);

/* Takes in what children have finished, and kills those that take too long. */
void packer_shelf_collect(struct packer_shelf *shelf);

/* Whether the index no longer says what is so. */
gboolean packer_shelf_is_dirty(const struct packer_shelf *shelf);

/* Writes the index, and tells the workers where there are any (board NULL:
 * none). FALSE: it could not be written and stays dirty. */
gboolean packer_shelf_publish(struct packer_shelf *shelf,
			      struct scoreboard *board, GError **error);
