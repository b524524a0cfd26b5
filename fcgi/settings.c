#include "config.h"

#include "fcgi/settings.h"

#include <string.h>
#include <unistd.h>

#include "fcgi/access.h"
#include "fcgi/error_pages.h"
#include "fcgi/settings_table.h"

G_DEFINE_QUARK(captiond_settings_error, settings_error)

static void set_defaults(struct settings *settings)
{
	for (gsize i = 0; i < settings_table_len; i++) {
		const struct setting *setting = &settings_table[i];

		if (setting->fallback &&
		    !setting_set(setting, settings, setting->name,
				 setting->fallback, NULL))
			g_assert_not_reached();
	}
	settings->workers = settings->workers_max =
		(int)CLAMP(sysconf(_SC_NPROCESSORS_ONLN), 1, 512);
	settings->preload = g_ptr_array_new_with_free_func(g_free);
}

static gboolean add_preload(struct settings *settings, const char *name,
			    const char *value, GError **error)
{
	if (!setting_is_choice("all|both|none|templates|fonts", value)) {
		setting_usage_error(error, name, value,
				    "one of all|both|none|templates|fonts");
		return FALSE;
	}
	g_ptr_array_add(settings->preload, g_strdup(value));
	return TRUE;
}

/* `none` with anything else can't be meant. */
static gboolean settle_preload(struct settings *settings, GError **error)
{
	gboolean is_none = FALSE;

	if (settings->preload->len == 0)
		g_ptr_array_add(settings->preload, g_strdup("all"));
	for (guint i = 0; i < settings->preload->len; i++) {
		const char *value = g_ptr_array_index(settings->preload, i);
		gboolean is_all = setting_is_choice("all|both", value);

		is_none |= strcmp(value, "none") == 0;
		settings->preload_templates |=
			is_all || strcmp(value, "templates") == 0;
		settings->preload_fonts |=
			is_all || strcmp(value, "fonts") == 0;
	}
	if (!is_none ||
	    (!settings->preload_templates && !settings->preload_fonts))
		return TRUE;
	g_ptr_array_add(settings->preload, NULL);
	{
		g_autofree char *given =
			g_strjoinv(", ", (char **)settings->preload->pdata);

		setting_usage_error(
			error, "preload", given,
			"either none or some of all|both|templates|fonts");
	}
	return FALSE;
}

static gboolean set_key(struct settings *settings, GKeyFile *file,
			const char *key, GError **error)
{
	const struct setting *setting = setting_find(key);
	g_autofree char *value =
		g_key_file_get_string(file, "captiond", key, error);

	if (!value)
		return FALSE;
	if (setting)
		return setting_set(setting, settings, key, value, error);
	if (strcmp(key, "preload") == 0) {
		g_auto(GStrv) list = g_strsplit(value, ";", -1);

		for (char **at = list; *at; at++)
			if (**at && !add_preload(settings, key, *at, error))
				return FALSE;
		return TRUE;
	}
	if (strcmp(key, "verbosity") == 0) {
		int level;

		if (!setting_read_int(key, value, 0, 4, &level, error))
			return FALSE;
		settings->verbosity = level - 2;
		return TRUE;
	}
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
		    "unknown key '%s' in the group [captiond]", key);
	return FALSE;
}

static gboolean check_groups(GKeyFile *file, GError **error)
{
	g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);

	for (char **group = groups; *group; group++) {
		if (strcmp(*group, "captiond") == 0)
			continue;
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "unknown group [%s], [captiond] expected", *group);
		return FALSE;
	}
	return TRUE;
}

static gboolean read_file(struct settings *settings, const char *path,
			  GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) cause = NULL;
	g_auto(GStrv) keys = NULL;
	gboolean is_good = g_key_file_load_from_file(file, path,
						     G_KEY_FILE_NONE, &cause) &&
			   check_groups(file, &cause);

	if (is_good)
		keys = g_key_file_get_keys(file, "captiond", NULL, NULL);
	for (char **key = keys; is_good && key && *key; key++)
		is_good = set_key(settings, file, *key, &cause);
	if (!is_good)
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "%s: %s", path, cause->message);
	return is_good;
}

