/* What it costs to account for a request, and to write its line. */
#include "config.h"

#include "fcgi/access_log.h"

#include <stdio.h>
#include <stdlib.h>

enum { REQUESTS = 200000, MOST_NS = 2000 };

static struct scoreboard_slot slot;

static void serve(struct access_log *log)
{
	struct account account;

	account_begin(&account, &slot);
	account.id = "0123456789abcdef0123456789abcdef";
	account.method = "GET";
	account.path = "/caption";
	account.route = TALLY_CAPTION;
	account.status = 200;
	account.bytes = 40000;
	account_queued(&account, 0.01);
	account_set_template(&account, "motorway-snail");
	for (guint i = TALLY_PARSE; i < TALLY_STAGES; i++)
		account_enter(&account, i);
	access_log_end(log, &account, SCOREBOARD_OK);
}

static gint64 measure_ns(const char *format, const char *target)
{
	const struct settings settings = {
		.access_log = (char *)target,
		.access_log_format = (char *)format,
		.slow_log = (char *)"off",
		.slow_time_ms = 1000,
	};
	struct access_log *log = access_log_open(&settings, NULL);
	gint64 began_us = g_get_monotonic_time();

	for (int i = 0; i < REQUESTS; i++)
		serve(log);
	access_log_close(log);
	return (g_get_monotonic_time() - began_us) * 1000 / REQUESTS;
}

int main(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("captiond-bench-XXXXXX", &path, NULL);
	gint64 account_ns = measure_ns("json", "off");

	if (fd < 0)
		return EXIT_FAILURE;
	printf("account of a request    %5d ns, of %d at most\n",
	       (int)account_ns, MOST_NS);
	printf("and its line as JSON    %5d ns\n",
	       (int)(measure_ns("json", path) - account_ns));
	printf("                text    %5d ns\n",
	       (int)(measure_ns("text", path) - account_ns));
	(void)remove(path);
	return account_ns <= MOST_NS ? EXIT_SUCCESS : EXIT_FAILURE;
}
