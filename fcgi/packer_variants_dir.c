#include "config.h"

#include "fcgi/packer_variants_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/log.h"
#include "fcgi/variants.h"

/* A file found, on its way into the store. */
struct found {
	struct packer_stored stored;
	gint64 mtime_s;
};

int packer_variants_dir_open(int packs_fd)
{
	int fd = openat(packs_fd, VARIANTS_DIR,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno != ENOENT)
		log_error("cannot open '%s': %s", VARIANTS_DIR,
			  g_strerror(errno));
	return fd;
}

int packer_variants_dir_make(int packs_fd)
{
	if (mkdirat(packs_fd, VARIANTS_DIR, 0755) < 0 && errno != EEXIST) {
		log_error("cannot make '%s': %s", VARIANTS_DIR,
			  g_strerror(errno));
		return -1;
	}
	return packer_variants_dir_open(packs_fd);
}

char *packer_variants_key(const char *variant_key, const char *id)
{
	return g_strdup_printf("%s %s", variant_key, id);
}

static void found_free(void *data)
{
	struct found *found = data;

	g_free(found->stored.key);
	g_free(found->stored.id);
	g_free(found->stored.name);
	g_free(found->stored.stamp);
	g_free(found);
}

/* NULL: no variant that anybody could use. */
static struct found *find(int dir_fd, const char *name)
{
	g_autoptr(pack_auto) pack = pack_peek(dir_fd, name, NULL);
	g_autofree char *key = pack ? variant_pack_key(pack) : NULL;
	g_autofree char *stamp = pack ? variant_pack_stamp(pack) : NULL;
	struct found *found;
	struct stat st;

	if (!key || !stamp ||
	    fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	found = g_new0(struct found, 1);
	found->stored.id = g_strdup(pack_get_info(pack)->source);
	found->stored.key = packer_variants_key(key, found->stored.id);
	found->stored.name = g_strdup(name);
	found->stored.stamp = g_steal_pointer(&stamp);
	found->stored.bytes = (guint64)st.st_size;
	found->mtime_s = st.st_mtim.tv_sec;
	return found;
}

static int compare_ages(const void *a, const void *b)
{
	const struct found *left = *(struct found *const *)a;
	const struct found *right = *(struct found *const *)b;

	return (left->mtime_s > right->mtime_s) -
	       (left->mtime_s < right->mtime_s);
}

static GPtrArray *list(int dir_fd, DIR *dir, gboolean is_kept)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(found_free);
	struct dirent *item;

	while ((item = readdir(dir))) {
		const char *name = item->d_name;
		struct found *found;

		if (!g_str_has_suffix(name, ".pack") &&
		    !g_str_has_suffix(name, ".tmp"))
			continue;
		found = is_kept && name[0] != '.' ? find(dir_fd, name) : NULL;
		if (found)
			g_ptr_array_add(all, found);
		else
			(void)unlinkat(dir_fd, name, 0);
	}
	g_ptr_array_sort(all, compare_ages);
	return all;
}

void packer_variants_dir_read(int dir_fd, struct packer_store *store)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	GPtrArray *all;

	if (!dir) {
		log_error("cannot list '%s': %s", VARIANTS_DIR,
			  g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	all = list(dir_fd, dir, store != NULL);
	(void)closedir(dir);
	for (guint i = 0; i < all->len; i++) {
		const struct found *found = all->pdata[i];

		packer_store_put(store, &found->stored);
	}
	g_ptr_array_unref(all);
}

gboolean packer_variants_dir_has(int dir_fd, const struct packer_stored *stored)
{
	struct stat st;

	return fstatat(dir_fd, stored->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (guint64)st.st_size == stored->bytes && st.st_mtim.tv_nsec == 0;
}