/* The command line as GOption saw it, kept until the file has been read. */
struct command_line {
	GPtrArray *names, *values;
	char *file;
	int verbose, quiet;
	gboolean is_check, is_version, is_hash_key, is_status;
};

static gboolean keep_option(const char *name, const char *value, void *data,
			    GError **error)
{
	struct command_line *line = data;

	(void)error;
	g_ptr_array_add(line->names, g_strdup(name));
	g_ptr_array_add(line->values, g_strdup(value));
	return TRUE;
}

static gboolean count_v(const char *name, const char *value, void *data,
			GError **error)
{
	(void)name, (void)value, (void)error;
	((struct command_line *)data)->verbose++;
	return TRUE;
}

static gboolean count_q(const char *name, const char *value, void *data,
			GError **error)
{
	(void)name, (void)value, (void)error;
	((struct command_line *)data)->quiet++;
	return TRUE;
}

static void add_settings(GOptionGroup *group)
{
	for (gsize i = 0; i < settings_table_len; i++) {
		const struct setting *setting = &settings_table[i];
		g_autofree char *help =
			setting->fallback ? g_strdup_printf("%s (default: %s)",
							    setting->help,
							    setting->fallback)
					  : g_strdup(setting->help);
		GOptionEntry entries[] = {
			{setting->name, setting->letter, 0,
			 G_OPTION_ARG_CALLBACK, (void *)keep_option,
			 g_intern_string(help), setting->arg},
			G_OPTION_ENTRY_NULL,
		};

		g_option_group_add_entries(group, entries);
	}
}

static gboolean parse_command_line(struct command_line *line, char ***argv,
				   GError **error)
{
	const GOptionEntry entries[] = {
		{"config", 'c', 0, G_OPTION_ARG_FILENAME, &line->file,
		 "Key file with these settings, group [captiond]", "FILE"},
		{"preload", 0, 0, G_OPTION_ARG_CALLBACK, (void *)keep_option,
		 "What a worker loads at its start; may be repeated "
		 "(default: all)",
		 "all|both|none|templates|fonts"},
		{"verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
		 (void *)count_v, "Log more; may be repeated", NULL},
		{"quiet", 'q', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK,
		 (void *)count_q, "Log less; may be repeated", NULL},
		{"hash-key", 0, 0, G_OPTION_ARG_NONE, &line->is_hash_key,
		 "Read a key from standard input, print its column for the key "
		 "file, exit",
		 NULL},
		{"check", 0, 0, G_OPTION_ARG_NONE, &line->is_check,
		 "Read the configuration, print what is in force, exit", NULL},
		{"status", 0, 0, G_OPTION_ARG_NONE, &line->is_status,
		 "Print how the pool does whose --admin this is, exit", NULL},
		{"version", 'V', 0, G_OPTION_ARG_NONE, &line->is_version,
		 "Print the version and exit", NULL},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	GOptionGroup *group = g_option_group_new("main", "", "", line, NULL);

	g_option_group_add_entries(group, entries);
	add_settings(group);
	g_option_context_set_main_group(context, group);
	g_option_context_set_summary(
		context, "Puts captions on pictures, behind nginx, over "
			 "FastCGI.");
	if (!g_option_context_parse_strv(context, argv, error))
		return FALSE;
	if ((*argv)[0] && (*argv)[1]) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "unexpected argument '%s'", (*argv)[1]);
		return FALSE;
	}
	if (line->verbose && line->quiet) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "-v and -q given, one or the other expected");
		return FALSE;
	}
	return TRUE;
}

