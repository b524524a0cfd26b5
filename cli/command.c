#include "config.h"

#include "cli/command.h"

#include <sysexits.h>

#include "cli/failure.h"

GArray *command_options_new(const GOptionEntry *own, gsize n)
{
	GArray *options = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));

	return n ? g_array_append_vals(options, own, (guint)n) : options;
}

gboolean command_parse(const struct command *command, const GArray *options,
		       void *data, char ***argv, GError **error)
{
	g_autoptr(GOptionContext) context =
		g_option_context_new(command->arguments);
	g_autofree char *program = g_strconcat("caption ", command->name, NULL);
	GOptionGroup *group = g_option_group_new("main", "", "", data, NULL);

	g_set_prgname(program);
	g_option_context_set_summary(context, command->summary);
	if (command->notes)
		g_option_context_set_description(context, command->notes);
	g_option_group_add_entries(
		group, (const GOptionEntry *)(const void *)options->data);
	g_option_context_set_main_group(context, group);
	return g_option_context_parse_strv(context, argv, error);
}

gboolean command_arguments(char **argv, guint n_min, guint n_max,
			   const char *wanted, GError **error)
{
	guint n = g_strv_length(argv) - 1;

	if (n < n_min)
		return failure_set(error, EX_USAGE, "%s expected", wanted);
	if (n > n_max)
		return failure_set(error, EX_USAGE, "unexpected argument '%s'",
				   argv[n_max + 1]);
	return TRUE;
}
