/* The table of roles: what the master starts, and in which order. */
#include "config.h"

#include "fcgi/role.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "fcgi/admin.h"
#include "fcgi/fetches.h"
#include "fcgi/log.h"
#include "fcgi/variants.h"
#include "fcgi/worker.h"

/* Beside captiond itself, as in a build tree; else where it was installed. */
static char *find_program(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = self ? g_path_get_dirname(self) : NULL;
	g_autofree char *beside =
		dir ? g_build_filename(dir, name, NULL) : NULL;

	if (beside && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
		return g_steal_pointer(&beside);
	return g_build_filename(LIBEXEC_DIR, name, NULL);
}

static void add_option(GStrvBuilder *builder, const char *name,
		       const char *value)
{
	g_strv_builder_add_many(builder, name, value, NULL);
}

static void add_number(GStrvBuilder *builder, const char *name, int value)
{
	g_autofree char *text = g_strdup_printf("%d", value);

	add_option(builder, name, text);
}

static void add_common(GStrvBuilder *builder, const struct settings *settings)
{
	g_autofree char *log = log_target();

	add_option(builder, "--sandbox", settings->sandbox);
	add_number(builder, "--scoreboard-fd", ROLE_BOARD_FD);
	add_option(builder, "--log", log);
	for (int i = 0; i < ABS(settings->verbosity); i++)
		g_strv_builder_add(builder,
				   settings->verbosity > 0 ? "-v" : "-q");
}

static void give(const struct settings *settings, const char *path)
{
	if (!privileges_give(settings->runs_as, path) && errno != ENOENT)
		log_error("cannot give '%s' to '%s': %s", path, settings->user,
			  g_strerror(errno));
}

/* Root's own, with nothing in it or what a pool has made: another one may be
 * there by mistake. While it is root's nobody can put a link in our way. */
static gboolean is_ours_to_give(const char *dir)
{
	g_autofree char *index = g_build_filename(dir, "index.json", NULL);
	g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
	struct stat st;

	return listing && lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == 0 && !(st.st_mode & S_IWOTH) &&
	       (!g_dir_read_name(listing) ||
		g_file_test(index, G_FILE_TEST_IS_REGULAR));
}

/* Here, since workers look for the folder as soon as the packer does; and the
 * packer may not be root, who made it now, or before there was a user. */
static void make_packs(const struct settings *settings)
{
	static const char *const below[] = {
		VARIANTS_DIR, ORIGIN_PICTURES_DIR, ORIGIN_PACKS_DIR};
	const char *dir = settings->packs_dir;

	if (g_mkdir_with_parents(dir, 0755) < 0)
		log_error("cannot make '%s': %s", dir, g_strerror(errno));
	if (!settings->runs_as || !is_ours_to_give(dir))
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(below); i++) {
		g_autofree char *path = g_build_filename(dir, below[i], NULL);

		give(settings, path);
	}
	give(settings, dir);
}

static char **packer_command(const struct role_start *start)
{
	const struct settings *settings = start->settings;
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autofree char *program = settings->packer
					   ? g_strdup(settings->packer)
					   : find_program("captiond-packer");

	g_strv_builder_add(builder, program);
	add_option(builder, "--templates", settings->templates_dir);
	add_option(builder, "--packs", settings->packs_dir);
	add_number(builder, "--jpeg-quality", settings->jpeg_quality);
	add_option(builder, "--jpeg-chroma", settings->jpeg_chroma);
	add_number(builder, "--gif-quality", settings->gif_quality);
	add_number(builder, "--pack-cache", settings->pack_cache_mib);
	if (settings->origins_path)
		g_strv_builder_add(builder, "--origins");
	add_common(builder, settings);
	return g_strv_builder_end(builder);
}

static gboolean is_fetcher_wanted(const struct settings *settings)
{
	return settings->origins_path != NULL;
}

/* What the origins' file holds stays in it: anybody may read arguments. */
static char **fetcher_command(const struct role_start *start)
{
	const struct settings *settings = start->settings;
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autofree char *program = find_program("captiond-fetcher");

	g_strv_builder_add(builder, program);
	add_option(builder, "--origins", settings->origins_path);
	add_option(builder, "--packs", settings->packs_dir);
	add_number(builder, "--cache", settings->origin_cache_mib);
	add_number(builder, "--bell-fd", ROLE_BELL_FD);
	add_common(builder, settings);
	return g_strv_builder_end(builder);
}

static const char *worker_address(const struct settings *settings)
{
	return settings->listen;
}

const struct role role_table[ROLE_COUNT] = {
	[ROLE_PACKER] =
		{
			.name = "packer",
			.prepare = make_packs,
			.command = packer_command,
			.renewal = ROLE_NUDGE,
			.is_alone = TRUE,
			.stop_signal = SIGTERM,
			.setup_status = EX_USAGE,
		},
	[ROLE_FETCHER] =
		{
			.name = "fetcher",
			.is_wanted = is_fetcher_wanted,
			.command = fetcher_command,
			.renewal = ROLE_REPLACE, /* it has read its file */
			.is_alone = TRUE,
			.stop_signal = SIGTERM,
			.setup_status = EX_USAGE,
		},
	[ROLE_WORKER] =
		{
			.name = "worker",
			.address = worker_address,
			.run = worker_run,
			.renewal = ROLE_ROLL,
			.stop_signal = SIGTERM,
			.setup_status = WORKER_EXIT_SETUP,
		},
	[ROLE_ADMIN] =
		{
			.name = "admin",
			.is_wanted = admin_is_wanted,
			.address = admin_address,
			.run = admin_run,
			.renewal = ROLE_REPLACE,
			.stop_signal = SIGTERM,
			.setup_status = EX_CONFIG,
		},
};
