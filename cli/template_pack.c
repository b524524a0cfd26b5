#include "config.h"

#include "cli/template_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/failure.h"
#include "cli/job.h"
#include "cli/suggest.h"
#include "fcgi/packer_folder.h"
#include "fcgi/packer_make.h"

enum { FOLDER_HASH_DIGITS = 16 };

struct search {
	const struct template_pack_setup *setup;
	const char *id;
	int templates_fd;
	struct packer_folder folder;
};

static int open_folder(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static gboolean open_search(struct search *search, GError **error)
{
	const char *dir = search->setup->templates_dir;
	g_autoptr(GError) cause = NULL;

	search->templates_fd = open_folder(dir);
	if (search->templates_fd < 0)
		return failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				   dir, g_strerror(errno));
	if (!packer_folder_read(search->templates_fd, &search->folder, &cause))
		return failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				   dir, cause->message);
	return TRUE;
}

static void close_search(struct search *search)
{
	packer_folder_fini(&search->folder);
	if (search->templates_fd >= 0)
		(void)close(search->templates_fd);
}

static gboolean fail_missing(const struct search *search, GError **error)
{
	struct suggestion suggestion = {.wanted = search->id};
	const GPtrArray *finds = search->folder.finds;

	for (guint i = 0; i < finds->len; i++) {
		const struct packer_find *find = finds->pdata[i];

		suggest_consider(&suggestion, find->id);
	}
	if (suggestion.best)
		return failure_set(error, EX_NOINPUT,
				   "cannot load template `%s`: no such "
				   "template; did you mean `%s`?",
				   search->id, suggestion.best);
	return failure_set(error, EX_NOINPUT,
			   "cannot load template `%s`: no such template in "
			   "'%s'",
			   search->id, search->setup->templates_dir);
}

static const struct packer_find *find_template(const struct search *search,
					       GError **error)
{
	const GPtrArray *finds = search->folder.finds;

	for (guint i = 0; i < finds->len; i++) {
		const struct packer_find *find = finds->pdata[i];

		if (strcmp(find->id, search->id) == 0)
			return find;
	}
	(void)fail_missing(search, error);
	return NULL;
}

/* Two folders may have different pictures of one name, so each has packs of
 * its own. */
static char *cache_folder(const char *templates_dir)
{
	char *real = realpath(templates_dir, NULL);
	g_autofree char *hash = g_compute_checksum_for_string(
		G_CHECKSUM_SHA256, real ? real : templates_dir, -1);

	free(real);
	hash[FOLDER_HASH_DIGITS] = '\0';
	return g_build_filename(g_get_user_cache_dir(), "captiond", hash, NULL);
}

/* The pack, if it is there, sound, and made of the files as they are. */
static struct pack *open_current(const struct search *search,
				 const struct packer_find *find, int packs_fd)
{
	g_autofree char *name = packer_pack_name(find->id);
	g_autoptr(pack_auto) pack = pack_open(packs_fd, name, NULL);
	g_autofree char *recipe = NULL;
	const struct pack_info *info;

	if (!pack)
		return NULL;
	info = pack_get_info(pack);
	recipe = packer_recipe(info->format, &search->setup->jpeg);
	if (strcmp(info->source, find->source) != 0 ||
	    strcmp(info->recipe, recipe) != 0)
		return NULL;
	return g_steal_pointer(&pack);
}

static gboolean make(const void *order, GError **error)
{
	return packer_make(order, error);
}

/* What is made here may be of newer files than the find: it is current. */
static struct pack *make_pack(const struct search *search,
			      const struct packer_find *find, int packs_fd,
			      GError **error)
{
	const struct packer_order order = {
		.templates_fd = search->templates_fd,
		.packs_fd = packs_fd,
		.jpeg = search->setup->jpeg,
		.find = find,
		.is_sandboxed = TRUE,
	};
	g_autofree char *name = packer_pack_name(find->id);
	const struct packer_work work = {
		.run = make, .order = &order, .dir_fd = packs_fd, .pack = name};

	if (!job_run(&work, error)) {
		g_prefix_error(error, "'%s': ", find->file);
		return NULL;
	}
	return pack_open(packs_fd, name, error);
}

