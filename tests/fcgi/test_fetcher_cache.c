#include "config.h"

#include "fcgi/fetcher_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

enum { PICTURE_BYTES = 1000, ROOM = 10 * PICTURE_BYTES };

#define KEY "0123456789abcdef0123456789abcdef"

struct fixture {
	char *dir, *packs;
	int dir_fd, packs_fd;
	struct fetcher_cache *cache;
	struct origin origin;
};

static int make_dir(char **out)
{
	*out = g_dir_make_tmp("fetched-XXXXXX", NULL);
	g_assert_nonnull(*out);
	return open(*out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void open_cache(struct fixture *f)
{
	f->cache = fetcher_cache_new(f->dir_fd, f->packs_fd, ROOM);
}

static void init(struct fixture *f, const void *data)
{
	(void)data;
	f->dir_fd = make_dir(&f->dir);
	f->packs_fd = make_dir(&f->packs);
	f->origin.name = (char *)"origin";
	open_cache(f);
}

static void remove_dir(char *dir)
{
	GDir *open = g_dir_open(dir, 0, NULL);
	const char *name;

	while (open && (name = g_dir_read_name(open))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		(void)g_unlink(path);
	}
	g_dir_close(open);
	g_assert_cmpint(g_rmdir(dir), ==, 0);
	g_free(dir);
}

static void fini(struct fixture *f, const void *data)
{
	(void)data;
	fetcher_cache_free(f->cache);
	(void)close(f->dir_fd);
	(void)close(f->packs_fd);
	remove_dir(f->dir);
	remove_dir(f->packs);
}

static void reopen(struct fixture *f)
{
	fetcher_cache_free(f->cache);
	open_cache(f);
}

static void write_file(int dir_fd, const char *name, gsize size)
{
	g_autofree char *bytes = g_strnfill(size, 'x');
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	g_assert_cmpint(write(fd, bytes, size), ==, (gssize)size);
	g_assert_cmpint(close(fd), ==, 0);
}

static gboolean is_there(const struct fixture *f, const char *name)
{
	return faccessat(f->dir_fd, name, F_OK, 0) == 0;
}

static guint n_files(const char *dir)
{
	GDir *open = g_dir_open(dir, 0, NULL);
	guint n = 0;

	while (g_dir_read_name(open))
		n++;
	g_dir_close(open);
	return n;
}

static struct fetched *use(const struct fixture *f, guint number)
{
	g_autofree char *text = g_strdup_printf("https://h/%u", number);
	const struct fetcher_url url = {text, &f->origin};

	return fetcher_cache_use(f->cache, &url);
}

/* As after a transfer of a picture of this size. */
static struct fetched *put(struct fixture *f, guint number, gsize size)
{
	struct fetched *fetched = use(f, number);

	write_file(f->dir_fd, ".1.tmp", size);
	g_assert_true(fetcher_cache_put(f->cache, fetched, ".1.tmp",
					"00000000000000ff"));
	fetched->validators.etag = g_strdup("\"x\"");
	fetched->validators.url = g_strdup("https://h/");
	fetched->fresh_until_s = 5;
	fetched->stale_until_s = 6;
	fetcher_cache_save(f->cache, fetched);
	fetcher_cache_settle(f->cache, fetched);
	return fetched;
}

static void what_is_known_outlives_the_process(struct fixture *f,
					       const void *data)
{
	struct fetched *fetched = put(f, 1, PICTURE_BYTES);
	char id[SCOREBOARD_FETCH_ID_BYTES];

	(void)data;
	fetched_id(fetched, id);
	g_assert_true(fetches_is_id(id));
	g_assert_true(is_there(f, id));
	reopen(f);
	g_assert_cmpuint(fetcher_cache_n(f->cache), ==, 1);
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, PICTURE_BYTES);
	fetched = use(f, 1);
	g_assert_cmpstr(fetched->version, ==, "00000000000000ff");
	g_assert_cmpstr(fetched->validators.etag, ==, "\"x\"");
	g_assert_cmpstr(fetched->validators.url, ==, "https://h/");
	g_assert_null(fetched->validators.modified);
	g_assert_cmpint(fetched->fresh_until_s, ==, 5);
	g_assert_cmpint(fetched->stale_until_s, ==, 6);
}

static void a_url_of_another_origin_is_another(struct fixture *f,
					       const void *data)
{
	struct origin other = {.name = (char *)"other"};
	const struct fetcher_url url = {(char *)"https://h/1", &other};

	(void)data;
	g_assert_true(use(f, 1) == use(f, 1));
	g_assert_true(fetcher_cache_use(f->cache, &url) != use(f, 1));
}

static void what_makes_no_sense_is_removed(struct fixture *f, const void *data)
{
	static const char *const names[] = {
		".1.tmp",
		".entry.tmp",
		"stray",
		KEY ".entry",
		KEY "-00000000000000ff",
		"x.entry",
		KEY "0.entry",
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		write_file(f->dir_fd, names[i], 20);
	reopen(f);
	g_assert_cmpuint(fetcher_cache_n(f->cache), ==, 0);
	g_assert_cmpuint(n_files(f->dir), ==, 0);
}

static void an_entry_without_its_picture_is_none(struct fixture *f,
						 const void *data)
{
	char id[SCOREBOARD_FETCH_ID_BYTES];

	(void)data;
	fetched_id(put(f, 1, PICTURE_BYTES), id);
	(void)unlinkat(f->dir_fd, id, 0);
	reopen(f);
	g_assert_cmpuint(fetcher_cache_n(f->cache), ==, 0);
	g_assert_cmpuint(n_files(f->dir), ==, 0);
}

static void an_entry_that_was_written_over_is_none(struct fixture *f,
						   const void *data)
{
	static const char *const texts[] = {
		"",
		"[fetched]\n",
		"[fetched]\nversion=../../x\n",
		"[fetched]\nversion=00000000000000FF\n",
		"version=1\n",
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *name = g_strconcat(
			put(f, 1, PICTURE_BYTES)->key, ".entry", NULL);
		g_autofree char *path = g_build_filename(f->dir, name, NULL);

		g_assert_true(g_file_set_contents(path, texts[i], -1, NULL));
		reopen(f);
		g_assert_cmpuint(fetcher_cache_n(f->cache), ==, 0);
		g_assert_cmpuint(n_files(f->dir), ==, 0);
	}
}

static void what_is_used_least_recently_goes(struct fixture *f,
					     const void *data)
{
	(void)data;
	for (guint i = 0; i < 10; i++)
		put(f, i, PICTURE_BYTES);
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, ROOM);
	(void)use(f, 0);
	put(f, 10, PICTURE_BYTES);
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, ROOM);
	g_assert_cmpstr(use(f, 0)->version, !=, "");
	g_assert_cmpstr(use(f, 1)->version, ==, "");
	g_assert_cmpuint(n_files(f->dir), ==, 2 * 10);
}

