#include "config.h"

#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/failure.h"

static gboolean is_standard(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

gboolean output_check(const char *path, GError **error)
{
	if (!is_standard(path) || !isatty(STDOUT_FILENO))
		return TRUE;
	return failure_set(error, EX_USAGE,
			   "a picture is nothing for a terminal; -o FILE, or "
			   "a pipe, expected");
}

static gboolean write_all(int fd, const char *name, const void *data,
			  gsize size, GError **error)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failure_set(error, EX_IOERR,
					   "cannot write %s: %s", name,
					   g_strerror(errno));
		at += n;
		size -= (gsize)n;
	}
	return TRUE;
}

static gboolean write_device(const char *path, const char *name,
			     const void *data, gsize size, GError **error)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	gboolean is_written;

	if (fd < 0)
		return failure_set(error, EX_CANTCREAT, "cannot write %s: %s",
				   name, g_strerror(errno));
	is_written = write_all(fd, name, data, size, error);
	if (close(fd) < 0 && is_written)
		return failure_set(error, EX_IOERR, "cannot write %s: %s", name,
				   g_strerror(errno));
	return is_written;
}

/* Beside, synced, renamed. GLib would put the new file in a link's place, so
 * the link is followed first. */
static gboolean write_file(const char *path, const char *name, const void *data,
			   gsize size, GError **error)
{
	char *target = realpath(path, NULL);
	g_autoptr(GError) cause = NULL;
	gboolean is_written;

	if (size > G_MAXSSIZE)
		return failure_set(error, EX_SOFTWARE, "%s is too large", name);
	is_written = g_file_set_contents_full(
		target ? target : path, data, (gssize)size,
		G_FILE_SET_CONTENTS_CONSISTENT, 0666, &cause);
	free(target);
	if (is_written)
		return TRUE;
	return failure_set(
		error,
		g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOSPC)
			? EX_IOERR
			: EX_CANTCREAT,
		"cannot write %s: %s", name, cause->message);
}

gboolean output_write(const char *path, const void *data, gsize size,
		      GError **error)
{
	g_autofree char *name = NULL;
	struct stat st;

	if (is_standard(path))
		return write_all(STDOUT_FILENO, "standard output", data, size,
				 error);
	name = g_strdup_printf("'%s'", path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_device(path, name, data, size, error);
	return write_file(path, name, data, size, error);
}
