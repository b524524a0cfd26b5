/* packer_asked.h - counts how often something was asked for, in bounded memory:
 * what was asked for longest ago is forgotten first.
 */
#pragma once

#include <glib.h>

struct packer_asked;

struct packer_asked *packer_asked_new(guint most);
void packer_asked_free(struct packer_asked *asked);

/* Counts this time too. */
guint packer_asked_count(struct packer_asked *asked, const char *key);

void packer_asked_forget(struct packer_asked *asked, const char *key);
