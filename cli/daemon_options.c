#include "config.h"

#include "cli/daemon_options.h"

#include <string.h>

#include "fcgi/settings_table.h"

static gboolean keep(const char *name, const char *value, void *data,
		     GError **error)
{
	struct daemon_options *options = data;

	(void)error;
	options->has_packs |= strcmp(name, "--packs") == 0;
	g_ptr_array_add(options->arguments,
			g_strconcat(name, "=", value, NULL));
	return TRUE;
}

void daemon_options_init(struct daemon_options *options)
{
	options->arguments = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(options->arguments, g_strdup("caption"));
}

void daemon_options_fini(struct daemon_options *options)
{
	g_ptr_array_unref(options->arguments);
}

/* A default that fits the help's line. */
enum { SHORT_CHARS = 48 };

static void add_row(const struct setting *setting, GArray *options)
{
	const char *fallback = setting->fallback;
	g_autofree char *help =
		fallback && strlen(fallback) <= SHORT_CHARS
			? g_strdup_printf("%s (%s)", setting->help, fallback)
			: g_strdup(setting->help);
	const GOptionEntry entry = {setting->name,
				    0,
				    G_OPTION_FLAG_FILENAME,
				    G_OPTION_ARG_CALLBACK,
				    (void *)keep,
				    g_intern_string(help),
				    setting->arg};

	g_array_append_val(options, entry);
}

void daemon_options_add(const char *const *names, GArray *options)
{
	const GOptionEntry config = {"config",
				     'c',
				     G_OPTION_FLAG_FILENAME,
				     G_OPTION_ARG_CALLBACK,
				     (void *)keep,
				     "captiond's key file, for all below",
				     "FILE"};

	g_array_append_val(options, config);
	for (; *names; names++)
		add_row(setting_find(*names), options);
}

struct settings *daemon_options_read(const struct daemon_options *options,
				     GError **error)
{
	enum settings_action action;

	return settings_read((int)options->arguments->len,
			     (char **)options->arguments->pdata, &action,
			     error);
}
