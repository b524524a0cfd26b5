/* output.h - where a picture goes: a file, all of it or nothing, or standard
 * output.
 */
#pragma once

#include <glib.h>

/* Whether a picture may go there: standard output (path NULL or "-") is no
 * terminal. To be asked before the work. Error: FAILURE of status EX_USAGE. */
gboolean output_check(const char *path, GError **error);

/* Writes it. A file appears, or is replaced, only when all of it is written; a
 * link stays and its file is replaced. What is no file (a device, a pipe) is
 * written to. Errors: FAILURE of EX_CANTCREAT or EX_IOERR, naming the path. */
gboolean output_write(const char *path, const void *data, gsize size,
		      GError **error);
