/* caption pack: the packs of a folder, made before anybody asks. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/daemon_options.h"
#include "cli/failure.h"
#include "cli/pack_index.h"
#include "fcgi/log.h"
#include "fcgi/packer.h"
#include "render/autoptr.h"

/* Where a picture was refused. */
enum { STATUS_REFUSED = 1 };

static const char *const daemon_names[] = {"packs",	  "jpeg-quality",
					   "jpeg-chroma", "gif-quality",
					   "pack-cache",  NULL};

/* From the line's start, and what was there is cleared. */
static void show_progress(const struct packer_tally *tally, void *data)
{
	struct packer_tally *last = data;
	gboolean is_news = tally->n_left != last->n_left;

	*last = *tally;
	if (!isatty(STDERR_FILENO))
		return;
	if (tally->n_left == 0)
		fputs("\r\033[K", stderr);
	else if (is_news)
		fprintf(stderr, "\r\033[Kpacking, %u of %u left", tally->n_left,
			tally->n_templates);
}

static int run_packer(const struct settings *settings, const char *dir,
		      struct packer_tally *out)
{
	const struct packer_setup setup = {
		.templates_dir = dir,
		.packs_dir = settings->packs_dir,
		.jpeg = {settings->jpeg_quality,
			 strcmp(settings->jpeg_chroma, "444") == 0},
		.gif_quality = settings->gif_quality,
		.variant_bytes_max = (guint64)settings->pack_cache_mib << 20,
		.is_once = TRUE,
		.progress = show_progress,
		.progress_data = out,
	};

	/* What was refused is told at the end, in order. */
	log_set_role("caption");
	log_set_level(LOG_LEVEL_ERROR);
	return packer_run(&setup);
}

static const char *get_string(struct json_object *entry, const char *key)
{
	return json_object_get_string(json_object_object_get(entry, key));
}

/* A sidecar that was left out is among them. */
static gboolean tell_refused(const char *packs_dir, gsize *out_n,
			     GError **error)
{
	g_autoptr(json_object_auto) index = pack_index_read(packs_dir, error);
	struct json_object *skipped;

	if (!index)
		return FALSE;
	skipped = json_object_object_get(index, "skipped");
	*out_n = json_object_array_length(skipped);
	for (gsize i = 0; i < *out_n; i++) {
		struct json_object *entry =
			json_object_array_get_idx(skipped, i);

		failure_note("refused '%s': %s", get_string(entry, "file"),
			     get_string(entry, "reason"));
	}
	return TRUE;
}

static gboolean pack(const struct settings *settings, const char *dir,
		     int *status, GError **error)
{
	struct packer_tally tally = {.n_left = 1};
	int ended = run_packer(settings, dir, &tally);
	gsize n_refused = 0;

	/* Its own message is in the log. */
	if (ended != 0)
		return failure_set(error, ended, "'%s' is not packed", dir);
	if (tally.n_left > 0)
		return failure_set(error, EX_TEMPFAIL,
				   "stopped before '%s' was packed", dir);
	if (!tell_refused(settings->packs_dir, &n_refused, error))
		return FALSE;
	printf("packed=%u current=%u refused=%" G_GSIZE_FORMAT "\n",
	       tally.n_packed, tally.n_current, n_refused);
	*status = n_refused ? STATUS_REFUSED : EXIT_SUCCESS;
	return TRUE;
}

static gboolean check_folder(const char *dir, GError **error)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				   dir, g_strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return failure_set(error, EX_NOINPUT, "'%s' is no folder", dir);
	return TRUE;
}

static gboolean run(const struct command *command, char ***argv,
		    struct daemon_options *options, int *status, GError **error)
{
	g_autoptr(GArray) all = command_options_new(NULL, 0);
	g_autoptr(settings_auto) settings = NULL;

	daemon_options_add(daemon_names, all);
	if (!command_parse(command, all, options, argv, error) ||
	    !command_arguments(*argv, 1, 1, "DIR", error))
		return FALSE;
	settings = daemon_options_read(options, error);
	return settings && check_folder((*argv)[1], error) &&
	       pack(settings, (*argv)[1], status, error);
}

int command_pack(const struct command *command, char **argv)
{
	g_auto(GStrv) arguments = g_strdupv(argv);
	struct daemon_options options = {0};
	g_autoptr(GError) error = NULL;
	int status = EXIT_SUCCESS;
	gboolean is_done;

	daemon_options_init(&options);
	is_done = run(command, &arguments, &options, &status, &error);
	daemon_options_fini(&options);
	return is_done ? status : failure_report(error);
}