/* In the folder that keeps packs. NULL without an error: not there. */
static struct pack *make_kept(const struct search *search,
			      const struct packer_find *find, const char *dir,
			      GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct pack *pack = NULL;
	int fd = g_mkdir_with_parents(dir, 0700) < 0 ? -1 : open_folder(dir);

	if (fd < 0)
		return NULL;
	/* Whoever writes packs holds the folder; the lock goes with fd. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		pack = make_pack(search, find, fd, &cause);
	(void)close(fd);
	/* A full disk, say: there may be room elsewhere. */
	if (g_error_matches(cause, PACKER_ERROR, PACKER_ERROR_PICTURE))
		g_propagate_error(error, g_steal_pointer(&cause));
	return pack;
}

/* The mapping outlives the file. */
static struct pack *make_for_once(const struct search *search,
				  const struct packer_find *find,
				  GError **error)
{
	g_autofree char *name = packer_pack_name(find->id);
	g_autofree char *dir = g_dir_make_tmp("caption-XXXXXX", NULL);
	struct pack *pack;
	int fd = dir ? open_folder(dir) : -1;

	if (fd < 0) {
		(void)failure_set(error, EX_CANTCREAT,
				  "cannot make a folder in '%s': %s",
				  g_get_tmp_dir(), g_strerror(errno));
		return NULL;
	}
	pack = make_pack(search, find, fd, error);
	(void)unlinkat(fd, name, 0); /* may not be there */
	(void)close(fd);
	(void)g_rmdir(dir);
	return pack;
}

/* NULL: it is not there. */
static struct pack *find_in(const struct search *search,
			    const struct packer_find *find, const char *dir)
{
	int fd = dir ? open_folder(dir) : -1;
	struct pack *pack;

	if (fd < 0)
		return NULL;
	pack = open_current(search, find, fd);
	(void)close(fd);
	return pack;
}

static struct pack *find_or_make(const struct search *search,
				 const struct packer_find *find, GError **error)
{
	const struct template_pack_setup *setup = search->setup;
	g_autofree char *dir = setup->packs_dir
				       ? g_strdup(setup->packs_dir)
				       : cache_folder(setup->templates_dir);
	g_autoptr(GError) cause = NULL;
	struct pack *pack = find_in(search, find, setup->shared_dir);

	if (!pack)
		pack = find_in(search, find, dir);
	if (!pack)
		pack = make_kept(search, find, dir, &cause);
	if (!pack && !cause)
		pack = make_for_once(search, find, &cause);
	if (cause)
		g_propagate_error(error, g_steal_pointer(&cause));
	return pack;
}

static gboolean check_folders(const struct search *search, GError **error)
{
	struct stat templates, packs;

	if (!search->setup->packs_dir ||
	    stat(search->setup->packs_dir, &packs) < 0 ||
	    fstat(search->templates_fd, &templates) < 0 ||
	    packs.st_ino != templates.st_ino ||
	    packs.st_dev != templates.st_dev)
		return TRUE;
	return failure_set(error, EX_USAGE,
			   "'%s' can't hold both templates and packs",
			   search->setup->packs_dir);
}

static struct pack *open_named(const struct template_pack_setup *setup,
			       const char *id, GError **error)
{
	struct search search = {.setup = setup, .id = id, .templates_fd = -1};
	const struct packer_find *find = NULL;
	struct pack *pack = NULL;

	if (open_search(&search, error) && check_folders(&search, error))
		find = find_template(&search, error);
	if (find)
		pack = find_or_make(&search, find, error);
	close_search(&search);
	return pack;
}

/* A picture that is no template. */
static struct pack *open_path(const struct template_pack_setup *setup,
			      const char *path, GError **error)
{
	struct search search = {.setup = setup, .id = path, .templates_fd = -1};
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *file = g_path_get_basename(path);
	char id[] = "picture", source[] = "";
	const struct packer_find find = {
		.id = id, .file = file, .source = source};
	struct pack *pack = NULL;

	search.templates_fd = open_folder(folder);
	if (search.templates_fd >= 0 &&
	    faccessat(search.templates_fd, file, R_OK, AT_EACCESS) == 0)
		pack = make_for_once(&search, &find, error);
	else
		(void)failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				  path, g_strerror(errno));
	close_search(&search);
	return pack;
}

struct pack *template_pack_open(const struct template_pack_setup *setup,
				const char *id, GError **error)
{
	return strchr(id, '/') ? open_path(setup, id, error)
			       : open_named(setup, id, error);
}
