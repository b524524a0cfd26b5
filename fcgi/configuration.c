#include "config.h"

#include "fcgi/configuration.h"

#include <unistd.h>

#include "fcgi/access.h"
#include "fcgi/access_format.h"
#include "fcgi/origins.h"
#include "fcgi/error_pages.h"

static gboolean refuse(GError **error, const char *name, const char *value,
		       const char *expected)
{
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
		    "%s: '%s' given, %s expected", name, value, expected);
	return FALSE;
}

static gboolean check_folders(struct settings *settings, GError **error)
{
	const struct {
		const char *name, *path;
	} folders[] = {
		{"templates", settings->templates_dir},
		{"fonts", settings->fonts_dir},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
		if (folders[i].path &&
		    !g_file_test(folders[i].path, G_FILE_TEST_IS_DIR))
			return refuse(error, folders[i].name, folders[i].path,
				      "a folder");
	return TRUE;
}

/* The packer makes it, with what is missing above it. */
static gboolean check_packs(struct settings *settings, GError **error)
{
	g_autofree char *path =
		g_canonicalize_filename(settings->packs_dir, NULL);

	while (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		char *parent = g_path_get_dirname(path);

		g_free(path);
		path = parent;
	}
	if (g_file_test(path, G_FILE_TEST_IS_DIR) && access(path, W_OK) == 0)
		return TRUE;
	return refuse(error, "packs", settings->packs_dir,
		      "a folder that can be written, or made");
}

static gboolean check_packer(struct settings *settings, GError **error)
{
	if (!settings->packer || access(settings->packer, X_OK) == 0)
		return TRUE;
	return refuse(error, "packer", settings->packer, "a program");
}

static gboolean check_formats(struct settings *settings, GError **error)
{
	g_autoptr(access_format_auto) format = access_format_new(
		"access-log-format", settings->access_log_format, error);

	return format != NULL;
}

/* On HUP too: a user may have got another group meanwhile. */
static gboolean find_user(struct settings *settings, GError **error)
{
	g_autoptr(GError) cause = NULL;

	settings->runs_as =
		privileges_find(settings->user, settings->group, &cause);
	if (!cause)
		return TRUE;
	g_set_error_literal(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    cause->message);
	return FALSE;
}

/* The fetcher reads it for itself: no other process needs what it holds. */
static gboolean check_origins(struct settings *settings, GError **error)
{
	g_autoptr(origins_auto) origins = NULL;

	if (!settings->origins_path)
		return TRUE;
	origins = origins_read(settings->origins_path, error);
	if (!origins) {
		g_prefix_error(error, "origins: ");
		return FALSE;
	}
	if (privileges_can_read(settings->runs_as, settings->origins_path))
		return TRUE;
	return refuse(error, "origins", settings->origins_path,
		      "a file that the user's group may read");
}

static gboolean read_listen_access(struct settings *settings, GError **error)
{
	return listener_access_read(
		settings->listen_mode, settings->listen_owner,
		settings->listen_group, &settings->listen_access, error);
}

gboolean configuration_compile(struct settings *settings, GError **error)
{
	static gboolean (*const steps[])(struct settings *, GError **) = {
		check_folders, check_packs,    check_packer,
		check_formats, access_compile, read_listen_access,
		find_user,     check_origins,  error_pages_compile,
	};

	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
		if (!steps[i](settings, error))
			return FALSE;
	return TRUE;
}
