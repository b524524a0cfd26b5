#include "config.h"

#include "fcgi/sandbox_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes path over. */
static void add_once(GPtrArray *paths, char *path)
{
	if (g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL))
		g_free(path);
	else
		g_ptr_array_add(paths, path);
}

/* The folder and not the file, which may be replaced there. */
static void add_target(GPtrArray *paths, const char *link)
{
	char *target = realpath(link, NULL);
	char *dir = target ? g_path_get_dirname(target) : NULL;

	free(target);
	/* A link to the root's own files is none to let everything in for. */
	if (dir && strcmp(dir, "/") != 0)
		add_once(paths, dir);
	else
		g_free(dir);
}

void sandbox_folder_add(GPtrArray *paths, const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	add_once(paths, g_strdup(path));
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		if (g_file_test(file, G_FILE_TEST_IS_SYMLINK))
			add_target(paths, file);
	}
}

static gboolean look(struct sandbox_folder *folder)
{
	struct stat st;

	folder->is_there = stat(folder->path, &st) == 0;
	if (folder->is_there) {
		folder->dev = st.st_dev;
		folder->ino = st.st_ino;
	}
	return folder->is_there;
}

void sandbox_folder_init(struct sandbox_folder *folder, const char *path)
{
	*folder = (struct sandbox_folder){.path = path};
	(void)look(folder);
}

gboolean sandbox_folder_has_moved(const struct sandbox_folder *folder)
{
	struct sandbox_folder now = {.path = folder->path};

	return look(&now) && (!folder->is_there || now.dev != folder->dev ||
			      now.ino != folder->ino);
}
