#include "config.h"

#include "fcgi/packer_sandbox.h"

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
