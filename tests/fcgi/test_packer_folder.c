#include "config.h"

#include "fcgi/packer_folder.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "render/limits.h"

struct fixture {
	char *dir;
	int dirfd;
	struct packer_folder folder;
};

static void set_up(struct fixture *f, const void *data)
{
	(void)data;
	f->dir = g_dir_make_tmp("test-folder-XXXXXX", NULL);
	f->dirfd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(struct fixture *f, const void *data)
{
	g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
	const char *name;

	(void)data;
	packer_folder_fini(&f->folder);
	while ((name = g_dir_read_name(dir))) {
		if (unlinkat(f->dirfd, name, 0) < 0)
			g_assert_cmpint(unlinkat(f->dirfd, name, AT_REMOVEDIR),
					==, 0);
	}
	(void)close(f->dirfd);
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	g_free(f->dir);
}

static void put(struct fixture *f, const char *name, const char *bytes)
{
	int fd = openat(f->dirfd, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, bytes, strlen(bytes)), ==,
			(gssize)strlen(bytes));
	(void)close(fd);
}

static void look(struct fixture *f)
{
	g_autoptr(GError) error = NULL;

	packer_folder_fini(&f->folder);
	if (!packer_folder_read(f->dirfd, &f->folder, &error))
		g_error("%s", error->message);
}

/* "id=file+sidecar|..." */
static char *finds_text(struct fixture *f)
{
	GString *text = g_string_new(NULL);

	look(f);
	for (guint i = 0; i < f->folder.finds->len; i++) {
		const struct packer_find *find = f->folder.finds->pdata[i];

		g_string_append_printf(text, "%s%s=%s%s%s", i ? "|" : "",
				       find->id, find->file,
				       find->sidecar ? "+" : "",
				       find->sidecar ? find->sidecar : "");
	}
	return g_string_free(text, FALSE);
}

static void pictures_are_found_with_their_sidecars(struct fixture *f,
						   const void *data)
{
	g_autofree char *text = NULL;

	(void)data;
	put(f, "b.png", "1");
	put(f, "a", "2");
	put(f, "c.d.png", "3");
	put(f, "b.json", "{}");
	put(f, "nobody.json", "{}");
	put(f, "c.json", "{}");
	put(f, ".hidden.png", "4");
	g_assert_cmpint(mkdirat(f->dirfd, "dir.png", 0700), ==, 0);
	g_assert_cmpint(mkfifoat(f->dirfd, "fifo.png", 0700), ==, 0);
	g_assert_cmpint(symlinkat("b.png", f->dirfd, "link.png"), ==, 0);
	g_assert_cmpint(symlinkat("nowhere", f->dirfd, "broken.png"), ==, 0);
	text = finds_text(f);
	g_assert_cmpstr(text, ==,
			"a=a|b=b.png+b.json|c.d=c.d.png|link=link.png");
	g_assert_cmpuint(f->folder.skips->len, ==, 0);
	for (guint i = 0; i < f->folder.finds->len; i++) {
		const struct packer_find *find = f->folder.finds->pdata[i];

		g_assert_cmpint(find->is_link, ==,
				strcmp(find->id, "link") == 0);
	}
}

static void of_two_the_first_picture_wins(struct fixture *f, const void *data)
{
	static const struct {
		const char *first, *second; /* what x.a and x.b hold */
		const char *winner;
	} cases[] = {
		{"GIF89a", "GIF89a", "x=x.a"}, {"GIF89a", "text", "x=x.a"},
		{"text", "GIF89a", "x=x.b"},   {"text", "text", "x=x.a"},
		{"", "GIF89a", "x=x.b"},
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = NULL;
		const struct packer_skip *skip;

		put(f, "x.a", cases[i].first);
		put(f, "x.b", cases[i].second);
		text = finds_text(f);
		g_assert_cmpstr(text, ==, cases[i].winner);
		g_assert_cmpuint(f->folder.skips->len, ==, 1);
		skip = f->folder.skips->pdata[0];
		g_assert_cmpstr(skip->file, ==,
				g_str_has_suffix(text, "a") ? "x.b" : "x.a");
	}
}

