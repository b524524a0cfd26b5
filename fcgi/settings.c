#include "config.h"

#include "fcgi/settings.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "render/fonts.h"

G_DEFINE_QUARK(captiond_settings_error, settings_error)

enum kind { KIND_STRING, KIND_INT, KIND_CHOICE, KIND_LIST };

/* One setting. A row's fields are what its kind reads. */
struct setting {
	const char *name;
	char letter;
	enum kind kind;
	gsize offset;
	int min, max;
	const char *fallback; /* the default; NULL: unset */
	const char *choices;  /* KIND_CHOICE: separated by | */
	const char *arg;
	const char *help;
};

#define AT(field) offsetof(struct settings, field)

static const struct setting table[] = {
	{"listen", 'l', KIND_STRING, AT(listen), 0, 0, NULL, NULL,
	 "unix:PATH|HOST:PORT",
	 "Where to listen (default: the socket on descriptor 0)"},
	{"workers", 'w', KIND_INT, AT(workers), 1, 512, NULL, NULL, "N",
	 "Worker processes (default: the processors)"},
	{"templates", 't', KIND_STRING, AT(templates_dir), 0, 0, TEMPLATES_DIR,
	 NULL, "DIR", "Folder of template pictures"},
	{"fonts", 'f', KIND_STRING, AT(fonts_dir), 0, 0, NULL, NULL, "DIR",
	 "Folder of the site's own fonts"},
	{"packs", 'p', KIND_STRING, AT(packs_dir), 0, 0, PACKS_DIR, NULL, "DIR",
	 "Folder for packs, made from the templates"},
	{"packer", 0, KIND_STRING, AT(packer), 0, 0, NULL, NULL, "PROGRAM",
	 "The packer (default: captiond-packer as installed)"},
	{"default-fonts", 0, KIND_LIST, AT(default_fonts), 0, 0,
	 "Impact;NotoSans-ExtraCondensedBlack;OpenSans-CondBold", NULL,
	 "NAME;...", "Fonts of a caption without one; the first there is"},
	{"fallback-fonts", 0, KIND_LIST, AT(fallback_font_dirs), 0, 0,
	 FALLBACK_FONT_DIRS, NULL, "DIR;...",
	 "Folders of the default font and of other scripts' fonts"},
	{"fallback-faces", 0, KIND_LIST, AT(fallback_faces), 0, 0,
	 FONTS_FALLBACKS, NULL, "GLOB;...",
	 "Their files, in the order they are asked, without suffix"},
	{"jpeg-quality", 0, KIND_INT, AT(jpeg_quality), 1, 100, "85", NULL, "N",
	 "Quality of JPEG answers"},
	{"jpeg-chroma", 0, KIND_CHOICE, AT(jpeg_chroma), 0, 0, "420", "420|444",
	 "420|444", "Chroma sampling of JPEG answers"},
	{"gif-quality", 0, KIND_INT, AT(gif_quality), 1, 100, "100", NULL, "N",
	 "Quality of GIF answers that need a new palette"},
	{"webp-quality", 0, KIND_INT, AT(webp_quality), 1, 100, "80", NULL, "N",
	 "Quality of WebP answers"},
	{"webp-method", 0, KIND_INT, AT(webp_method), 0, 6, "2", NULL, "N",
	 "What WebP answers cost: 0 is fast, 6 is small"},
	{"template-cache", 0, KIND_INT, AT(template_cache), 1, 100000, "1024",
	 NULL, "N", "Templates a worker keeps mapped"},
	{"font-cache", 0, KIND_INT, AT(font_cache), 1, 10000, "64", NULL, "N",
	 "Fonts a worker keeps loaded"},
	{"pack-cache", 0, KIND_INT, AT(pack_cache_mib), 0, 1048576, "256", NULL,
	 "MIB",
	 "MiB on the disk for sizes, formats and qualities asked for often; "
	 "0: off"},
	{"request-timeout", 0, KIND_INT, AT(request_timeout_s), 0, 3600, "10",
	 NULL, "S",
	 "Seconds after which a request's worker is replaced; a "
	 "render gives up at half of it; 0: off"},
	{"queue-timeout", 0, KIND_INT, AT(queue_timeout_s), 0, 3600, "2", NULL,
	 "S", "Seconds that a request may have waited; 0: off"},
	{"shutdown-timeout", 0, KIND_INT, AT(shutdown_timeout_s), 0, 3600, "30",
	 NULL, "S", "Seconds that requests have to end at shutdown"},
};

static void usage_error(GError **error, const char *name, const char *value,
			const char *allowed)
{
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
		    "%s: '%s' given, %s expected", name, value, allowed);
}

static gboolean set_int(const struct setting *setting, const char *name,
			const char *value, int *out, GError **error)
{
	g_autofree char *allowed = NULL;
	guint64 number;

	if (g_ascii_string_to_unsigned(value, 10, (guint64)setting->min,
				       (guint64)setting->max, &number, NULL)) {
		*out = (int)number;
		return TRUE;
	}
	allowed = g_strdup_printf("a whole number from %d to %d", setting->min,
				  setting->max);
	usage_error(error, name, value, allowed);
	return FALSE;
}

