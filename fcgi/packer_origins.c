#include "config.h"

#include "fcgi/packer_origins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/fetches.h"
#include "fcgi/log.h"
#include "fcgi/packer_job.h"
#include "render/pack.h"

#define REFUSED ".refused"

enum {
	JOBS_MAX = PACKER_ORIGINS_FDS - 1,
	NICENESS = 2, /* somebody waits, but not in the queue */
	ATTEMPTS_MAX = 3,
	/* Whoever can name a URL chooses what is decoded here: less than what
	 * a site's own pictures may take. */
	CPU_S = 60,
};

#define EVENTS \
	(IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW)

struct item {
	char *id;
	guint attempts;
	struct packer_job job; /* pid 0: none */
};

struct packer_origins {
	struct packer_origins_setup setup;
	int pictures_fd, packs_fd, inotify_fd;
	GQueue waiting;	    /* struct item */
	GPtrArray *working; /* struct item */
};

static void item_free(void *data)
{
	struct item *item = data;

	g_free(item->id);
	g_free(item);
}

/* What an origin gives to us alone is nobody else's. */
static int make_dir(int packs_fd, const char *name)
{
	int fd = -1;

	if (mkdirat(packs_fd, name, 0700) == 0 || errno == EEXIST)
		fd = openat(packs_fd, name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		log_error("cannot make '%s': %s", name, g_strerror(errno));
	return fd;
}

/* The names in a folder that end so. */
static GPtrArray *list(int dir_fd, const char *suffix)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *item;

	if (!dir) {
		log_error("cannot list a folder: %s", g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return names;
	}
	while ((item = readdir(dir)))
		if (g_str_has_suffix(item->d_name, suffix))
			g_ptr_array_add(names, g_strdup(item->d_name));
	(void)closedir(dir);
	return names;
}

static gboolean has_picture(const struct packer_origins *origins,
			    const char *id)
{
	return fetches_is_id(id) &&
	       faccessat(origins->pictures_fd, id, R_OK, 0) == 0;
}

static void remove_made(const struct packer_origins *origins, const char *id,
			const char *suffix)
{
	g_autofree char *name = g_strconcat(id, suffix, NULL);

	if (unlinkat(origins->packs_fd, name, 0) < 0 && errno != ENOENT)
		log_error("cannot remove '%s': %s", name, g_strerror(errno));
}

static void remove_all_made(const struct packer_origins *origins,
			    const char *id)
{
	remove_made(origins, id, ".pack");
	remove_made(origins, id, REFUSED);
	if (origins->setup.board)
		atomic_fetch_add(&origins->setup.board->origins.removed, 1);
}

/* Whether what is there is what would be made. */
static gboolean is_made(const struct packer_origins *origins, const char *id)
{
	g_autofree char *name = packer_pack_name(id);
	g_autofree char *recipe = NULL;
	g_autoptr(pack_auto) pack = pack_peek(origins->packs_fd, name, NULL);

	if (!pack || !pack_is_current(pack, origins->packs_fd, name))
		return FALSE;
	recipe = packer_recipe(pack_get_info(pack)->format,
			       &origins->setup.jpeg);
	return strcmp(pack_get_info(pack)->recipe, recipe) == 0;
}

static gboolean is_known(const struct packer_origins *origins, const char *id)
{
	for (GList *at = origins->waiting.head; at; at = at->next)
		if (strcmp(((const struct item *)at->data)->id, id) == 0)
			return TRUE;
	for (guint i = 0; i < origins->working->len; i++)
		if (strcmp(((const struct item *)origins->working->pdata[i])
				   ->id,
			   id) == 0)
			return TRUE;
	return FALSE;
}

static void consider(struct packer_origins *origins, const char *id)
{
	struct item *item;

	if (!has_picture(origins, id) || is_known(origins, id) ||
	    is_made(origins, id))
		return;
	remove_all_made(origins, id);
	item = g_new0(struct item, 1);
	item->id = g_strdup(id);
	g_queue_push_tail(&origins->waiting, item);
}

/* Packs whose picture is gone, and what an earlier life left half done. */
static void sweep(const struct packer_origins *origins)
{
	g_autoptr(GPtrArray) names = list(origins->packs_fd, "");

	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *id = g_strndup(name, strcspn(name, "."));

		if (name[0] == '.' ? g_str_has_suffix(name, ".tmp")
				   : !has_picture(origins, id))
			(void)unlinkat(origins->packs_fd, name, 0);
	}
}

