#include "config.h"

#include "fcgi/settings_table.h"

#include <stddef.h>
#include <string.h>

#include "render/fonts.h"

#define ACCESS_POLICIES "open|key|signature|either"

#define AT(field) offsetof(struct settings, field)

const struct setting settings_table[] = {
	{"listen", 'l', SETTING_STRING, AT(listen), 0, 0, NULL, NULL,
	 "unix:PATH|HOST:PORT",
	 "Where to listen (default: the socket on descriptor 0)"},
	{"listen-mode", 0, SETTING_STRING, AT(listen_mode), 0, 0, NULL, NULL,
	 "MODE", "Mode of the unix socket, in octal (default: 660)"},
	{"listen-owner", 0, SETTING_STRING, AT(listen_owner), 0, 0, NULL, NULL,
	 "USER", "Owner of the unix socket (default: --user)"},
	{"listen-group", 0, SETTING_STRING, AT(listen_group), 0, 0, NULL, NULL,
	 "GROUP", "Group of the unix socket (default: --group)"},
	{"workers", 'w', SETTING_RANGE, AT(workers), 1, 512, NULL, NULL,
	 "N|LEAST-MOST",
	 "Worker processes; LEAST-MOST: as many as it takes (default: the "
	 "processors)"},
	{"templates", 't', SETTING_STRING, AT(templates_dir), 0, 0,
	 TEMPLATES_DIR, NULL, "DIR", "Folder of template pictures"},
	{"fonts", 'f', SETTING_STRING, AT(fonts_dir), 0, 0, NULL, NULL, "DIR",
	 "Folder of the site's own fonts"},
	{"packs", 'p', SETTING_STRING, AT(packs_dir), 0, 0, PACKS_DIR, NULL,
	 "DIR", "Folder for packs, made from the templates"},
	{"packer", 0, SETTING_STRING, AT(packer), 0, 0, NULL, NULL, "PROGRAM",
	 "The packer (default: captiond-packer as installed)"},
	{"default-fonts", 0, SETTING_LIST, AT(default_fonts), 0, 0,
	 "Impact;NotoSans-ExtraCondensedBlack;OpenSans-CondBold", NULL,
	 "NAME;...", "Fonts of a caption without one; the first there is"},
	{"fallback-fonts", 0, SETTING_LIST, AT(fallback_font_dirs), 0, 0,
	 FALLBACK_FONT_DIRS, NULL, "DIR;...",
	 "Folders of the default font and of other scripts' fonts"},
	{"fallback-faces", 0, SETTING_LIST, AT(fallback_faces), 0, 0,
	 FONTS_FALLBACKS, NULL, "GLOB;...",
	 "Their files, in the order they are asked, without suffix"},
	{"jpeg-quality", 0, SETTING_INT, AT(jpeg_quality), 1, 100, "85", NULL,
	 "N", "Quality of JPEG answers"},
	{"jpeg-chroma", 0, SETTING_CHOICE, AT(jpeg_chroma), 0, 0, "420",
	 "420|444", "420|444", "Chroma sampling of JPEG answers"},
	{"gif-quality", 0, SETTING_INT, AT(gif_quality), 1, 100, "100", NULL,
	 "N", "Quality of GIF answers that need a new palette"},
	{"webp-quality", 0, SETTING_INT, AT(webp_quality), 1, 100, "80", NULL,
	 "N", "Quality of WebP answers"},
	{"webp-method", 0, SETTING_INT, AT(webp_method), 0, 6, "2", NULL, "N",
	 "What WebP answers cost: 0 is fast, 6 is small"},
	{"template-cache", 0, SETTING_INT, AT(template_cache), 1, 100000,
	 "1024", NULL, "N", "Templates a worker keeps mapped"},
	{"font-cache", 0, SETTING_INT, AT(font_cache), 1, 10000, "64", NULL,
	 "N", "Fonts a worker keeps loaded"},
	{"pack-cache", 0, SETTING_INT, AT(pack_cache_mib), 0, 1048576, "256",
	 NULL, "MIB",
	 "MiB on the disk for sizes, formats and qualities asked for often; "
	 "0: off"},
	{"origins", 0, SETTING_STRING, AT(origins_path), 0, 0, NULL, NULL,
	 "FILE", "Key file of where `background` pictures may come from"},
	{"origin-cache", 0, SETTING_INT, AT(origin_cache_mib), 1, 1048576,
	 "256", NULL, "MIB", "MiB on the disk for those pictures"},
	{"request-timeout", 0, SETTING_INT, AT(request_timeout_s), 0, 3600,
	 "10", NULL, "S",
	 "Seconds after which a request's worker is replaced; a "
	 "render gives up at half of it; 0: off"},
	{"queue-timeout", 0, SETTING_INT, AT(queue_timeout_s), 0, 3600, "2",
	 NULL, "S", "Seconds that a request may have waited; 0: off"},
	{"error-pages", 0, SETTING_STRING, AT(error_pages_dir), 0, 0, NULL,
	 NULL, "DIR", "Folder of error pages (default: the installed one)"},
	{"keys", 0, SETTING_STRING, AT(keys_path), 0, 0, NULL, NULL, "FILE",
	 "Key file; see --hash-key"},
	{"signing-secrets", 0, SETTING_STRING, AT(signing_secrets_path), 0, 0,
	 NULL, NULL, "FILE", "Secrets that URLs are signed with, one a line"},
	{"require-render", 0, SETTING_CHOICE, AT(require_render), 0, 0, "open",
	 ACCESS_POLICIES, ACCESS_POLICIES, "Who may have pictures"},
	{"require-lists", 0, SETTING_CHOICE, AT(require_lists), 0, 0, "open",
	 ACCESS_POLICIES, ACCESS_POLICIES, "Who may have /templates, /fonts"},
	{"require-stats", 0, SETTING_CHOICE, AT(require_stats), 0, 0, "open",
	 ACCESS_POLICIES, ACCESS_POLICIES, "Who may have /stats"},
	{"max-requests", 0, SETTING_INT, AT(max_requests), 0, 1000000000,
	 "100000", NULL, "N",
	 "Requests that a worker serves before it is replaced, give or take "
	 "a tenth; 0: any number"},
	{"max-growth", 0, SETTING_INT, AT(max_growth_mib), 0, 1048576, "64",
	 NULL, "MIB",
	 "MiB by which a worker's own memory grows before it is replaced; "
	 "0: any"},
	{"shutdown-timeout", 0, SETTING_INT, AT(shutdown_timeout_s), 0, 3600,
	 "30", NULL, "S", "Seconds that requests have to end at shutdown"},
	{"admin", 0, SETTING_STRING, AT(admin), 0, 0, NULL, NULL,
	 "unix:PATH|HOST:PORT",
	 "Where /healthz, /readyz, /status and /metrics are (default: "
	 "nowhere)"},
	{"user", 0, SETTING_STRING, AT(user), 0, 0, NULL, NULL, "USER",
	 "Who workers and packer run as, where root starts captiond"},
	{"group", 0, SETTING_STRING, AT(group), 0, 0, NULL, NULL, "GROUP",
	 "Their group, and that of a socket made (default: the user's own)"},
	{"sandbox", 0, SETTING_CHOICE, AT(sandbox), 0, 0, "on", "on|off",
	 "on|off",
	 "Whether they give up what they have no need of; off: to debug"},
	{"log", 0, SETTING_STRING, AT(log), 0, 0, "stderr", NULL,
	 "stderr|syslog[:SOCKET]|FILE", "Where the log goes"},
	{"access-log", 0, SETTING_STRING, AT(access_log), 0, 0, "off", NULL,
	 "off|stderr|syslog[:SOCKET]|FILE",
	 "Where a line for each request goes"},
	{"access-log-format", 0, SETTING_STRING, AT(access_log_format), 0, 0,
	 "json", NULL, "json|text|FORMAT",
	 "What such a line looks like; a format has {fields}"},
	{"slow-log", 0, SETTING_STRING, AT(slow_log), 0, 0, "off", NULL,
	 "off|stderr|syslog[:SOCKET]|FILE",
	 "Where a line for each slow request goes"},
	{"slow-time", 0, SETTING_INT, AT(slow_time_ms), 0, 3600000, "1000",
	 NULL, "MS", "Milliseconds from which a request is slow; 0: never"},
};

