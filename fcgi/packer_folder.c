#include "config.h"

#include "fcgi/packer_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "render/decode.h"
#include "render/limits.h"
#include "render/macro.h"

enum {
	/* Longer than a file system's clock stands still between two ticks. */
	FRESH_MS = 30,
	SNIFF_BYTES = 64
};

/* A file of the folder on its way to be a find, a sidecar or nothing. */
struct entry {
	char *file;
	struct stat st;
	gboolean is_link;
};

static void entry_free(void *data)
{
	struct entry *entry = data;

	g_free(entry->file);
	g_free(entry);
}

void packer_find_free(struct packer_find *find)
{
	if (!find)
		return;
	g_free(find->id);
	g_free(find->file);
	g_free(find->sidecar);
	g_free(find->source);
	g_free(find);
}

static void free_find(void *data)
{
	packer_find_free(data);
}

static void free_skip(void *data)
{
	struct packer_skip *skip = data;

	g_free(skip->file);
	g_free(skip->reason);
	g_free(skip);
}

void packer_folder_fini(struct packer_folder *folder)
{
	g_clear_pointer(&folder->finds, g_ptr_array_unref);
	g_clear_pointer(&folder->skips, g_ptr_array_unref);
}

static void append_stat(GString *source, const struct stat *st)
{
	g_string_append_printf(
		source,
		" %" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER
		"x.%lx %" G_GINT64_MODIFIER "x.%lx %" G_GINT64_MODIFIER "x",
		(guint64)st->st_size, (guint64)st->st_mtim.tv_sec,
		(gulong)st->st_mtim.tv_nsec, (guint64)st->st_ctim.tv_sec,
		(gulong)st->st_ctim.tv_nsec, (guint64)st->st_ino);
}

/* The change time is in it since no program can set that one back. */
char *packer_source(const struct stat *picture, const struct stat *sidecar)
{
	GString *source = g_string_new("file");

	append_stat(source, picture);
	if (sidecar) {
		g_string_append(source, " sidecar");
		append_stat(source, sidecar);
	}
	return g_string_free(source, FALSE);
}

static gboolean is_fresh(const struct stat *st)
{
	struct timespec now;
	gint64 age_ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	age_ms = (gint64)(now.tv_sec - st->st_ctim.tv_sec) * 1000 +
		 (now.tv_nsec - st->st_ctim.tv_nsec) / 1000000;
	/* A time to come is another machine's clock, and would stay so. */
	return age_ms >= 0 && age_ms < FRESH_MS;
}

static struct entry *read_entry(int dirfd, const char *file)
{
	struct entry *entry = g_new0(struct entry, 1);
	struct stat st;

	entry->file = g_strdup(file);
	/* One that vanished since it was listed counts as never seen. */
	if (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(dirfd, file, &entry->st, 0) == 0 &&
	    S_ISREG(entry->st.st_mode)) {
		entry->is_link = S_ISLNK(st.st_mode);
		return entry;
	}
	entry_free(entry);
	return NULL;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return strcmp((*x)->file, (*y)->file);
}

/* The regular files that are not hidden, in byte order. */
static GPtrArray *list_entries(int dirfd, GError **error)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	GPtrArray *entries;
	struct dirent *item;

	if (!dir) {
		g_set_error(error, G_FILE_ERROR,
			    (int)g_file_error_from_errno(errno), "%s",
			    g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return NULL;
	}
	entries = g_ptr_array_new_with_free_func(entry_free);
	while ((item = readdir(dir))) {
		struct entry *entry = item->d_name[0] == '.'
					      ? NULL
					      : read_entry(dirfd, item->d_name);

		if (entry)
			g_ptr_array_add(entries, entry);
	}
	(void)closedir(dir);
	g_ptr_array_sort(entries, compare_entries);
	return entries;
}

static char *stem_of(const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot ? g_strndup(file, (gsize)(dot - file)) : g_strdup(file);
}

