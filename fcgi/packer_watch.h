/* packer_watch.h - hears when the template or the pack folder changes.
 *
 * It is a doorbell: what has changed is found by looking. So events that are
 * lost, doubled or late do no harm.
 */
#pragma once

#include <glib.h>

struct packer_watch;

/* packs_dir must be there; the template folder may come and go. */
struct packer_watch *packer_watch_new(const char *templates_dir,
				      const char *packs_dir, GError **error);
void packer_watch_free(struct packer_watch *watch);

/* Readable when packer_watch_read() has something to tell. */
int packer_watch_fd(const struct packer_watch *watch);

/* Watches what the template folder's path stands for now. To be called before
 * each look at it, so that nothing falls between the two. FALSE: no folder. */
gboolean packer_watch_templates(struct packer_watch *watch);

/* Watches the file that a link in the template folder leads to. */
void packer_watch_link(struct packer_watch *watch, const char *file);

struct packer_watch_news {
	gboolean is_changed; /* look at the template folder */
	GPtrArray *packs;    /* names of files in the pack folder that were
				changed, added or removed; freed with it */
};

/* Takes in all that has happened; does not block. The caller frees packs. */
void packer_watch_read(struct packer_watch *watch,
		       struct packer_watch_news *out);
