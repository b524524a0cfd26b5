/* The table of roles: what the master starts, and in which order. */
#include "config.h"

#include "fcgi/role.h"

#include <signal.h>
#include <sysexits.h>

#include "fcgi/admin.h"
#include "fcgi/log.h"
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

	add_number(builder, "--scoreboard-fd", ROLE_BOARD_FD);
	add_option(builder, "--log", log);
	for (int i = 0; i < ABS(settings->verbosity); i++)
		g_strv_builder_add(builder,
				   settings->verbosity > 0 ? "-v" : "-q");
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
			.command = packer_command,
			.renewal = ROLE_NUDGE,
			.stop_signal = SIGTERM,
			.setup_status = EX_USAGE,
		},
	[ROLE_FETCHER] =
		{
			.name = "fetcher",
			.is_wanted = is_fetcher_wanted,
			.command = fetcher_command,
			.renewal = ROLE_REPLACE, /* it has read its file */
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
