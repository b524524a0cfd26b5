/* packer_template.h - one template on the packer's shelf.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "fcgi/packer_folder.h"
#include "fcgi/packer_job.h"

struct packer_template {
	struct packer_find *find; /* as it lies in the folder now */
	guint64 look;		  /* the last look that found it */

	/* How its last making, or a good pack from before, turned out. */
	char *done_source;   /* of which state of the files; NULL: try again */
	char *entry;	     /* its line in the index; NULL: not served */
	char *sidecar_error; /* NULL: none */
	char *reason;	     /* why it is skipped; NULL: it is not */
	ino_t pack_ino;

	gboolean is_waiting;
	struct packer_job job; /* pid 0: none */
	char *job_source;
	gint64 job_started_us;
};

struct packer_template *packer_template_new(void);
/* Its job must have ended. */
void packer_template_free(struct packer_template *template);

/* Whether its outcome is about the files as they lie there now, and the pack,
 * if there should be one, is the file that was adopted. */
gboolean packer_template_is_current(const struct packer_template *template,
				    int packs_fd);

/* Serves the pack that is there: if it is sound, of the right recipe and, where
 * must_match, of the files as they are now. Nothing changes otherwise. */
gboolean packer_template_adopt(struct packer_template *template, int packs_fd,
			       const struct jpeg_params *jpeg,
			       gboolean must_match);

/* It can't be served: reason, and the files' state it is about (NULL: it may
 * do better at the next look). Both are handed over. */
void packer_template_refuse(struct packer_template *template, char *reason,
			    char *source);