static void look(struct packer_origins *origins)
{
	g_autoptr(GPtrArray) names = list(origins->pictures_fd, "");

	sweep(origins);
	for (guint i = 0; i < names->len; i++)
		consider(origins, names->pdata[i]);
}

static gboolean watch(const struct packer_origins *origins)
{
	g_autofree char *path = g_build_filename(origins->setup.packs_dir,
						 ORIGIN_PICTURES_DIR, NULL);

	if (origins->inotify_fd >= 0 &&
	    inotify_add_watch(origins->inotify_fd, path, EVENTS) >= 0)
		return TRUE;
	log_error("cannot watch '%s': %s", path, g_strerror(errno));
	return FALSE;
}

struct packer_origins *
packer_origins_new(const struct packer_origins_setup *setup)
{
	struct packer_origins *origins = g_new0(struct packer_origins, 1);

	origins->setup = *setup;
	origins->working = g_ptr_array_new();
	g_queue_init(&origins->waiting);
	origins->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	origins->pictures_fd = make_dir(setup->packs_fd, ORIGIN_PICTURES_DIR);
	origins->packs_fd = make_dir(setup->packs_fd, ORIGIN_PACKS_DIR);
	if (origins->pictures_fd < 0 || origins->packs_fd < 0 ||
	    !watch(origins)) {
		packer_origins_free(origins);
		return NULL;
	}
	look(origins);
	return origins;
}

static gboolean has_moved(const struct packer_origins *origins, int fd,
			  const char *name)
{
	struct stat mine, there;

	return fstat(fd, &mine) < 0 ||
	       fstatat(origins->setup.packs_fd, name, &there,
		       AT_SYMLINK_NOFOLLOW) < 0 ||
	       mine.st_dev != there.st_dev || mine.st_ino != there.st_ino;
}

gboolean packer_origins_has_moved(const struct packer_origins *origins)
{
	return origins &&
	       (has_moved(origins, origins->pictures_fd, ORIGIN_PICTURES_DIR) ||
		has_moved(origins, origins->packs_fd, ORIGIN_PACKS_DIR));
}

void packer_origins_free(struct packer_origins *origins)
{
	const int fds[] = {origins ? origins->pictures_fd : -1,
			   origins ? origins->packs_fd : -1,
			   origins ? origins->inotify_fd : -1};

	if (!origins)
		return;
	for (guint i = 0; i < origins->working->len; i++) {
		struct item *item = origins->working->pdata[i];

		packer_job_kill(&item->job);
		(void)packer_job_end(&item->job, NULL); /* not asked */
		item_free(item);
	}
	g_ptr_array_unref(origins->working);
	g_queue_clear_full(&origins->waiting, item_free);
	for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	g_free(origins);
}

