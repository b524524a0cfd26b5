/* caption get: a macro drawn by a server. */
#include "config.h"

#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/client.h"
#include "cli/failure.h"
#include "cli/macro_input.h"
#include "cli/output.h"
#include "render/query.h"

struct options {
	char *output;
	struct macro_input input;
	struct client client;
};

static gboolean read_options(const struct command *command, char ***argv,
			     struct options *out, GError **error)
{
	const GOptionEntry entries[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &out->output,
		 "Where the picture goes; - is standard output (-)", "FILE"},
	};
	g_autoptr(GArray) all =
		command_options_new(entries, G_N_ELEMENTS(entries));

	client_options(&out->client, all);
	macro_input_options(&out->input, all);
	return command_parse(command, all, NULL, argv, error) &&
	       command_arguments(*argv, 0, 1, "MACRO", error);
}

/* With what the canonical form leaves out, since it changes no pixel. */
static char *make_query(const struct macro *macro)
{
	g_autofree char *canonical = macro_to_query(macro);
	GString *query = g_string_new(canonical);

	if (macro->is_description)
		query_append(query, "format", "json");
	if (macro->version)
		query_append(query, "v", macro->version);
	return g_string_free(query, FALSE);
}

static gboolean check_type(const struct answer *answer,
			   const struct macro *macro, GError **error)
{
	const char *wanted =
		macro->is_description ? "application/json" : "image/";

	if (g_ascii_strncasecmp(answer->type, wanted, strlen(wanted)) == 0)
		return TRUE;
	return failure_set(error, EX_PROTOCOL,
			   "the answer is no picture but '%s'", answer->type);
}

static gboolean get(const struct options *options, const struct macro *macro,
		    GError **error)
{
	g_autofree char *query = make_query(macro);
	struct answer answer = {0};
	gboolean is_written = client_ask(&options->client, "/caption", query,
					 &answer, error) &&
			      check_type(&answer, macro, error) &&
			      output_write(options->output, answer.body->data,
					   answer.body->len, error);

	answer_fini(&answer);
	return is_written;
}

static gboolean run(const struct command *command, char ***argv,
		    struct options *options, GError **error)
{
	g_autoptr(macro_auto) macro = NULL;

	if (!read_options(command, argv, options, error) ||
	    !client_open(&options->client, error))
		return FALSE;
	macro = macro_input_read(&options->input, (*argv)[1], options->output,
				 error);
	if (!macro)
		return FALSE;
	/* A description is for reading. */
	return (macro->is_description ||
		output_check(options->output, error)) &&
	       get(options, macro, error);
}

int command_get(const struct command *command, char **argv)
{
	g_auto(GStrv) arguments = g_strdupv(argv);
	struct options options = {0};
	g_autoptr(GError) error = NULL;
	gboolean is_done = run(command, &arguments, &options, &error);

	client_fini(&options.client);
	macro_input_fini(&options.input);
	g_free(options.output);
	return is_done ? EXIT_SUCCESS : failure_report(error);
}
