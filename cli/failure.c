#include "config.h"

#include "cli/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

#include "fcgi/packer_make.h"
#include "fcgi/settings.h"
#include "fcgi/url_auth.h"
#include "render/fonts.h"
#include "render/macro.h"
#include "render/pack.h"

G_DEFINE_QUARK(caption_failure, failure)

/* A code of -1 is any. */
static const struct {
	GQuark (*domain)(void);
	int code;
	int status;
} statuses[] = {
	{macro_error_quark, -1, EX_DATAERR},
	{fonts_error_quark, FONTS_ERROR_NOT_FOUND, EX_NOINPUT},
	{fonts_error_quark, FONTS_ERROR_SETUP, EX_CONFIG},
	{packer_error_quark, PACKER_ERROR_PICTURE, EX_DATAERR},
	{packer_error_quark, PACKER_ERROR_AGAIN, EX_TEMPFAIL},
	{pack_error_quark, -1, EX_DATAERR},
	{settings_error_quark, -1, EX_USAGE},
	{url_auth_error_quark, -1, EX_USAGE},
	{g_option_error_quark, -1, EX_USAGE},
};

gboolean failure_set(GError **error, int status, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list args;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, FAILURE, status, message);
	return FALSE;
}

int failure_status(const GError *error)
{
	if (error->domain == FAILURE)
		return error->code;
	for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
		if (error->domain == statuses[i].domain() &&
		    (statuses[i].code < 0 || statuses[i].code == error->code))
			return statuses[i].status;
	return EX_SOFTWARE;
}

/* A message may quote a server or a file's name. */
static void write_line(const char *message)
{
	g_autofree char *valid = g_utf8_make_valid(message, -1);
	g_autoptr(GString) line = g_string_new("caption: ");

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (g_unichar_iscntrl(character))
			g_string_append_printf(line, "\\x%02x",
					       (guint)character);
		else
			g_string_append_unichar(line, character);
	}
	fprintf(stderr, "%s\n", line->str);
}

int failure_report(const GError *error)
{
	write_line(error->message);
	return failure_status(error);
}

void failure_note(const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list args;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	write_line(message);
}
