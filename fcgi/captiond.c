/* captiond: reads the configuration, opens the socket, runs the master. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "fcgi/access.h"
#include "fcgi/access_format.h"
#include "fcgi/keys.h"
#include "fcgi/log.h"
#include "fcgi/master.h"
#include "fcgi/settings.h"

static int fail(int status, const GError *error)
{
	fprintf(stderr, "captiond: %s\n", error->message);
	return status;
}

/* Folders that must be there are looked for before anything is bound. */
static gboolean check_folders(struct settings *settings, GError **error)
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

static gboolean check_formats(struct settings *settings, GError **error)
{
	g_autoptr(access_format_auto) format = access_format_new(
		"access-log-format", settings->access_log_format, error);

	return format != NULL;
}

/* What must hold of settings beyond each one's own range, and what they are
 * made into for the workers. */
static gboolean compile(struct settings *settings, GError **error)
{
	static gboolean (*const steps[])(struct settings *, GError **) = {
		check_folders,
		check_formats,
		access_compile,
	};

	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
		if (!steps[i](settings, error))
			return FALSE;
	return TRUE;
}

/* From standard input: everybody can read the arguments of a process. */
static int hash_key(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = NULL;
	char line[KEYS_KEY_BYTES_MAX + 3] = "";

	if (!fgets(line, sizeof(line), stdin))
		*line = '\0';
	hash = keys_hash(g_strchomp(line), &error);
	explicit_bzero(line, sizeof(line));
	if (!hash)
		return fail(EX_DATAERR, error);
	puts(hash);
	return EXIT_SUCCESS;
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
	if (settings && action == SETTINGS_HASH_KEY)
		return hash_key();
	if (!settings || !compile(settings, &error))
		return fail(EX_USAGE, error);
	log_set_level(log_level_from_verbosity(settings->verbosity));
	if (action == SETTINGS_RUN)
		return master_run(settings);
	text = settings_to_text(settings);
	fputs(text, stdout);
	return EXIT_SUCCESS;
}