static void who_is_at_work_stays(struct fixture *f, const void *data)
{
	struct fetched *busy = put(f, 0, PICTURE_BYTES);

	(void)data;
	busy->state = FETCHED_UNDERWAY;
	for (guint i = 1; i <= 10; i++)
		put(f, i, PICTURE_BYTES);
	g_assert_true(use(f, 0) == busy);
	g_assert_cmpstr(busy->version, !=, "");
	g_assert_cmpstr(use(f, 1)->version, ==, "");
}

static void what_is_larger_than_all_is_held_alone(struct fixture *f,
						  const void *data)
{
	struct fetched *large;

	(void)data;
	put(f, 0, PICTURE_BYTES);
	large = put(f, 1, ROOM + 1);
	g_assert_cmpstr(large->version, !=, "");
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, ROOM + 1);
	put(f, 2, PICTURE_BYTES);
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, PICTURE_BYTES);
}

static void a_pack_counts_and_is_found(struct fixture *f, const void *data)
{
	struct fetched *fetched = put(f, 0, PICTURE_BYTES);
	char id[SCOREBOARD_FETCH_ID_BYTES];
	g_autofree char *pack = NULL, *refused = NULL;

	(void)data;
	fetched_id(fetched, id);
	pack = g_strconcat(id, ".pack", NULL);
	refused = g_strconcat(id, ".refused", NULL);
	g_assert_cmpint(fetcher_cache_pack(f->cache, fetched), ==,
			FETCHED_NO_PACK);
	write_file(f->packs_fd, refused, 0);
	g_assert_cmpint(fetcher_cache_pack(f->cache, fetched), ==,
			FETCHED_REFUSED);
	write_file(f->packs_fd, refused, 1);
	g_assert_cmpint(fetcher_cache_pack(f->cache, fetched), ==,
			FETCHED_NOT_YET);
	write_file(f->packs_fd, pack, 3 * PICTURE_BYTES);
	g_assert_cmpint(fetcher_cache_pack(f->cache, fetched), ==,
			FETCHED_PACK);
	fetcher_cache_settle(f->cache, fetched);
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, 4 * PICTURE_BYTES);
	fetcher_cache_drop(f->cache, fetched);
	g_assert_cmpuint(fetcher_cache_bytes(f->cache), ==, 0);
	g_assert_cmpuint(n_files(f->dir), ==, 0);
}

static void there_are_only_so_many(struct fixture *f, const void *data)
{
	struct fetched *first = use(f, 0);

	(void)data;
	first->state = FETCHED_QUEUED;
	for (guint i = 1; i < 5000; i++)
		(void)use(f, i);
	g_assert_cmpuint(fetcher_cache_n(f->cache), ==, 4096);
	g_assert_true(use(f, 0) == first);
}

static void add(const char *path, void (*test)(struct fixture *, const void *))
{
	g_test_add(path, struct fixture, NULL, init, test, fini);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/fetcher_cache/outlives", what_is_known_outlives_the_process);
	add("/fetcher_cache/origin", a_url_of_another_origin_is_another);
	add("/fetcher_cache/stray", what_makes_no_sense_is_removed);
	add("/fetcher_cache/no-picture", an_entry_without_its_picture_is_none);
	add("/fetcher_cache/written-over",
	    an_entry_that_was_written_over_is_none);
	add("/fetcher_cache/least", what_is_used_least_recently_goes);
	add("/fetcher_cache/at-work", who_is_at_work_stays);
	add("/fetcher_cache/large", what_is_larger_than_all_is_held_alone);
	add("/fetcher_cache/pack", a_pack_counts_and_is_found);
	add("/fetcher_cache/most", there_are_only_so_many);
	return g_test_run();
}
