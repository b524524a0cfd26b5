/* packer_origins.h - packs of the pictures that the fetcher keeps.
 *
 * What lies in ORIGIN_PICTURES_DIR is made into ORIGIN_PACKS_DIR, in children as
 * templates are; what leaves the one leaves the other. A picture that can't be
 * packed gets a file ID.refused, empty where it is the picture's fault.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "render/jpeg.h"

struct packer_origins_setup {
	const char *packs_dir;
	int packs_fd; /* it, open: the caller's, for as long as they are */
	struct jpeg_params jpeg;
	gboolean is_sandboxed; /* the children */
	struct scoreboard *board;
};

enum { PACKER_ORIGINS_FDS = 1 + 4 }; /* at most */

struct packer_origins;

/* Makes both folders, and puts the second in step with the first. NULL, and a
 * log line: that can't be. All below take NULL for none. */
struct packer_origins *
packer_origins_new(const struct packer_origins_setup *setup);
/* Ends the work under way. */
void packer_origins_free(struct packer_origins *origins);

/* Without origins, what an earlier life left only takes up room. */
void packer_origins_empty(int packs_fd);

/* Whether one of the folders is another one now, or gone. */
gboolean packer_origins_has_moved(const struct packer_origins *origins);

/* Takes in what the fetcher has brought and removed. */
void packer_origins_listen(struct packer_origins *origins);
/* Starts as many children as may run. */
void packer_origins_work(struct packer_origins *origins);
/* Takes in what they have finished, and kills those that take too long. */
void packer_origins_collect(struct packer_origins *origins);

/* For poll(): out has room for PACKER_ORIGINS_FDS. Returns how many there are.
 */
guint packer_origins_fds(const struct packer_origins *origins, int *out);
