/* captiond: reads the configuration, opens the socket, runs the master. */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "fcgi/configuration.h"
#include "fcgi/descriptors.h"
#include "fcgi/keys.h"
#include "fcgi/log.h"
#include "fcgi/master.h"
#include "fcgi/privileges.h"
#include "fcgi/settings.h"
#include "fcgi/status_client.h"
#include "render/autoptr.h"

static int fail(int status, const GError *error)
{
	fprintf(stderr, "captiond: %s\n", error->message);
	return status;
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

/* Exits with 0 where the pool is ready, and 1 where it is not. */
static int print_status(const struct settings *settings)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_object_auto) page = NULL;
	g_autofree char *table = NULL;
	gboolean is_ready;

	if (!settings->admin) {
		fputs("captiond: --status: nobody to ask, --admin expected\n",
		      stderr);
		return EX_USAGE;
	}
	page = status_client_ask(settings->admin, &error);
	if (!page)
		return fail(EX_UNAVAILABLE, error);
	table = status_client_table(page, &is_ready);
	fputs(table, stdout);
	return is_ready ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(settings_auto) settings = NULL;
	g_autofree char *text = NULL;
	enum settings_action action;

	descriptors_close_strays("CAPTIOND_");
	/* Only character types: numbers keep their point in every locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	settings = settings_read(argc, argv, &action, &error);
	if (action == SETTINGS_VERSION) {
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (settings && action == SETTINGS_HASH_KEY)
		return hash_key();
	if (settings && action == SETTINGS_STATUS)
		return print_status(settings);
	if (!settings || !configuration_compile(settings, &error))
		return fail(EX_USAGE, error);
	log_set_level(log_level_from_verbosity(settings->verbosity));
	if (action == SETTINGS_RUN) {
#ifndef WITH_SANITIZERS /* LeakSanitizer would have to trace it */
		/* Its memory holds secrets. */
		privileges_harden();
#endif
		return master_run(g_steal_pointer(&settings), argc, argv);
	}
	text = settings_to_text(settings);
	fputs(text, stdout);
	return EXIT_SUCCESS;
}
