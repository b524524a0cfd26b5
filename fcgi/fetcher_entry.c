#include "config.h"

#include "fcgi/fetcher_entry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/fetcher_cache.h"
#include "fcgi/log.h"

#define SUFFIX	  ".entry"
#define TEMPORARY ".entry.tmp"
#define GROUP	  "fetched"

enum { ENTRY_BYTES_MAX = 16 * 1024, VALIDATOR_BYTES_MAX = 8 * 1024 };

char *fetcher_entry_name(const char *key)
{
	return g_strconcat(key, SUFFIX, NULL);
}

static void set(GKeyFile *file, const char *key, const char *value)
{
	/* A key file is UTF-8, a header need not be. */
	if (value && g_utf8_validate(value, -1, NULL))
		g_key_file_set_string(file, GROUP, key, value);
}

static char *entry_text(const struct fetched *fetched, gsize *out_size)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	set(file, "version", fetched->version);
	set(file, "url", fetched->validators.url);
	set(file, "etag", fetched->validators.etag);
	set(file, "modified", fetched->validators.modified);
	g_key_file_set_int64(file, GROUP, "fresh-until",
			     fetched->fresh_until_s);
	g_key_file_set_int64(file, GROUP, "stale-until",
			     fetched->stale_until_s);
	return g_key_file_to_data(file, out_size, NULL);
}

/* A URL may hold what is nobody else's business: 0600. */
gboolean fetcher_entry_write(int dir_fd, const struct fetched *fetched)
{
	g_autofree char *name = fetcher_entry_name(fetched->key);
	gsize size;
	g_autofree char *text = entry_text(fetched, &size);
	int fd = openat(dir_fd, TEMPORARY,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0600);
	gboolean is_written;

	if (fd < 0)
		return FALSE;
	is_written = write(fd, text, size) == (ssize_t)size;
	return close(fd) == 0 && is_written &&
	       renameat(dir_fd, TEMPORARY, dir_fd, name) == 0;
}

static void entry_free(void *data)
{
	struct fetcher_entry *entry = data;

	transfer_validators_clear(&entry->validators);
	g_free(entry);
}

static char *get(GKeyFile *file, const char *key)
{
	g_autofree char *value = g_key_file_get_string(file, GROUP, key, NULL);

	return value && strlen(value) <= VALIDATOR_BYTES_MAX
		       ? g_steal_pointer(&value)
		       : NULL;
}

static char *read_text(int dir_fd, const char *name, gsize *out_size,
		       gint64 *out_mtime_s)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	g_autofree char *text = g_malloc(ENTRY_BYTES_MAX);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, ENTRY_BYTES_MAX);
	(void)close(fd); /* was only read */
	if (n < 0 || n == ENTRY_BYTES_MAX)
		return NULL;
	*out_size = (gsize)n;
	*out_mtime_s = st.st_mtim.tv_sec;
	return g_steal_pointer(&text);
}

static gboolean has_picture(int dir_fd, const struct fetcher_entry *entry)
{
	g_autofree char *id =
		g_strconcat(entry->key, "-", entry->version, NULL);

	return fetches_is_id(id) && faccessat(dir_fd, id, R_OK, 0) == 0;
}

/* NULL: it is none. */
static struct fetcher_entry *read_entry(int dir_fd, const char *name)
{
	struct fetcher_entry *entry = g_new0(struct fetcher_entry, 1);
	g_autoptr(GKeyFile) file = g_key_file_new();
	gsize size = 0;
	g_autofree char *text = read_text(dir_fd, name, &size, &entry->mtime_s);
	g_autofree char *version = NULL;

	(void)g_strlcpy(entry->key, name, sizeof(entry->key));
	if (text &&
	    g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, NULL))
		version = get(file, "version");
	(void)g_strlcpy(entry->version, version ? version : "",
			sizeof(entry->version));
	entry->validators = (struct transfer_validators){
		get(file, "url"), get(file, "etag"), get(file, "modified")};
	entry->fresh_until_s =
		g_key_file_get_int64(file, GROUP, "fresh-until", NULL);
	entry->stale_until_s =
		g_key_file_get_int64(file, GROUP, "stale-until", NULL);
	if (has_picture(dir_fd, entry))
		return entry;
	entry_free(entry);
	return NULL;
}

static gboolean is_entry(const char *name)
{
	return strlen(name) == FETCH_KEY_DIGITS + strlen(SUFFIX) &&
	       g_str_has_suffix(name, SUFFIX);
}

static GPtrArray *list_names(int dir_fd)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *item;

	if (!dir) {
		log_error("cannot list '%s': %s", ORIGIN_PICTURES_DIR,
			  g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return names;
	}
	while ((item = readdir(dir)))
		if (strcmp(item->d_name, ".") != 0 &&
		    strcmp(item->d_name, "..") != 0)
			g_ptr_array_add(names, g_strdup(item->d_name));
	(void)closedir(dir);
	return names;
}

static void keep(GHashTable *kept, const char *name,
		 const struct fetcher_entry *entry)
{
	g_hash_table_add(kept, g_strdup(name));
	g_hash_table_add(kept,
			 g_strconcat(entry->key, "-", entry->version, NULL));
}

GPtrArray *fetcher_entries_read(int dir_fd)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
	g_autoptr(GPtrArray) names = list_names(dir_fd);
	g_autoptr(GHashTable) kept =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		struct fetcher_entry *entry =
			is_entry(name) ? read_entry(dir_fd, name) : NULL;

		if (!entry)
			continue;
		keep(kept, name, entry);
		g_ptr_array_add(entries, entry);
	}
	for (guint i = 0; i < names->len; i++)
		if (!g_hash_table_contains(kept, names->pdata[i]))
			(void)unlinkat(dir_fd, names->pdata[i], 0);
	return entries;
}
