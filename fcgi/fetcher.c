#include "config.h"

#include "fcgi/fetcher_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "fcgi/log.h"

enum {
	IDLE_MS = 1000,
	/* While a picture is being packed somebody waits for it. */
	PACKING_MS = 5,
	CHECK_MS = 1000,
	/* For those who wait at the end; and for an earlier fetcher to leave. */
	LEAVE_MS = 10000,
	LOCK_WAIT_MS = 5000,
};

/* What an origin gives to us alone is nobody else's. */
static int open_dir(const char *parent, const char *name)
{
	g_autofree char *path = g_build_filename(parent, name, NULL);
	int fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		log_error("cannot make '%s': %s", path, g_strerror(errno));
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		log_error("cannot open '%s': %s", path, g_strerror(errno));
	return fd;
}

static gint64 in_ms(gint64 ms)
{
	return g_get_monotonic_time() + ms * 1000;
}

/* Two fetchers in one folder would sweep each other's files away. */
static gboolean lock(int pictures_fd)
{
	gint64 until_us = in_ms(LOCK_WAIT_MS);

	while (flock(pictures_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || g_get_monotonic_time() > until_us) {
			log_error("cannot lock '%s': %s", ORIGIN_PICTURES_DIR,
				  g_strerror(errno));
			return FALSE;
		}
		g_usleep(20000);
	}
	return TRUE;
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Questions that somebody before has answered are none any more. */
static void note_answered(struct fetcher *fetcher)
{
	for (guint i = 0; i < SCOREBOARD_SLOTS_MAX; i++)
		fetcher->seen[i] =
			fetches_answered(&fetcher->setup->board->fetches[i]);
}

static gboolean open_fetcher(struct fetcher *fetcher)
{
	const struct fetcher_setup *setup = fetcher->setup;

	memory_open(&fetcher->memory,
		    &setup->board->memory[SCOREBOARD_FETCHER]);
	fetcher->signal_fd = open_signals();
	fetcher->pictures_fd = open_dir(setup->packs_dir, ORIGIN_PICTURES_DIR);
	fetcher->packs_fd = open_dir(setup->packs_dir, ORIGIN_PACKS_DIR);
	if (fetcher->signal_fd < 0 || fetcher->pictures_fd < 0 ||
	    fetcher->packs_fd < 0 || !lock(fetcher->pictures_fd) ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return FALSE;
	fetcher->multi = curl_multi_init();
	if (!fetcher->multi || !fetcher_sandbox_enter(fetcher))
		return FALSE;
	fetcher->cache = fetcher_cache_new(fetcher->pictures_fd,
					   fetcher->packs_fd, setup->bytes_max);
	atomic_store(&setup->board->origins.stored_max, setup->bytes_max);
	note_answered(fetcher);
	return TRUE;
}

static void close_fetcher(struct fetcher *fetcher)
{
	const int fds[] = {fetcher->pictures_fd, fetcher->packs_fd,
			   fetcher->signal_fd};

	fetcher_stop(fetcher);
	g_ptr_array_unref(fetcher->transfers);
	g_ptr_array_unref(fetcher->packing);
	fetcher_cache_free(fetcher->cache);
	memory_close(&fetcher->memory);
	if (fetcher->multi)
		(void)curl_multi_cleanup(fetcher->multi);
	for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

/* The first one lets it finish what somebody waits for. */
static void take_signals(struct fetcher *fetcher)
{
	struct signalfd_siginfo info;

	while (read(fetcher->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		fetcher->is_over |= fetcher->leave_us != 0;
		fetcher->leave_us = in_ms(LEAVE_MS);
	}
}

static void check(struct fetcher *fetcher)
{
	gint64 now_us = g_get_monotonic_time();

	if (fetcher->leave_us &&
	    (now_us >= fetcher->leave_us || !fetcher_is_awaited(fetcher)))
		fetcher->is_over = TRUE;
	if (now_us < fetcher->check_us)
		return;
	fetcher->check_us = in_ms(CHECK_MS);
	if (!fetcher_sandbox_has_moved(fetcher))
		return;
	/* Whoever is started next finds the new ones, and is let in. */
	log_notice("leaving: a folder or a file of the resolver's is another "
		   "one now");
	fetcher->is_over = TRUE;
}

static void quiet_bell(const struct fetcher *fetcher)
{
	guint64 rings;

	/* Nothing to read: nobody has rung. */
	(void)!read(fetcher->setup->bell_fd, &rings, sizeof(rings));
}

static void run(struct fetcher *fetcher)
{
	struct curl_waitfd fds[] = {
		{fetcher->setup->bell_fd, CURL_WAIT_POLLIN, 0},
		{fetcher->signal_fd, CURL_WAIT_POLLIN, 0},
	};
	int running;

	while (!fetcher->is_over) {
		quiet_bell(fetcher);
		fetcher_listen(fetcher);
		fetcher_look_for_packs(fetcher);
		fetcher_work(fetcher);
		(void)curl_multi_perform(fetcher->multi, &running);
		fetcher_collect(fetcher);
		(void)curl_multi_poll(
			fetcher->multi, fds, G_N_ELEMENTS(fds),
			fetcher->packing->len > 0 ? PACKING_MS : IDLE_MS, NULL);
		take_signals(fetcher);
		memory_tick(&fetcher->memory);
		log_tick();
		check(fetcher);
	}
}

int fetcher_run(const struct fetcher_setup *setup)
{
	struct fetcher fetcher = {.setup = setup,
				  .pictures_fd = -1,
				  .packs_fd = -1,
				  .signal_fd = -1,
				  .transfers = g_ptr_array_new(),
				  .packing = g_ptr_array_new()};
	int status = EX_UNAVAILABLE;

	g_queue_init(&fetcher.queue);
	if (open_fetcher(&fetcher)) {
		run(&fetcher);
		status = 0;
	}
	close_fetcher(&fetcher);
	return status;
}
