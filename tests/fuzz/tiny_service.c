#include "config.h"

#include "tests/fuzz/tiny_service.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fcgi/configuration.h"
#include "fcgi/log.h"
#include "fcgi/packer_entry.h"
#include "fcgi/packer_make.h"
#include "render/autoptr.h"

enum { WIDTH_PX = 48, HEIGHT_PX = 32 };

static char *folder;

static void empty_folder(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		(void)g_remove(file);
	}
	if (dir)
		g_dir_close(dir);
	(void)g_rmdir(path);
}

static void remove_folder(void)
{
	g_autofree char *templates =
		g_build_filename(folder, "templates", NULL);
	g_autofree char *packs = g_build_filename(folder, "packs", NULL);

	empty_folder(templates);
	empty_folder(packs);
	(void)g_rmdir(folder);
	g_free(folder);
}

/* Opens a folder that is made for it. */
static int make_folder(const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	int fd;

	g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_assert_cmpint(fd, >=, 0);
	return fd;
}

static void write_template(void)
{
	g_autofree char *path =
		g_build_filename(folder, "templates", "x.png", NULL);
	g_autoptr(cairo_surface_t) surface = cairo_image_surface_create(
		CAIRO_FORMAT_ARGB32, WIDTH_PX, HEIGHT_PX);

	g_assert_cmpint(cairo_surface_write_to_png(surface, path), ==,
			CAIRO_STATUS_SUCCESS);
}

static void write_index(int packs_fd)
{
	g_autoptr(packer_index_auto) index = packer_index_new();
	g_autoptr(pack_auto) pack = pack_open(packs_fd, "x.pack", NULL);
	g_autofree char *sidecar_error = NULL;
	g_autofree char *entry = NULL;

	g_assert_nonnull(pack);
	entry = packer_entry_text("x", pack, &sidecar_error);
	g_assert_nonnull(entry);
	packer_index_add_entry(index, entry);
	g_assert_true(packer_index_write(index, packs_fd, NULL));
}

/* What the packer would do with one picture. */
static void make_pack(void)
{
	struct packer_folder found;
	struct packer_order order = {
		.templates_fd = make_folder("templates"),
		.packs_fd = make_folder("packs"),
		.jpeg = {.quality = 85},
	};

	write_template();
	g_assert_true(packer_folder_read(order.templates_fd, &found, NULL));
	g_assert_cmpuint(found.finds->len, ==, 1);
	order.find = g_ptr_array_index(found.finds, 0);
	g_assert_true(packer_make(&order, NULL) &&
		      pack_commit(order.packs_fd, "x.pack", NULL));
	write_index(order.packs_fd);
	packer_folder_fini(&found);
	(void)close(order.templates_fd);
	(void)close(order.packs_fd);
}

static struct settings *make_settings(void)
{
	const char *fonts = g_getenv("TEST_FONTS");
	g_autofree char *line = g_strdup_printf(
		"captiond --templates %s/templates --packs %s/packs "
		"--fonts %s/site --default-fonts Block "
		"--fallback-fonts %s/fallback --workers 1",
		folder, folder, fonts, fonts);
	g_auto(GStrv) args = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	enum settings_action action;
	struct settings *settings =
		settings_read((int)g_strv_length(args), args, &action, &error);

	g_assert_no_error(error);
	g_assert_true(configuration_compile(settings, &error));
	return settings;
}

struct service *tiny_service(void)
{
	static struct service service;
	g_autoptr(GError) error = NULL;
	struct scoreboard *board;
	int board_fd;

	if (service.settings)
		return &service;
	g_assert_nonnull(g_getenv("TEST_FONTS"));
	log_set_level(LOG_LEVEL_ERROR);
	folder = g_dir_make_tmp("captiond-fuzz-XXXXXX", NULL);
	g_assert_nonnull(folder);
	(void)atexit(remove_folder);
	make_pack();
	board = scoreboard_create(&board_fd, &error);
	g_assert_no_error(error);
	scoreboard_bump_generation(board);
	g_assert_true(
		service_init(&service, make_settings(), board, 0, &error));
	return &service;
}
