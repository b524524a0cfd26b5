/* captiond-fetcher: reads its options and the origins, runs the fetcher. */
#include "config.h"

#include "fcgi/fetcher.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "fcgi/log.h"
#include "fcgi/privileges.h"
#include "fcgi/sandbox.h"

/* Some for each transfer; what libcurl and TLS keep, and a picture in each. */
enum { OPEN_FILES_MOST = 1024, OWN_MEMORY_MIB = 1024 };

struct options {
	char *origins, *packs, *sandbox, *log;
	int cache_mib, board_fd, bell_fd;
	gboolean is_version;
	int verbosity;
};

static gboolean count_verbosity(const char *name, const char *value, void *data,
				GError **error)
{
	struct options *options = data;
	gboolean is_more =
		strcmp(name, "-v") == 0 || strcmp(name, "--verbose") == 0;

	(void)value, (void)error;
	options->verbosity += is_more ? 1 : -1;
	return TRUE;
}

static gboolean refuse(GError **error, const char *option, const char *expected)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "%s: %s expected", option, expected);
	return FALSE;
}

static gboolean check_options(const struct options *options, int argc,
			      GError **error)
{
	if (argc > 1)
		return refuse(error, "arguments", "none");
	if (!options->origins)
		return refuse(error, "--origins", "a file");
	if (!options->packs)
		return refuse(error, "--packs", "a folder");
	if (options->cache_mib < 1)
		return refuse(error, "--cache", "1 or more");
	if (strcmp(options->sandbox, "on") != 0 &&
	    strcmp(options->sandbox, "off") != 0)
		return refuse(error, "--sandbox", "on or off");
	if (options->board_fd < 0)
		return refuse(error, "--scoreboard-fd", "a descriptor");
	if (options->bell_fd < 0)
		return refuse(error, "--bell-fd", "a descriptor");
	return TRUE;
}

static gboolean read_options(int argc, char **argv, struct options *out,
			     GError **error)
{
	const GOptionEntry entries[] = {
		{"origins", 0, 0, G_OPTION_ARG_FILENAME, &out->origins,
		 "Key file of the origins", "FILE"},
		{"packs", 0, 0, G_OPTION_ARG_FILENAME, &out->packs,
		 "Folder of packs, in which the pictures go", "DIR"},
		{"cache", 0, 0, G_OPTION_ARG_INT, &out->cache_mib,
		 "MiB of pictures and their packs (256)", "N"},
		{"sandbox", 0, 0, G_OPTION_ARG_STRING, &out->sandbox,
		 "Whether to give up what it has no need of (on)", "on|off"},
		{"scoreboard-fd", 0, 0, G_OPTION_ARG_INT, &out->board_fd,
		 "Where captiond's scoreboard is open", "N"},
		{"bell-fd", 0, 0, G_OPTION_ARG_INT, &out->bell_fd,
		 "What workers ring", "N"},
		{"log", 0, 0, G_OPTION_ARG_STRING, &out->log,
		 "Where the log goes (stderr)", "stderr|syslog[:SOCKET]|FILE"},
		{"verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
		 (void *)count_verbosity, "Log more; may be repeated", NULL},
		{"quiet", 'q', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
		 (void *)count_verbosity, "Log less; may be repeated", NULL},
		{"version", 0, 0, G_OPTION_ARG_NONE, &out->is_version,
		 "Say which version this is", NULL},
		{0},
	};
	g_autoptr(GOptionContext) context =
		g_option_context_new("- fetch pictures for captiond");
	GOptionGroup *group = g_option_group_new("fetcher", "", "", out, NULL);

	g_option_group_add_entries(group, entries);
	g_option_context_set_main_group(context, group);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	/* Not before: GOption would lose it. */
	if (!out->sandbox)
		out->sandbox = g_strdup("on");
	return (out->is_version || check_options(out, argc, error));
}

static int run(const struct options *options)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(origins_auto) origins = NULL;
	struct fetcher_setup setup = {
		.packs_dir = options->packs,
		.bytes_max = (guint64)options->cache_mib << 20,
		.bell_fd = options->bell_fd,
		.is_sandboxed = strcmp(options->sandbox, "on") == 0,
	};

	log_set_role("fetcher");
	if (options->log && !log_open(options->log, &error)) {
		log_error("%s", error->message);
		return EX_USAGE;
	}
	log_set_level(log_level_from_verbosity(options->verbosity));
	privileges_limit(OPEN_FILES_MOST, OWN_MEMORY_MIB);
	privileges_harden();
	/* It serves captiond, and ends with it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	setup.board = scoreboard_map(options->board_fd, &error);
	if (setup.board)
		origins = origins_read(options->origins, &error);
	if (!origins) {
		log_error("%s", error->message);
		return EX_USAGE;
	}
	setup.origins = origins;
	return sandbox_leave(setup.is_sandboxed, fetcher_run(&setup));
}

int main(int argc, char **argv)
{
	struct options options = {
		.cache_mib = 256, .board_fd = -1, .bell_fd = -1};
	g_autoptr(GError) error = NULL;
	int status = EX_USAGE;

	/* Only character types: numbers keep their point in every locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (!read_options(argc, argv, &options, &error)) {
		fprintf(stderr, "captiond-fetcher: %s\n", error->message);
	} else if (options.is_version) {
		puts(PACKAGE_STRING);
		status = EXIT_SUCCESS;
	} else {
		status = run(&options);
	}
	g_free(options.origins);
	g_free(options.packs);
	g_free(options.sandbox);
	g_free(options.log);
	return status;
}
