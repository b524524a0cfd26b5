/* settings.h - what an operator may set, from a key file and the command line.
 *
 * Each setting is one row of the table in settings_table.c: its name (an option and a
 * key of the file's group [captiond]), what it allows, its default and its
 * help. The file is read first; the command line wins.
 */
#pragma once

#include <glib.h>

#include "fcgi/listener_access.h"

#include "fcgi/privileges.h"

#define SETTINGS_ERROR (settings_error_quark())
GQuark settings_error_quark(void);
enum settings_error {
	SETTINGS_ERROR_USAGE, /* names the setting, what was given and what is
				   allowed; exit status 64 */
};

/* What is not given stands at the table's default. Strings are the settings's. */
struct access;
struct error_pages;

struct settings {
	char *listen; /* NULL: descriptor 0 or LISTEN_FDS */
	char *listen_mode, *listen_owner, *listen_group; /* NULL: as made */
	int workers, workers_max; /* least and most; equal: fixed */
	char *templates_dir;
	char *fonts_dir; /* NULL: none */
	char *packs_dir;
	char *packer; /* the program; NULL: found beside captiond */
	char **default_fonts;
	char **fallback_font_dirs;
	char **fallback_faces;
	int jpeg_quality;
	char *jpeg_chroma; /* "420" or "444" */
	int gif_quality;
	int webp_quality, webp_method;
	int template_cache, font_cache;
	int pack_cache_mib; /* 0: off */
	gboolean preload_templates, preload_fonts;
	int request_timeout_s; /* 0: off */
	int queue_timeout_s;   /* 0: off */
	int shutdown_timeout_s;
	int max_requests;   /* 0: off */
	int max_growth_mib; /* 0: off */
	char *admin;	    /* where admin listens; NULL: nowhere */
	char *user, *group; /* NULL: as it was started */
	char *sandbox;	    /* "on" or "off" */
	char *log;	    /* targets, as log_sink_open() takes them */
	char *access_log, *access_log_format, *slow_log;
	int slow_time_ms; /* 0: none is slow */
	int verbosity;	  /* number of -v less number of -q */

	char *origins_path; /* of background pictures; NULL: none */
	int origin_cache_mib;

	char *keys_path;	    /* NULL: none */
	char *signing_secrets_path; /* NULL: none */
	/* "open", "key", "signature" or "either" */
	char *require_render, *require_lists, *require_stats;

	char *error_pages_dir; /* NULL: the installed one, if it is there */

	/* What the files named above say, read by the *_compile() functions
	 * before anybody is forked; NULL until then. */
	struct access *access;
	struct error_pages *error_pages;

	GPtrArray *preload; /* as given, to find contradictions */
	struct listener_access listen_access; /* mode, owner and group */
	struct privileges *runs_as; /* user and group; NULL: as started */
};

enum settings_action {
	SETTINGS_RUN,
	SETTINGS_CHECK,
	SETTINGS_HASH_KEY,
	SETTINGS_STATUS,
	SETTINGS_VERSION,
};

/* Reads argv (help is printed and ends the process with 0, as GOption does).
 * Errors: SETTINGS_ERROR_USAGE. */
struct settings *settings_read(int argc, char **argv, enum settings_action *out,
			       GError **error);
void settings_free(struct settings *settings);
typedef struct settings settings_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(settings_auto, settings_free)

/* What is in force, as a key file that --settings would read back. The caller
 * frees it. */
char *settings_to_text(const struct settings *settings);
