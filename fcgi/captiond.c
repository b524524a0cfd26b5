/* captiond: reads the configuration, opens the socket, runs the master. */
#include "config.h"

#include "fcgi/access_format.h"
#include "fcgi/settings.h"
#include "fcgi/log.h"
#include "fcgi/master.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static int fail(int status, const GError *error)
{
	fprintf(stderr, "captiond: %s\n", error->message);
	return status;
}

/* Folders that must be there are looked for before anything is bound. */
static gboolean check_folders(const struct settings *settings, GError **error)
{
	const struct {
		const char *name, *path;
	} folders[] = {
		{"templates", settings->templates_dir},
		{"fonts", settings->fonts_dir},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
		if (!folders[i].path ||
		    g_file_test(folders[i].path, G_FILE_TEST_IS_DIR))
			continue;
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "%s: '%s' given, a folder expected",
			    folders[i].name, folders[i].path);
		return FALSE;
	}
	if (g_mkdir_with_parents(settings->packs_dir, 0755) == 0)
		return TRUE;
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
		    "packs: '%s' given, a folder that can be made expected: %s",
		    settings->packs_dir, g_strerror(errno));
	return FALSE;
}

static gboolean check_formats(const struct settings *settings, GError **error)
{
	g_autoptr(access_format_auto) format = access_format_new(
		"access-log-format", settings->access_log_format, error);

	return format != NULL;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(settings_auto) settings = NULL;
	g_autofree char *text = NULL;
	enum settings_action action;

	/* Only character types: numbers keep their point in every locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	settings = settings_read(argc, argv, &action, &error);
	if (action == SETTINGS_VERSION) {
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (!settings || !check_folders(settings, &error) ||
	    !check_formats(settings, &error))
		return fail(EX_USAGE, error);
	log_set_level(log_level_from_verbosity(settings->verbosity));
	if (action == SETTINGS_RUN)
		return master_run(settings);
	text = settings_to_text(settings);
	fputs(text, stdout);
	return EXIT_SUCCESS;
}
