/* packer_folder.h - what lies in the template folder, without reading it.
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

/* One template: a picture, and maybe a sidecar. */
struct packer_find {
	char *id;      /* the picture's stem */
	char *file;    /* its name in the folder */
	char *sidecar; /* NULL: none */
	char *source;  /* what tells it from any other state of these files */
	gboolean is_link; /* one of the two is a symbolic link */
};

/* A file that can't be a template, and why. */
struct packer_skip {
	char *file;
	char *reason;
};

struct packer_folder {
	GPtrArray *finds;  /* struct packer_find, in byte order of the files */
	GPtrArray *skips;  /* struct packer_skip */
	gboolean is_fresh; /* a file changed so short a while ago that it could
			      change again without showing: look again */
};

/* Lists the folder behind a descriptor, which stays the caller's. */
gboolean packer_folder_read(int dirfd, struct packer_folder *out,
			    GError **error);
void packer_folder_fini(struct packer_folder *folder);
void packer_find_free(struct packer_find *find);

/* A packer_find's source, from what stat() says; sidecar may be NULL. */
char *packer_source(const struct stat *picture, const struct stat *sidecar);
