#include "config.h"

#include "fcgi/worker_sandbox.h"

#include <string.h>

#include "fcgi/sandbox.h"

static void add(GPtrArray *paths, const char *path)
{
	g_ptr_array_add(paths, g_strdup(path));
}

/* Faces are opened when a text needs them, so font folders stay. */
static GPtrArray *list_paths(const struct settings *settings)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

	add(paths, settings->packs_dir);
	if (settings->fonts_dir)
		sandbox_folder_add(paths, settings->fonts_dir);
	for (char **dir = settings->fallback_font_dirs; *dir; dir++)
		if (**dir)
			sandbox_folder_add(paths, *dir);
	add(paths, settings->error_pages_dir ? settings->error_pages_dir
					     : ERROR_PAGES_DIR);
	/* Where Thai lines may break. */
	add(paths, "/usr/share/libthai");
	/* How much memory it has; and what the sanitizers tell of a crash. */
	add(paths, "/proc/self");
	g_ptr_array_add(paths, NULL);
	return paths;
}

gboolean worker_sandbox_enter(struct worker_sandbox *sandbox,
			      const struct settings *settings,
			      const struct scoreboard *board, GError **error)
{
	g_autoptr(GPtrArray) read = NULL;
	struct sandbox_paths paths = {0};

	sandbox->is_on = strcmp(settings->sandbox, "on") == 0;
	sandbox->generation = atomic_load(&board->generation);
	sandbox_folder_init(&sandbox->packs, settings->packs_dir);
	if (!sandbox->is_on)
		return TRUE;
	read = list_paths(settings);
	paths.read = (const char *const *)read->pdata;
	return sandbox_enter(SANDBOX_WORKER, &paths, error);
}

gboolean worker_sandbox_is_stale(struct worker_sandbox *sandbox,
				 const struct scoreboard *board)
{
	guint64 generation = atomic_load(&board->generation);

	if (!sandbox->is_on || generation == sandbox->generation)
		return FALSE;
	sandbox->generation = generation;
	return sandbox_folder_has_moved(&sandbox->packs);
}