static void names_have_limits(struct fixture *f, const void *data)
{
	g_autofree char *letters = g_strnfill(LIMIT_ID_BYTES, 'n');
	g_autofree char *just = g_strconcat(letters, ".x", NULL);
	g_autofree char *too_long = g_strconcat(letters, "n.x", NULL);
	g_autofree char *text = NULL;

	(void)data;
	put(f, just, "");
	put(f, too_long, "");
	put(f, "\xff.png", "");
	put(f, "ok.\xff", "");
	text = finds_text(f);
	g_assert_cmpuint(f->folder.finds->len, ==, 2);
	g_assert_cmpuint(f->folder.skips->len, ==, 2);
	for (guint i = 0; i < 2; i++) {
		const struct packer_skip *skip = f->folder.skips->pdata[i];

		g_assert_true(g_utf8_validate(skip->file, -1, NULL));
		g_assert_nonnull(strstr(skip->reason, i ? "UTF-8" : "200"));
	}
}

static void one_name_is_taken(struct fixture *f, const void *data)
{
	g_autofree char *text = NULL;
	const struct packer_skip *skip;

	(void)data;
	put(f, "custom.png", "");
	put(f, "custom.json", "{}");
	put(f, "customs.png", "");
	put(f, "Custom.png", "");
	text = finds_text(f);
	g_assert_cmpuint(f->folder.finds->len, ==, 2);
	g_assert_cmpuint(f->folder.skips->len, ==, 1);
	skip = f->folder.skips->pdata[0];
	g_assert_cmpstr(skip->file, ==, "custom.png");
	g_assert_nonnull(strstr(skip->reason, "is for pictures from URLs"));
}

static char *source_of_only(struct fixture *f)
{
	look(f);
	g_assert_cmpuint(f->folder.finds->len, ==, 1);
	return g_strdup(
		((struct packer_find *)f->folder.finds->pdata[0])->source);
}

static void set_time(struct fixture *f, const char *name)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};

	g_assert_cmpint(utimensat(f->dirfd, name, times, 0), ==, 0);
}

static void each_state_has_a_source_of_its_own(struct fixture *f,
					       const void *data)
{
	g_autofree char *first = NULL, *same = NULL, *later = NULL;
	g_autofree char *other = NULL, *with_sidecar = NULL;

	(void)data;
	put(f, "x.png", "one");
	set_time(f, "x.png");
	first = source_of_only(f);
	same = source_of_only(f);
	g_assert_cmpstr(first, ==, same);
	/* The same length and the same time, but a change all the same. */
	g_usleep(20000);
	put(f, "x.png", "two");
	set_time(f, "x.png");
	later = source_of_only(f);
	g_assert_cmpstr(later, !=, first);
	put(f, ".y", "two");
	g_assert_cmpint(renameat(f->dirfd, ".y", f->dirfd, "x.png"), ==, 0);
	other = source_of_only(f);
	g_assert_cmpstr(other, !=, later);
	put(f, "x.json", "{}");
	with_sidecar = source_of_only(f);
	g_assert_cmpstr(with_sidecar, !=, other);
}

static void fresh_files_are_told(struct fixture *f, const void *data)
{
	(void)data;
	look(f);
	g_assert_false(f->folder.is_fresh);
	put(f, "x.png", "one");
	look(f);
	g_assert_true(f->folder.is_fresh);
	g_usleep(100000);
	look(f);
	g_assert_false(f->folder.is_fresh);
}

static void a_folder_that_is_none_is_an_error(struct fixture *f,
					      const void *data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(packer_folder_read(-1, &f->folder, &error));
	g_assert_nonnull(error);
}

static void add(const char *path, void (*test)(struct fixture *, const void *))
{
	g_test_add(path, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/packer-folder/found", pictures_are_found_with_their_sidecars);
	add("/packer-folder/two", of_two_the_first_picture_wins);
	add("/packer-folder/names", names_have_limits);
	add("/packer-folder/taken", one_name_is_taken);
	add("/packer-folder/source", each_state_has_a_source_of_its_own);
	add("/packer-folder/fresh", fresh_files_are_told);
	add("/packer-folder/none", a_folder_that_is_none_is_an_error);
	return g_test_run();
}
