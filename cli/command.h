/* command.h - the subcommands, each in a file of its own.
 */
#pragma once

#include <glib.h>

struct command {
	const char *name;
	const char *arguments; /* as the help shows them */
	const char *summary;
	/* argv[0] is the subcommand's name. Returns the exit status. */
	int (*run)(const struct command *command, char **argv);
	const char *notes; /* below the options; NULL: none */
};

int command_check(const struct command *command, char **argv);
int command_get(const struct command *command, char **argv);
int command_list(const struct command *command, char **argv);
int command_pack(const struct command *command, char **argv);
int command_render(const struct command *command, char **argv);
int command_sign(const struct command *command, char **argv);

/* Options of a subcommand: GOptionEntry, zero-terminated. What several have in
 * common is appended by the module that reads it. */
GArray *command_options_new(const GOptionEntry *own, gsize n);

/* Reads the options out of argv, which the caller frees with g_strfreev; what
 * is left in it are the arguments. data goes to the options' callbacks. --help
 * prints the help and exits with 0. Errors: G_OPTION_ERROR. */
gboolean command_parse(const struct command *command, const GArray *options,
		       void *data, char ***argv, GError **error);

/* The arguments that the options left: n_min to n_max of them, "wanted" to the
 * user. Error: FAILURE of status EX_USAGE. */
gboolean command_arguments(char **argv, guint n_min, guint n_max,
			   const char *wanted, GError **error);
