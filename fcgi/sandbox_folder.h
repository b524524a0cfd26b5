/* sandbox_folder.h - a folder that a sandbox lets a process into.
 *
 * Landlock lets it into the folder that the path means at that moment. Another
 * one may take the path later: whoever wants to follow it there starts anew.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Adds path (copied), and where symbolic links in it lead: a picture or a font
 * in it may be a link to where it lies. paths holds strings. */
void sandbox_folder_add(GPtrArray *paths, const char *path);

struct sandbox_folder {
	const char *path; /* the caller's */
	gboolean is_there;
	dev_t dev;
	ino_t ino;
};

/* Notes which one it is. */
void sandbox_folder_init(struct sandbox_folder *folder, const char *path);
/* Whether there is another one at the path now. One that is gone is none. */
gboolean sandbox_folder_has_moved(const struct sandbox_folder *folder);