static void add_skip(struct packer_folder *folder, const char *file,
		     char *reason)
{
	struct packer_skip *skip = g_new(struct packer_skip, 1);

	/* It is told in JSON and in the log: UTF-8 in both. */
	skip->file = g_utf8_make_valid(file, -1);
	skip->reason = reason;
	g_ptr_array_add(folder->skips, skip);
}

static gboolean check_id(struct packer_folder *folder, const char *file,
			 const char *id)
{
	char *reason = NULL;

	if (!g_utf8_validate(id, -1, NULL))
		reason = g_strdup("the name is not UTF-8");
	else if (strcmp(id, MACRO_CUSTOM) == 0)
		reason = g_strdup("the name `" MACRO_CUSTOM "` is for pictures "
				  "from URLs");
	else if (strlen(id) > LIMIT_ID_BYTES)
		reason = g_strdup_printf("the name has %" G_GSIZE_FORMAT
					 " bytes, at most %d are allowed",
					 strlen(id), LIMIT_ID_BYTES);
	if (!reason)
		return TRUE;
	add_skip(folder, file, reason);
	return FALSE;
}

static gboolean is_picture(int dirfd, const char *file)
{
	guint8 bytes[SNIFF_BYTES];
	int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return FALSE;
	n = read(fd, bytes, sizeof(bytes));
	(void)close(fd); /* was only read */
	return n > 0 && decode_knows(bytes, (gsize)n);
}

/* Which of two files with one stem it is: the first, unless only the second
 * is a picture (a text about it may sort before it). */
static void settle(struct packer_folder *folder, int dirfd,
		   struct packer_find *first, char *file)
{
	gboolean is_swapped =
		!is_picture(dirfd, first->file) && is_picture(dirfd, file);

	if (is_swapped) {
		char *other = first->file;

		first->file = file;
		file = other;
	}
	add_skip(folder, file,
		 g_strdup_printf("'%s' has the same name", first->file));
	g_free(file);
}

static void add_picture(struct packer_folder *folder, int dirfd,
			GHashTable *by_id, const struct entry *entry)
{
	g_autofree char *id = stem_of(entry->file);
	struct packer_find *find = g_hash_table_lookup(by_id, id);

	if (!check_id(folder, entry->file, id))
		return;
	if (find) {
		settle(folder, dirfd, find, g_strdup(entry->file));
		return;
	}
	find = g_new0(struct packer_find, 1);
	find->file = g_strdup(entry->file);
	find->id = g_steal_pointer(&id);
	g_hash_table_insert(by_id, find->id, find);
	g_ptr_array_add(folder->finds, find);
}

static void complete(struct packer_folder *folder, GHashTable *by_file,
		     struct packer_find *find)
{
	g_autofree char *name = g_strconcat(find->id, ".json", NULL);
	const struct entry *picture = g_hash_table_lookup(by_file, find->file);
	const struct entry *sidecar = g_hash_table_lookup(by_file, name);

	if (sidecar)
		find->sidecar = g_steal_pointer(&name);
	find->source =
		packer_source(&picture->st, sidecar ? &sidecar->st : NULL);
	find->is_link = picture->is_link || (sidecar && sidecar->is_link);
	folder->is_fresh |=
		is_fresh(&picture->st) || (sidecar && is_fresh(&sidecar->st));
}

gboolean packer_folder_read(int dirfd, struct packer_folder *out,
			    GError **error)
{
	g_autoptr(GPtrArray) entries = list_entries(dirfd, error);
	g_autoptr(GHashTable) by_file =
		g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);

	if (!entries)
		return FALSE;
	out->finds = g_ptr_array_new_with_free_func(free_find);
	out->skips = g_ptr_array_new_with_free_func(free_skip);
	out->is_fresh = FALSE;
	for (guint i = 0; i < entries->len; i++) {
		struct entry *entry = entries->pdata[i];

		g_hash_table_insert(by_file, entry->file, entry);
		if (!g_str_has_suffix(entry->file, ".json"))
			add_picture(out, dirfd, by_id, entry);
	}
	for (guint i = 0; i < out->finds->len; i++)
		complete(out, by_file, out->finds->pdata[i]);
	return TRUE;
}
