/* caption render: a macro drawn without a server. */
#include "config.h"

#include "cli/command.h"

#include <stdlib.h>
#include <sysexits.h>

#include "cli/daemon_options.h"
#include "cli/failure.h"
#include "cli/macro_input.h"
#include "cli/macro_shell.h"
#include "cli/offline.h"
#include "cli/output.h"

struct options {
	char *output;
	gboolean is_verbose;
	struct macro_input input;
	struct daemon_options daemon;
};

/* What a picture's bytes depend on, and where packs are. */
static const char *const daemon_names[] = {
	"templates",	  "fonts",	    "packs",	    "default-fonts",
	"fallback-fonts", "fallback-faces", "jpeg-quality", "jpeg-chroma",
	"gif-quality",	  "webp-quality",   "webp-method",  NULL,
};

static gboolean read_options(const struct command *command, char ***argv,
			     struct options *out, GError **error)
{
	const GOptionEntry entries[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &out->output,
		 "Where the picture goes; - is standard output (-)", "FILE"},
		{"verbose", 'v', 0, G_OPTION_ARG_NONE, &out->is_verbose,
		 "Say what was drawn", NULL},
	};
	g_autoptr(GArray) all =
		command_options_new(entries, G_N_ELEMENTS(entries));

	macro_input_options(&out->input, all);
	daemon_options_add(daemon_names, all);
	return command_parse(command, all, &out->daemon, argv, error) &&
	       command_arguments(*argv, 0, 1, "MACRO", error);
}

static void tell(const struct macro *macro,
		 const struct offline_picture *picture)
{
	g_autofree char *shell = macro_shell_write(macro);

	failure_note("%s: %s, %d x %d pixels, %" G_GSIZE_FORMAT " bytes",
		     shell ? shell : macro->template_id,
		     macro_format_name(picture->format), picture->width_px,
		     picture->height_px, g_bytes_get_size(picture->bytes));
}

static gboolean draw(const struct options *options, const struct macro *macro,
		     GError **error)
{
	g_autoptr(settings_auto) settings =
		daemon_options_read(&options->daemon, error);
	g_autoptr(GBytes) bytes = NULL;
	struct offline_picture picture;

	if (!settings ||
	    !offline_draw(settings,
			  options->daemon.has_packs ? settings->packs_dir
						    : NULL,
			  macro, &picture, error))
		return FALSE;
	bytes = picture.bytes;
	if (!output_write(options->output, g_bytes_get_data(bytes, NULL),
			  g_bytes_get_size(bytes), error))
		return FALSE;
	if (options->is_verbose)
		tell(macro, &picture);
	return TRUE;
}

static gboolean run(const struct command *command, char ***argv,
		    struct options *options, GError **error)
{
	g_autoptr(macro_auto) macro = NULL;

	if (!read_options(command, argv, options, error) ||
	    !output_check(options->output, error))
		return FALSE;
	macro = macro_input_read(&options->input, (*argv)[1], options->output,
				 error);
	if (!macro)
		return FALSE;
	if (!macro->is_description)
		return draw(options, macro, error);
	return failure_set(error, EX_USAGE,
			   "only a server describes a macro (format json): "
			   "caption get");
}

int command_render(const struct command *command, char **argv)
{
	g_auto(GStrv) arguments = g_strdupv(argv);
	struct options options = {0};
	g_autoptr(GError) error = NULL;
	gboolean is_done;

	daemon_options_init(&options.daemon);
	is_done = run(command, &arguments, &options, &error);
	macro_input_fini(&options.input);
	daemon_options_fini(&options.daemon);
	g_free(options.output);
	return is_done ? EXIT_SUCCESS : failure_report(error);
}
