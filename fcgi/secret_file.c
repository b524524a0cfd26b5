#include "config.h"

#include "fcgi/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(captiond_secret_file_error, secret_file_error)

static gboolean fail(GError **error, enum secret_file_error code,
		     const char *path, const char *what)
{
	g_set_error(error, SECRET_FILE_ERROR, (int)code, "'%s': %s", path,
		    what);
	return FALSE;
}

/* Of what was opened, since the name may stand for another file by now. */
static gboolean check(int fd, const char *path, GError **error)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return fail(error, SECRET_FILE_ERROR_IO, path,
			    "a regular file expected");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return fail(error, SECRET_FILE_ERROR_MODE, path,
			    "it must belong to root or to who runs captiond");
	if (st.st_mode & (S_IRWXO | S_IWGRP))
		return fail(error, SECRET_FILE_ERROR_MODE, path,
			    "nobody but its owner and its group may read it, "
			    "nobody but its owner write it: chmod 640");
	if (st.st_size > SECRET_FILE_BYTES_MAX)
		return fail(error, SECRET_FILE_ERROR_SIZE, path,
			    "it has more than 256 KiB");
	return TRUE;
}

/* Reads what there is, up to size bytes: less is the end of the file. */
static gssize read_whole(int fd, char *out, gsize size)
{
	gsize done = 0;

	while (done < size) {
		ssize_t n = read(fd, out + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (gsize)n;
	}
	return (gssize)done;
}

char *secret_file_read(const char *path, gsize *out_size, GError **error)
{
	/* Not blocking: a pipe in its place must not hold the start up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = NULL;
	gssize size = -1;

	if (fd < 0) {
		fail(error, SECRET_FILE_ERROR_IO, path, g_strerror(errno));
		return NULL;
	}
	if (check(fd, path, error)) {
		text = g_malloc0(SECRET_FILE_BYTES_MAX + 1);
		size = read_whole(fd, text, SECRET_FILE_BYTES_MAX);
		if (size < 0)
			fail(error, SECRET_FILE_ERROR_IO, path,
			     g_strerror(errno));
	}
	(void)close(fd);
	if (size < 0) {
		secret_file_free(text, text ? SECRET_FILE_BYTES_MAX : 0);
		return NULL;
	}
	*out_size = (gsize)size;
	return text;
}

void secret_file_free(char *text, gsize size)
{
	if (!text)
		return;
	explicit_bzero(text, size);
	g_free(text);
}