static gboolean is_choice(const char *choices, const char *value)
{
	g_auto(GStrv) list = g_strsplit(choices, "|", -1);

	return g_strv_contains((const char *const *)list, value);
}

/* name is how the user wrote it: `--workers`, or `workers` in the file. */
static gboolean set_value(struct settings *settings,
			  const struct setting *setting, const char *name,
			  const char *value, GError **error)
{
	void *field = (char *)settings + setting->offset;

	switch (setting->kind) {
	case KIND_INT:
		return set_int(setting, name, value, field, error);
	case KIND_LIST:
		g_strfreev(*(char ***)field);
		*(char ***)field = g_strsplit(value, ";", -1);
		return TRUE;
	case KIND_CHOICE:
		if (!is_choice(setting->choices, value)) {
			g_autofree char *allowed =
				g_strdup_printf("one of %s", setting->choices);

			usage_error(error, name, value, allowed);
			return FALSE;
		}
		break;
	case KIND_STRING:
		if (!*value) {
			usage_error(error, name, value, setting->arg);
			return FALSE;
		}
		break;
	}
	g_free(*(char **)field);
	*(char **)field = g_strdup(value);
	return TRUE;
}

static const struct setting *find_setting(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static void set_defaults(struct settings *settings)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		const struct setting *setting = &table[i];

		if (setting->fallback &&
		    !set_value(settings, setting, setting->name,
			       setting->fallback, NULL))
			g_assert_not_reached();
	}
	settings->workers = (int)CLAMP(sysconf(_SC_NPROCESSORS_ONLN), 1, 512);
	settings->preload = g_ptr_array_new_with_free_func(g_free);
}

static gboolean add_preload(struct settings *settings, const char *name,
			    const char *value, GError **error)
{
	if (!is_choice("all|both|none|templates|fonts", value)) {
		usage_error(error, name, value,
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
		gboolean is_all = is_choice("all|both", value);

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

		usage_error(error, "preload", given,
			    "either none or some of all|both|templates|fonts");
	}
	return FALSE;
}

static gboolean set_key(struct settings *settings, GKeyFile *file,
			const char *key, GError **error)
{
	const struct setting *setting = find_setting(key);
	g_autofree char *value =
		g_key_file_get_string(file, "captiond", key, error);

	if (!value)
		return FALSE;
	if (setting)
		return set_value(settings, setting, key, value, error);
	if (strcmp(key, "preload") == 0) {
		g_auto(GStrv) list = g_strsplit(value, ";", -1);

		for (char **at = list; *at; at++)
			if (**at && !add_preload(settings, key, *at, error))
				return FALSE;
		return TRUE;
	}
	if (strcmp(key, "verbosity") == 0) {
		static const struct setting range = {.min = 0, .max = 4};
		int level;

		if (!set_int(&range, key, value, &level, error))
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
	gboolean is_check, is_version;
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
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		const struct setting *setting = &table[i];
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
		{"check", 0, 0, G_OPTION_ARG_NONE, &line->is_check,
		 "Read the configuration, print what is in force, exit", NULL},
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
		const struct setting *setting = find_setting(stem);

		for (gsize j = 0; !setting && j < G_N_ELEMENTS(table); j++)
			if (table[j].letter == *stem && !stem[1])
				setting = &table[j];
		if (setting ? !set_value(settings, setting, name, value, error)
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
	*out = line.is_version ? SETTINGS_VERSION
	       : line.is_check ? SETTINGS_CHECK
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
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		void *field = (char *)settings + table[i].offset;

		if (table[i].kind == KIND_LIST)
			g_strfreev(*(char ***)field);
		else if (table[i].kind != KIND_INT)
			g_free(*(char **)field);
	}
	if (settings->preload)
		g_ptr_array_unref(settings->preload);
	g_free(settings);
}

static void append_setting(GKeyFile *file, const struct settings *settings,
			   const struct setting *setting)
{
	const void *field = (const char *)settings + setting->offset;
	g_autofree char *list = NULL;

	switch (setting->kind) {
	case KIND_INT:
		g_key_file_set_integer(file, "captiond", setting->name,
				       *(const int *)field);
		return;
	case KIND_LIST:
		list = g_strjoinv(";", *(char **const *)field);
		g_key_file_set_string(file, "captiond", setting->name, list);
		return;
	case KIND_CHOICE:
	case KIND_STRING:
		if (*(char *const *)field)
			g_key_file_set_string(file, "captiond", setting->name,
					      *(char *const *)field);
		return;
	}
}

char *settings_to_text(const struct settings *settings)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	const char *preload =
		settings->preload_templates
			? settings->preload_fonts ? "all" : "templates"
		: settings->preload_fonts ? "fonts"
					  : "none";

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		append_setting(file, settings, &table[i]);
	g_key_file_set_string(file, "captiond", "preload", preload);
	g_key_file_set_integer(file, "captiond", "verbosity",
			       CLAMP(settings->verbosity, -2, 2) + 2);
	return g_key_file_to_data(file, NULL, NULL);
}
