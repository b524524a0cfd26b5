/* secret_file.h - files that hold keys, secrets, passwords. Needs GLib alone.
 */
#pragma once

#include <glib.h>

enum { SECRET_FILE_BYTES_MAX = 256 * 1024 };

#define SECRET_FILE_ERROR (secret_file_error_quark())
GQuark secret_file_error_quark(void);
enum secret_file_error {
	SECRET_FILE_ERROR_IO,	/* can't be opened or read */
	SECRET_FILE_ERROR_MODE, /* others than its owner and group may read it,
				   others than its owner may write it, or its
				   owner is neither root nor who runs this */
	SECRET_FILE_ERROR_SIZE,
};

/* Reads a regular file whole, once what was opened is found to be kept secret.
 * A symbolic link is followed. The text ends with a NUL that size does not
 * count; the caller frees it with secret_file_free(). Messages have the path,
 * and never the contents. */
char *secret_file_read(const char *path, gsize *out_size, GError **error);

/* Overwrites size bytes first, so that they do not live on in freed memory. */
void secret_file_free(char *text, gsize size);