static void empty_dir(int packs_fd, const char *name)
{
	g_autoptr(GPtrArray) names = NULL;
	int fd = openat(packs_fd, name,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	names = list(fd, "");
	for (guint i = 0; i < names->len; i++)
		if (strcmp(names->pdata[i], ".") != 0 &&
		    strcmp(names->pdata[i], "..") != 0)
			(void)unlinkat(fd, names->pdata[i], 0);
	(void)close(fd);
}

void packer_origins_empty(int packs_fd)
{
	empty_dir(packs_fd, ORIGIN_PICTURES_DIR);
	empty_dir(packs_fd, ORIGIN_PACKS_DIR);
}

static void take_event(struct packer_origins *origins,
		       const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";

	if (event->mask & IN_Q_OVERFLOW)
		look(origins);
	else if (event->mask & IN_MOVED_TO)
		consider(origins, name);
	else if (fetches_is_id(name) && !has_picture(origins, name))
		remove_all_made(origins, name);
}

void packer_origins_listen(struct packer_origins *origins)
{
	char buffer[16384]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	if (!origins)
		return;
	while ((n = read(origins->inotify_fd, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (at < buffer + n) {
			const struct inotify_event *event =
				(const struct inotify_event *)(const void *)at;

			take_event(origins, event);
			at += sizeof(*event) + event->len;
		}
	}
}

static gboolean make(const void *order, GError **error)
{
	return packer_make(order, error);
}

static gboolean start(struct packer_origins *origins, struct item *item)
{
	const struct packer_find find = {.id = item->id, .file = item->id};
	const struct packer_order order = {
		.templates_fd = origins->pictures_fd,
		.packs_fd = origins->packs_fd,
		.jpeg = origins->setup.jpeg,
		.find = &find,
		.is_sandboxed = origins->setup.is_sandboxed,
	};
	g_autofree char *name = packer_pack_name(item->id);
	const struct packer_work work = {
		.run = make,
		.order = &order,
		.niceness = NICENESS,
		.cpu_s = CPU_S,
		.dir_fd = origins->packs_fd,
		.pack = name,
	};

	item->attempts++;
	if (packer_job_start(&item->job, &work))
		return TRUE;
	log_error("cannot start a decoder: %s", g_strerror(errno));
	return FALSE;
}

void packer_origins_work(struct packer_origins *origins)
{
	while (origins && origins->working->len < JOBS_MAX) {
		struct item *item = g_queue_pop_head(&origins->waiting);

		if (!item)
			return;
		if (!start(origins, item)) {
			g_queue_push_head(&origins->waiting, item);
			return;
		}
		g_ptr_array_add(origins->working, item);
	}
}

/* Empty for a picture that nobody can draw on. */
static void write_refused(const struct packer_origins *origins, const char *id,
			  gboolean is_picture)
{
	g_autofree char *name = g_strconcat(id, REFUSED, NULL);
	int fd = openat(origins->packs_fd, name,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	gboolean is_told = fd >= 0;

	if (fd >= 0 && !is_picture)
		is_told = write(fd, "again\n", 6) == 6;
	if (fd >= 0)
		is_told &= close(fd) == 0;
	if (!is_told)
		log_error("cannot write '%s': %s", name, g_strerror(errno));
}

static void settle(struct packer_origins *origins, struct item *item)
{
	g_autoptr(GError) error = NULL;
	gboolean is_good = packer_job_end(&item->job, &error);
	gboolean is_picture =
		g_error_matches(error, PACKER_ERROR, PACKER_ERROR_PICTURE);

	if (!is_good) {
		if (!is_picture && item->attempts < ATTEMPTS_MAX) {
			g_queue_push_tail(&origins->waiting, item);
			return;
		}
		log_warning("refused the fetched picture '%s': %s", item->id,
			    error->message);
		write_refused(origins, item->id, is_picture);
	}
	/* It may have left meanwhile. */
	if (!has_picture(origins, item->id))
		remove_all_made(origins, item->id);
	item_free(item);
}

void packer_origins_collect(struct packer_origins *origins)
{
	gint64 now_us = g_get_monotonic_time();
	guint i = 0;

	while (origins && i < origins->working->len) {
		struct item *item = origins->working->pdata[i];

		packer_job_check(&item->job, now_us);
		if (packer_job_read(&item->job)) {
			(void)g_ptr_array_remove_index_fast(origins->working,
							    i);
			settle(origins, item);
		} else {
			i++;
		}
	}
}

guint packer_origins_fds(const struct packer_origins *origins, int *out)
{
	guint n = 0;

	if (!origins)
		return 0;
	out[n++] = origins->inotify_fd;
	for (guint i = 0; i < origins->working->len; i++) {
		const struct item *item = origins->working->pdata[i];

		out[n++] = item->job.pipe_fd;
	}
	return n;
}