const gsize settings_table_len = G_N_ELEMENTS(settings_table);

const struct setting *setting_find(const char *name)
{
	for (gsize i = 0; i < settings_table_len; i++)
		if (strcmp(settings_table[i].name, name) == 0)
			return &settings_table[i];
	return NULL;
}

void setting_usage_error(GError **error, const char *name, const char *value,
			 const char *allowed)
{
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
		    "%s: '%s' given, %s expected", name, value, allowed);
}

gboolean setting_is_choice(const char *choices, const char *value)
{
	g_auto(GStrv) list = g_strsplit(choices, "|", -1);

	return g_strv_contains((const char *const *)list, value);
}

gboolean setting_read_int(const char *name, const char *value, int min, int max,
			  int *out, GError **error)
{
	g_autofree char *allowed = NULL;
	guint64 number;

	if (g_ascii_string_to_unsigned(value, 10, (guint64)min, (guint64)max,
				       &number, NULL)) {
		*out = (int)number;
		return TRUE;
	}
	allowed = g_strdup_printf("a whole number from %d to %d", min, max);
	setting_usage_error(error, name, value, allowed);
	return FALSE;
}

/* N is N-N. */
static gboolean read_range(const struct setting *setting, const char *name,
			   const char *value, int *out, GError **error)
{
	g_auto(GStrv) ends = g_strsplit(value, "-", 3);
	guint n = g_strv_length(ends);
	g_autofree char *allowed = NULL;
	int least, most;

	if ((n == 1 || n == 2) &&
	    setting_read_int(name, ends[0], setting->min, setting->max, &least,
			     NULL) &&
	    setting_read_int(name, ends[n - 1], setting->min, setting->max,
			     &most, NULL) &&
	    least <= most) {
		out[0] = least;
		out[1] = most;
		return TRUE;
	}
	allowed = g_strdup_printf("a whole number from %d to %d, or two as "
				  "LEAST-MOST",
				  setting->min, setting->max);
	setting_usage_error(error, name, value, allowed);
	return FALSE;
}

