/* caption check: each picture, or each pack, of a folder. */
#include "config.h"

#include "cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/failure.h"
#include "cli/inspect.h"
#include "fcgi/packer_folder.h"
#include "fcgi/variants.h"
#include "render/pack.h"

enum { STATUS_BAD = 1 };

struct checking {
	const char *dir;
	guint n_good, n_bad;
};

static void note_bad(struct checking *checking, const char *file,
		     const char *why)
{
	checking->n_bad++;
	failure_note("'%s/%s': %s", checking->dir, file, why);
}

static void check_picture(struct checking *checking, int dirfd,
			  const struct packer_find *find)
{
	g_autoptr(GError) error = NULL;
	struct inspection picture;

	if (!inspect_picture(dirfd, find, &picture, &error)) {
		note_bad(checking, find->file, error->message);
		return;
	}
	if (picture.sidecar_error)
		note_bad(checking, find->sidecar, picture.sidecar_error);
	else
		checking->n_good++;
	inspection_fini(&picture);
}

/* What captiond would serve of the folder, and what it would leave out. */
static gboolean check_pictures(struct checking *checking, int dirfd,
			       GError **error)
{
	struct packer_folder folder = {0};
	g_autoptr(GError) cause = NULL;

	if (!packer_folder_read(dirfd, &folder, &cause))
		return failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				   checking->dir, cause->message);
	for (guint i = 0; i < folder.finds->len; i++)
		check_picture(checking, dirfd, folder.finds->pdata[i]);
	for (guint i = 0; i < folder.skips->len; i++) {
		const struct packer_skip *skip = folder.skips->pdata[i];

		note_bad(checking, skip->file, skip->reason);
	}
	packer_folder_fini(&folder);
	return TRUE;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the packs in byte order; NULL: no such folder. */
static GPtrArray *list_packs(int dirfd, const char *dir)
{
	int fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	GPtrArray *names;
	struct dirent *item;

	if (!stream)
		return NULL;
	names = g_ptr_array_new_with_free_func(g_free);
	while ((item = readdir(stream)))
		if (item->d_name[0] != '.' &&
		    g_str_has_suffix(item->d_name, ".pack"))
			g_ptr_array_add(names, g_strdup(item->d_name));
	(void)closedir(stream);
	g_ptr_array_sort(names, compare_names);
	return names;
}

/* Those of one folder; below is its name from the one that is checked. */
static void check_packs(struct checking *checking, int dirfd, const char *below)
{
	g_autoptr(GPtrArray) names = list_packs(dirfd, below);

	for (guint i = 0; names && i < names->len; i++) {
		g_autofree char *name =
			strcmp(below, ".") == 0
				? g_strdup(names->pdata[i])
				: g_build_filename(below, names->pdata[i],
						   NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(pack_auto) pack = pack_open(dirfd, name, &error);

		if (pack)
			checking->n_good++;
		else
			note_bad(checking, name, error->message);
	}
}

static gboolean has_packs(int dirfd)
{
	g_autoptr(GPtrArray) names = list_packs(dirfd, ".");
	g_autoptr(GPtrArray) variants = list_packs(dirfd, VARIANTS_DIR);

	return (names && names->len > 0) || (variants && variants->len > 0);
}

static gboolean check_folder(struct checking *checking, const char **out_what,
			     GError **error)
{
	int fd = open(checking->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean is_read = TRUE;

	if (fd < 0)
		return failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				   checking->dir, g_strerror(errno));
	*out_what = has_packs(fd) ? "packs" : "pictures";
	if (strcmp(*out_what, "packs") == 0) {
		check_packs(checking, fd, ".");
		check_packs(checking, fd, VARIANTS_DIR);
	} else {
		is_read = check_pictures(checking, fd, error);
	}
	(void)close(fd);
	return is_read;
}

static gboolean run(const struct command *command, char ***argv, int *status,
		    GError **error)
{
	g_autoptr(GArray) none = command_options_new(NULL, 0);
	struct checking checking = {0};
	const char *what;

	if (!command_parse(command, none, NULL, argv, error) ||
	    !command_arguments(*argv, 1, 1, "DIR", error))
		return FALSE;
	checking.dir = (*argv)[1];
	if (!check_folder(&checking, &what, error))
		return FALSE;
	if (checking.n_good + checking.n_bad == 0)
		return failure_set(error, EX_NOINPUT,
				   "no picture and no pack in '%s'",
				   checking.dir);
	printf("%s=%u good=%u bad=%u\n", what, checking.n_good + checking.n_bad,
	       checking.n_good, checking.n_bad);
	*status = checking.n_bad ? STATUS_BAD : EXIT_SUCCESS;
	return TRUE;
}

int command_check(const struct command *command, char **argv)
{
	g_auto(GStrv) arguments = g_strdupv(argv);
	g_autoptr(GError) error = NULL;
	int status = EXIT_SUCCESS;

	if (run(command, &arguments, &status, &error))
		return status;
	return failure_report(error);
}
