/* captiond-packer: reads its options, runs the packer. */
#include "config.h"

#include "fcgi/packer.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "fcgi/log.h"
#include "fcgi/privileges.h"
#include "fcgi/sandbox.h"

/* A few for each picture at work. */
enum { OPEN_FILES_MOST = 256 };

struct options {
	char *templates, *packs, *chroma, *sandbox;
	char *log; /* NULL: stderr */
	int quality, gif_quality, cache_mib, board_fd;
	gboolean has_origins, is_once, is_version;
	int verbosity;
};

static gboolean count_verbosity(const char *name, const char *value, void *data,
				GError **error)
{
	struct options *options = data;

	(void)value, (void)error;
	options->verbosity +=
		strcmp(name, "-v") == 0 || strcmp(name, "--verbose") == 0 ? 1
									  : -1;
	return TRUE;
}

static gboolean refuse(GError **error, const char *option, const char *given,
		       const char *expected)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "%s: '%s' given, %s expected", option, given, expected);
	return FALSE;
}

static gboolean check_options(const struct options *options, int argc,
			      char **argv, GError **error)
{
	g_autofree char *quality = g_strdup_printf("%d", options->quality);
	g_autofree char *gif_quality =
		g_strdup_printf("%d", options->gif_quality);
	g_autofree char *cache = g_strdup_printf("%d", options->cache_mib);
	g_autofree char *board = g_strdup_printf("%d", options->board_fd);

	if (argc > 1)
		return refuse(error, "arguments", argv[1], "none");
	if (!options->templates)
		return refuse(error, "--templates", "nothing", "a folder");
	if (!options->packs)
		return refuse(error, "--packs", "nothing", "a folder");
	if (options->quality < 1 || options->quality > 100)
		return refuse(error, "--jpeg-quality", quality, "1 to 100");
	if (strcmp(options->chroma, "420") != 0 &&
	    strcmp(options->chroma, "444") != 0)
		return refuse(error, "--jpeg-chroma", options->chroma,
			      "420 or 444");
	if (options->gif_quality < 1 || options->gif_quality > 100)
		return refuse(error, "--gif-quality", gif_quality, "1 to 100");
	if (strcmp(options->sandbox, "on") != 0 &&
	    strcmp(options->sandbox, "off") != 0)
		return refuse(error, "--sandbox", options->sandbox,
			      "on or off");
	if (options->cache_mib < 0)
		return refuse(error, "--pack-cache", cache, "0 or more");
	if (options->board_fd < -1)
		return refuse(error, "--scoreboard-fd", board, "a descriptor");
	return TRUE;
}

static gboolean read_options(int argc, char **argv, struct options *out,
			     GError **error)
{
	const GOptionEntry entries[] = {
		{"templates", 0, 0, G_OPTION_ARG_FILENAME, &out->templates,
		 "Where the pictures lie", "DIR"},
		{"packs", 0, 0, G_OPTION_ARG_FILENAME, &out->packs,
		 "Where the packs go", "DIR"},
		{"jpeg-quality", 0, 0, G_OPTION_ARG_INT, &out->quality,
		 "Quality of JPEG templates, 1 to 100 (85)", "N"},
		{"jpeg-chroma", 0, 0, G_OPTION_ARG_STRING, &out->chroma,
		 "Their sampling, 420 or 444 (420)", "420|444"},
		{"gif-quality", 0, 0, G_OPTION_ARG_INT, &out->gif_quality,
		 "Quality of GIFs in other sizes, 1 to 100 (100)", "N"},
		{"pack-cache", 0, 0, G_OPTION_ARG_INT, &out->cache_mib,
		 "MiB of packs for other sizes and formats; 0: none (256)",
		 "N"},
		{"origins", 0, 0, G_OPTION_ARG_NONE, &out->has_origins,
		 "Pack what captiond-fetcher fetches, too", NULL},
		{"sandbox", 0, 0, G_OPTION_ARG_STRING, &out->sandbox,
		 "Whether to give up what it has no need of (on)", "on|off"},
		{"once", 0, 0, G_OPTION_ARG_NONE, &out->is_once,
		 "Pack what there is, and end", NULL},
		{"scoreboard-fd", 0, 0, G_OPTION_ARG_INT, &out->board_fd,
		 "Where captiond's scoreboard is open", "N"},
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
		g_option_context_new("- make captiond's templates ready");
	GOptionGroup *group = g_option_group_new("packer", "", "", out, NULL);

	g_option_group_add_entries(group, entries);
	g_option_context_set_main_group(context, group);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	/* Not before: GOption would lose it. */
	if (!out->chroma)
		out->chroma = g_strdup("420");
	if (!out->sandbox)
		out->sandbox = g_strdup("on");
	return out->is_version || check_options(out, argc, argv, error);
}

static int run(const struct options *options)
{
	struct packer_setup setup = {
		.templates_dir = options->templates,
		.packs_dir = options->packs,
		.jpeg = {options->quality, strcmp(options->chroma, "444") == 0},
		.gif_quality = options->gif_quality,
		.variant_bytes_max = (guint64)options->cache_mib << 20,
		.has_origins = options->has_origins,
		.is_once = options->is_once,
		.is_sandboxed = strcmp(options->sandbox, "on") == 0,
	};
	g_autoptr(GError) error = NULL;

	log_set_role("packer");
	if (options->log && !log_open(options->log, &error)) {
		log_error("%s", error->message);
		return EX_USAGE;
	}
	log_set_level(log_level_from_verbosity(options->verbosity));
	privileges_limit(OPEN_FILES_MOST, 0);
	privileges_harden();
	if (options->board_fd >= 0) {
		/* It serves captiond, and ends with it. */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		setup.board = scoreboard_map(options->board_fd, &error);
		if (!setup.board) {
			log_error("%s", error->message);
			return EX_USAGE;
		}
	}
	/* What decodes a picture has no business on it. */
	if (setup.board)
		(void)madvise(setup.board, sizeof(*setup.board), MADV_DONTFORK);
	return sandbox_leave(setup.is_sandboxed, packer_run(&setup));
}

int main(int argc, char **argv)
{
	struct options options = {.quality = 85,
				  .gif_quality = 100,
				  .cache_mib = 256,
				  .board_fd = -1};
	g_autoptr(GError) error = NULL;
	int status = EX_USAGE;

	/* Only character types: numbers keep their point in every locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (!read_options(argc, argv, &options, &error)) {
		fprintf(stderr, "captiond-packer: %s\n", error->message);
	} else if (options.is_version) {
		puts(PACKAGE_STRING);
		status = EXIT_SUCCESS;
	} else {
		status = run(&options);
	}
	g_free(options.templates);
	g_free(options.packs);
	g_free(options.chroma);
	g_free(options.sandbox);
	g_free(options.log);
	return status;
}