static gboolean check_choice(const struct setting *setting, const char *name,
			     const char *value, GError **error)
{
	g_autofree char *allowed = NULL;

	if (setting_is_choice(setting->choices, value))
		return TRUE;
	allowed = g_strdup_printf("one of %s", setting->choices);
	setting_usage_error(error, name, value, allowed);
	return FALSE;
}

static gboolean check_string(const struct setting *setting, const char *name,
			     const char *value, GError **error)
{
	if (*value)
		return TRUE;
	setting_usage_error(error, name, value, setting->arg);
	return FALSE;
}

static void replace(char **field, const char *value)
{
	g_free(*field);
	*field = g_strdup(value);
}

gboolean setting_set(const struct setting *setting, struct settings *settings,
		     const char *name, const char *value, GError **error)
{
	void *field = (char *)settings + setting->offset;

	switch (setting->kind) {
	case SETTING_INT:
		return setting_read_int(name, value, setting->min, setting->max,
					field, error);
	case SETTING_RANGE:
		return read_range(setting, name, value, field, error);
	case SETTING_LIST:
		g_strfreev(*(char ***)field);
		*(char ***)field = g_strsplit(value, ";", -1);
		return TRUE;
	case SETTING_CHOICE:
		if (!check_choice(setting, name, value, error))
			return FALSE;
		break;
	case SETTING_STRING:
		if (!check_string(setting, name, value, error))
			return FALSE;
		break;
	}
	replace(field, value);
	return TRUE;
}

static char *range_to_text(const int *ends)
{
	return ends[0] == ends[1] ? g_strdup_printf("%d", ends[0])
				  : g_strdup_printf("%d-%d", ends[0], ends[1]);
}

char *setting_to_text(const struct setting *setting,
		      const struct settings *settings)
{
	const void *field = (const char *)settings + setting->offset;

	switch (setting->kind) {
	case SETTING_INT:
		return g_strdup_printf("%d", *(const int *)field);
	case SETTING_RANGE:
		return range_to_text(field);
	case SETTING_LIST:
		return g_strjoinv(";", *(char **const *)field);
	case SETTING_CHOICE:
	case SETTING_STRING:
		break;
	}
	return g_strdup(*(char *const *)field);
}

void setting_clear(const struct setting *setting, struct settings *settings)
{
	void *field = (char *)settings + setting->offset;

	if (setting->kind == SETTING_LIST)
		g_clear_pointer((char ***)field, g_strfreev);
	else if (setting->kind != SETTING_INT && setting->kind != SETTING_RANGE)
		g_clear_pointer((char **)field, g_free);
}
