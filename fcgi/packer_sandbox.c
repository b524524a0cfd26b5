#include "config.h"

#include "fcgi/packer_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fcgi/sandbox.h"
#include "fcgi/sandbox_folder.h"

gboolean packer_sandbox_enter(const struct packer_setup *setup, GError **error)
{
	g_autoptr(GPtrArray) read = g_ptr_array_new_with_free_func(g_free);
	const char *const write[] = {setup->packs_dir, NULL};
	struct sandbox_paths paths = {.write = write};

	if (setup->board)
		sandbox_folder_add(read, setup->templates_dir);
	else
		g_ptr_array_add(read, g_strdup("/"));
	g_ptr_array_add(read, g_strdup("/proc/self"));
	g_ptr_array_add(read, NULL);
	paths.read = (const char *const *)read->pdata;
	return sandbox_enter(SANDBOX_PACKER, &paths, error);
}

/* Landlock refuses to open a file, but not to ask whether it could be. */
static gboolean is_barred(int dirfd, const char *file)
{
	int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno == EACCES &&
		       faccessat(dirfd, file, R_OK, AT_EACCESS) == 0;
	(void)close(fd);
	return FALSE;
}

guint packer_sandbox_new_barriers(GHashTable *told, int templates_fd,
				  const struct packer_folder *folder)
{
	guint n = 0;

	for (guint i = 0; i < folder->finds->len; i++) {
		const struct packer_find *find = folder->finds->pdata[i];
		gboolean is_closed = find->is_link &&
				     (is_barred(templates_fd, find->file) ||
				      (find->sidecar &&
				       is_barred(templates_fd, find->sidecar)));

		if (is_closed && g_hash_table_add(told, g_strdup(find->source)))
			n++;
	}
	return n;
}
