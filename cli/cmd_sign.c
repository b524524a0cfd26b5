/* caption sign: a URL that a server takes from whoever has it. */
#include "config.h"

#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/failure.h"
#include "fcgi/secret_file.h"
#include "fcgi/signature.h"

/* A hundred years: longer is a slip of the hand. */
#define EXPIRES_S_MAX (G_GINT64_CONSTANT(100) * 366 * 24 * 3600)

struct options {
	char *secret_file, *until;
	gint64 expires_s; /* 0: not given */
};

static gboolean read_options(const struct command *command, char ***argv,
			     struct options *out, GError **error)
{
	const GOptionEntry entries[] = {
		{"secret-file", 's', 0, G_OPTION_ARG_FILENAME,
		 &out->secret_file, "File with the server's secret", "FILE"},
		{"expires", 'e', 0, G_OPTION_ARG_INT64, &out->expires_s,
		 "Seconds from now on for which it holds", "S"},
		{"until", 'u', 0, G_OPTION_ARG_STRING, &out->until,
		 "When it ends: 2030-01-31T12:00:00Z, or Unix seconds", "TIME"},
	};
	g_autoptr(GArray) all =
		command_options_new(entries, G_N_ELEMENTS(entries));

	if (!command_parse(command, all, NULL, argv, error) ||
	    !command_arguments(*argv, 1, 1, "URL", error))
		return FALSE;
	if (!out->secret_file)
		return failure_set(error, EX_USAGE,
				   "--secret-file FILE expected");
	if (out->until && out->expires_s)
		return failure_set(error, EX_USAGE,
				   "--expires and --until exclude each other");
	if (out->expires_s < 0 || out->expires_s > EXPIRES_S_MAX)
		return failure_set(error, EX_USAGE,
				   "--expires: a number of seconds from 1 to "
				   "%" G_GINT64_FORMAT " expected",
				   EXPIRES_S_MAX);
	return TRUE;
}

static gint64 now_s(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

/* A time without a zone would mean another moment on another machine. */
static gboolean read_until(const char *text, gint64 *out, GError **error)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
	guint64 seconds;

	if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &seconds, NULL))
		*out = (gint64)seconds;
	else if (time)
		*out = g_date_time_to_unix(time);
	else
		return failure_set(error, EX_USAGE,
				   "--until: '%s' given, a time with its zone "
				   "as 2030-01-31T12:00:00Z, or Unix seconds, "
				   "expected",
				   text);
	if (*out > now_s())
		return TRUE;
	return failure_set(error, EX_USAGE, "--until: '%s' is over", text);
}

/* 0: it never ends. */
static gboolean read_end(const struct options *options, gint64 *out,
			 GError **error)
{
	*out = options->expires_s ? now_s() + options->expires_s : 0;
	return !options->until || read_until(options->until, out, error);
}

static GPtrArray *read_secrets(const char *path, GError **error)
{
	g_autoptr(GError) cause = NULL;
	gsize size = 0;
	char *text = secret_file_read(path, &size, &cause);
	gboolean is_read = text != NULL;
	GPtrArray *secrets = NULL;

	if (is_read)
		secrets = signature_secrets(text, size, &cause);
	secret_file_free(text, size);
	if (!secrets)
		(void)failure_set(error, is_read ? EX_DATAERR : EX_NOINPUT,
				  "cannot read the secret: %s", cause->message);
	return secrets;
}

/* Where the target begins in the URL: after scheme and host, if it has them.
 * NULL: it is neither a URL of http or https nor a target. */
static const char *find_target(const char *url)
{
	static const char *const schemes[] = {"http://", "https://"};

	if (*url == '/')
		return url;
	for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
		gsize size = strlen(schemes[i]);
		gsize host =
			strlen(url) > size ? strcspn(url + size, "/?#") : 0;

		if (host > 0 && g_ascii_strncasecmp(url, schemes[i], size) == 0)
			return url + size + host;
	}
	return NULL;
}

/* Clients take dot segments out of a path before they send it, and what was
 * signed would not be what is sent. */
static gboolean has_dots(const char *target)
{
	g_autofree char *path = g_strndup(target, strcspn(target, "?"));
	g_auto(GStrv) segments = g_strsplit(path, "/", -1);

	for (char **at = segments; *at; at++) {
		g_autofree char *plain = g_uri_unescape_string(*at, NULL);

		if (plain &&
		    (strcmp(plain, ".") == 0 || strcmp(plain, "..") == 0))
			return TRUE;
	}
	return FALSE;
}

static char *sign_target(GBytes *secret, const char *target, gint64 end_s,
			 GError **error)
{
	g_autoptr(GError) cause = NULL;
	char *result;

	if (has_dots(target)) {
		(void)failure_set(error, EX_DATAERR,
				  "'%s': clients change a path with dot "
				  "segments",
				  target);
		return NULL;
	}
	result = signature_sign(secret, target, end_s, &cause);
	if (!result)
		(void)failure_set(error, EX_DATAERR, "'%s': %s", target,
				  cause->message);
	return result;
}

/* The fragment, which is never sent, comes after the signature. */
static char *sign(GBytes *secret, const char *url, gint64 end_s, GError **error)
{
	const char *begin = find_target(url);
	gsize size = begin ? strcspn(begin, "#") : 0;
	g_autofree char *target = NULL;
	g_autofree char *result = NULL;

	if (!begin) {
		(void)failure_set(error, EX_USAGE,
				  "'%s': a URL of http or https, or a target "
				  "that begins with a slash, expected",
				  url);
		return NULL;
	}
	/* Clients send a slash where a URL has no path. */
	target = g_strdup_printf("%s%.*s", *begin == '/' ? "" : "/", (int)size,
				 begin);
	result = sign_target(secret, target, end_s, error);
	if (!result)
		return NULL;
	return g_strdup_printf("%.*s%s%s", (int)(begin - url), url, result,
			       begin + size);
}

static gboolean run(const struct command *command, char ***argv,
		    struct options *options, GError **error)
{
	g_autoptr(GPtrArray) secrets = NULL;
	g_autofree char *url = NULL;
	gint64 end_s;

	if (!read_options(command, argv, options, error) ||
	    !read_end(options, &end_s, error))
		return FALSE;
	secrets = read_secrets(options->secret_file, error);
	if (!secrets)
		return FALSE;
	url = sign(secrets->pdata[0], (*argv)[1], end_s, error);
	if (!url)
		return FALSE;
	if (puts(url) >= 0 && fflush(stdout) == 0)
		return TRUE;
	return failure_set(error, EX_IOERR, "cannot write standard output");
}

int command_sign(const struct command *command, char **argv)
{
	g_auto(GStrv) arguments = g_strdupv(argv);
	struct options options = {0};
	g_autoptr(GError) error = NULL;
	gboolean is_done = run(command, &arguments, &options, &error);

	g_free(options.secret_file);
	g_free(options.until);
	return is_done ? EXIT_SUCCESS : failure_report(error);
}