static gboolean apply_command_line(struct settings *settings,
				   const struct command_line *line,
				   GError **error)
{
	for (guint i = 0; i < line->names->len; i++) {
		const char *name = g_ptr_array_index(line->names, i);
		const char *value = g_ptr_array_index(line->values, i);
		const char *stem = name + strspn(name, "-");
		const struct setting *setting = setting_find(stem);

		for (gsize j = 0; !setting && j < settings_table_len; j++)
			if (settings_table[j].letter == *stem && !stem[1])
				setting = &settings_table[j];
		if (setting ? !setting_set(setting, settings, name, value,
					   error)
			    : !add_preload(settings, name, value, error))
			return FALSE;
	}
	if (line->verbose || line->quiet)
		settings->verbosity = line->verbose - line->quiet;
	return TRUE;
}

static void command_line_fini(struct command_line *line)
{
	g_ptr_array_unref(line->names);
	g_ptr_array_unref(line->values);
	g_free(line->file);
}

/* The command line's --preload replaces the file's, as all of it does. */
static gboolean has_preload(const struct command_line *line)
{
	for (guint i = 0; i < line->names->len; i++)
		if (strcmp(g_ptr_array_index(line->names, i), "--preload") == 0)
			return TRUE;
	return FALSE;
}

static gboolean settle(struct settings *settings, struct command_line *line,
		       char ***argv, GError **error)
{
	if (!parse_command_line(line, argv, error))
		return FALSE;
	set_defaults(settings);
	if (line->file && !read_file(settings, line->file, error))
		return FALSE;
	if (has_preload(line))
		g_ptr_array_set_size(settings->preload, 0);
	return apply_command_line(settings, line, error) &&
	       settle_preload(settings, error);
}

struct settings *settings_read(int argc, char **argv, enum settings_action *out,
			       GError **error)
{
	g_autoptr(settings_auto) settings = g_new0(struct settings, 1);
	g_auto(GStrv) args = g_new0(char *, (gsize)argc + 1);
	struct command_line line = {
		.names = g_ptr_array_new_with_free_func(g_free),
		.values = g_ptr_array_new_with_free_func(g_free),
	};
	g_autoptr(GError) cause = NULL;
	gboolean is_good;

	for (int i = 0; i < argc; i++)
		args[i] = g_strdup(argv[i]);
	is_good = settle(settings, &line, &args, &cause);
	*out = line.is_version	  ? SETTINGS_VERSION
	       : line.is_check	  ? SETTINGS_CHECK
	       : line.is_hash_key ? SETTINGS_HASH_KEY
	       : line.is_status	  ? SETTINGS_STATUS
				  : SETTINGS_RUN;
	command_line_fini(&line);
	if (!is_good) {
		g_set_error_literal(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
				    cause->message);
		return NULL;
	}
	return g_steal_pointer(&settings);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (gsize i = 0; i < settings_table_len; i++)
		setting_clear(&settings_table[i], settings);
	access_free(settings->access);
	error_pages_free(settings->error_pages);
	if (settings->preload)
		g_ptr_array_unref(settings->preload);
	privileges_free(settings->runs_as);
	g_free(settings);
}

static void append_setting(GKeyFile *file, const struct settings *settings,
			   const struct setting *setting)
{
	g_autofree char *text = setting_to_text(setting, settings);

	if (text)
		g_key_file_set_string(file, "captiond", setting->name, text);
}

char *settings_to_text(const struct settings *settings)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	const char *preload =
		settings->preload_templates
			? settings->preload_fonts ? "all" : "templates"
		: settings->preload_fonts ? "fonts"
					  : "none";

	for (gsize i = 0; i < settings_table_len; i++)
		append_setting(file, settings, &settings_table[i]);
	g_key_file_set_string(file, "captiond", "preload", preload);
	g_key_file_set_integer(file, "captiond", "verbosity",
			       CLAMP(settings->verbosity, -2, 2) + 2);
	return g_key_file_to_data(file, NULL, NULL);
}
