#include "config.h"

#include "fcgi/packer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "fcgi/log.h"
#include "fcgi/packer_origins.h"
#include "fcgi/packer_sandbox.h"
#include "fcgi/packer_shelf.h"
#include "fcgi/packer_variants.h"
#include "fcgi/packer_watch.h"
#include "fcgi/sandbox_folder.h"

enum {
	/* After an event, for the next ones that belong to it. */
	SETTLE_MS = 50,
	/* A look without an event: for file systems that tell none. */
	LOOK_MS = 30000,
	/* The first look again at what may do better then; doubled each time. */
	RETRY_MS = 250,
	/* How often the folder's path may have come to mean another folder. */
	CHECK_MS = 400,
	/* Between two indexes while there is work, and before the first one,
	 * which should not call the work of a moment pending. */
	PUBLISH_MS = 500,
	FIRST_PUBLISH_MS = 2000,
	/* After an index that could not be written: a full disk stays full for
	 * a while, and each attempt rings the pack folder's own bell. */
	INDEX_RETRY_MS = 2000,
	/* For an earlier packer to leave the folder. */
	LOCK_WAIT_MS = 5000,
};

struct packer {
	struct memory memory;
	const struct packer_setup *setup;
	int packs_fd, signal_fd;
	struct stat packs; /* what packs_fd is */
	struct packer_watch *watch;
	struct packer_shelf *shelf;
	struct packer_variants *variants; /* NULL: none */
	struct packer_origins *origins;	  /* NULL: none */
	struct sandbox_folder templates;  /* that it was let into */
	GHashTable *barriers;		  /* links out of it: their sources */
	struct stat folder; /* the template folder last looked at */
	gboolean is_folder_there, was_looked_at;
	guint64 bad[SCOREBOARD_SLOTS_MAX]; /* as last read, a slot each */
	gint64 retry_ms;
	gint64 look_at_us, check_at_us, publish_at_us; /* monotonic */
	gboolean is_index_failing;
	gboolean is_over;
	int status;
};

static void open_variants(struct packer *packer)
{
	const struct packer_setup *setup = packer->setup;
	const struct packer_variants_setup variants = {
		.packs_fd = packer->packs_fd,
		.bytes_max = setup->variant_bytes_max,
		.jpeg = setup->jpeg,
		.gif_quality = setup->gif_quality,
		.is_sandboxed = setup->is_sandboxed,
		.board = setup->board,
	};

	packer->variants = packer_variants_new(&variants);
}

static void open_origins(struct packer *packer)
{
	const struct packer_setup *setup = packer->setup;
	const struct packer_origins_setup origins = {
		.packs_dir = setup->packs_dir,
		.packs_fd = packer->packs_fd,
		.jpeg = setup->jpeg,
		.is_sandboxed = setup->is_sandboxed,
		.board = setup->board,
	};

	if (setup->has_origins)
		packer->origins = packer_origins_new(&origins);
	else
		packer_origins_empty(packer->packs_fd);
}

static gint64 in_ms(gint64 ms)
{
	return g_get_monotonic_time() + ms * 1000;
}

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Two packers in one folder would sweep each other's files away. */
static gboolean lock_packs(const struct packer *packer)
{
	gint64 until_us = in_ms(LOCK_WAIT_MS);

	while (flock(packer->packs_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || g_get_monotonic_time() > until_us)
			return FALSE;
		g_usleep(20000);
	}
	return TRUE;
}

static gboolean is_same_folder(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Made where it is not there: it may have been removed under a running pool,
 * and all that was in it can be made anew. */
static gboolean open_packs(struct packer *packer)
{
	const char *dir = packer->setup->packs_dir;

	if (g_mkdir_with_parents(dir, 0755) < 0)
		return FALSE;
	packer->packs_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return packer->packs_fd >= 0 &&
	       fstat(packer->packs_fd, &packer->packs) == 0;
}

/* Says what is wrong, and returns the exit status; 0 where nothing is. */
static int open_packer(struct packer *packer)
{
	const struct packer_setup *setup = packer->setup;
	g_autoptr(GError) error = NULL;
	struct stat templates;

	packer->signal_fd = open_signals();
	if (!open_packs(packer)) {
		log_error("cannot open '%s': %s", setup->packs_dir,
			  g_strerror(errno));
		return EX_CANTCREAT;
	}
	if (stat(setup->templates_dir, &templates) == 0 &&
	    is_same_folder(&templates, &packer->packs)) {
		log_error("'%s' can't hold both templates and packs",
			  setup->packs_dir);
		return EX_USAGE;
	}
	if (!lock_packs(packer)) {
		log_error("another packer works in '%s'", setup->packs_dir);
		return EX_TEMPFAIL;
	}
	packer->watch = packer_watch_new(setup->templates_dir, setup->packs_dir,
					 &error);
	if (!packer->watch || packer->signal_fd < 0) {
		log_error("%s", error ? error->message : g_strerror(errno));
		return EX_OSERR;
	}
	packer->shelf = packer_shelf_new(packer->packs_fd, &setup->jpeg,
					 setup->is_sandboxed);
	open_variants(packer);
	open_origins(packer);
	return 0;
}

static void close_packer(struct packer *packer)
{
	g_hash_table_unref(packer->barriers);
	packer_origins_free(packer->origins);
	packer_variants_free(packer->variants);
	packer_shelf_free(packer->shelf);
	packer_watch_free(packer->watch);
	if (packer->packs_fd >= 0)
		(void)close(packer->packs_fd);
	if (packer->signal_fd >= 0)
		(void)close(packer->signal_fd);
}

/* A folder that is gone keeps its templates: it may be a file system that is
 * not mounted for a moment. */
static void note_absence(struct packer *packer, const char *why)
{
	if (packer->is_folder_there || !packer->was_looked_at)
		log_error("cannot read '%s': %s", packer->setup->templates_dir,
			  why);
	packer->is_folder_there = FALSE;
	if (packer->setup->is_once)
		packer->is_over = TRUE;
}

static void watch_links(struct packer *packer,
			const struct packer_folder *folder)
{
	for (guint i = 0; i < folder->finds->len; i++) {
		const struct packer_find *find = folder->finds->pdata[i];

		if (!find->is_link)
			continue;
		packer_watch_link(packer->watch, find->file);
		if (find->sidecar)
			packer_watch_link(packer->watch, find->sidecar);
	}
}

/* captiond starts another one, which is let in. */
static void start_anew(struct packer *packer, const char *why)
{
	log_notice("starts anew: %s", why);
	packer->status = EX_TEMPFAIL;
	packer->is_over = TRUE;
}

/* A link to elsewhere that came after the sandbox: a new packer is let in
 * there. One that was there before leads where nobody is let in. */
static void look_for_barriers(struct packer *packer, int templates_fd,
			      const struct packer_folder *folder)
{
	guint n = packer_sandbox_new_barriers(packer->barriers, templates_fd,
					      folder);

	if (n > 0 && packer->is_folder_there && packer->setup->board)
		start_anew(packer, "a template is a link to elsewhere");
}

static void look(struct packer *packer)
{
	struct packer_folder folder = {0};
	g_autoptr(GError) error = NULL;
	gboolean is_first = !packer->is_folder_there && !packer->was_looked_at;
	int fd = -1;

	packer->look_at_us = in_ms(LOOK_MS);
	packer->retry_ms = packer_shelf_is_unsettled(packer->shelf)
				   ? MIN(packer->retry_ms * 2, LOOK_MS)
				   : RETRY_MS;
	/* Watched first: what changes during the look rings again. */
	if (packer_watch_templates(packer->watch))
		fd = open(packer->setup->templates_dir,
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &packer->folder) < 0 ||
	    !packer_folder_read(fd, &folder, &error)) {
		note_absence(packer,
			     error ? error->message : g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		packer->was_looked_at = TRUE;
		return;
	}
	watch_links(packer, &folder);
	look_for_barriers(packer, fd, &folder);
	if (folder.is_fresh)
		packer->look_at_us = in_ms(SETTLE_MS);
	packer_shelf_look(packer->shelf, fd, &folder);
	packer_folder_fini(&folder);
	if (is_first)
		packer_shelf_sweep(packer->shelf);
	packer->is_folder_there = TRUE;
	packer->was_looked_at = TRUE;
}

/* Looks after a while, or before. */
static void ring(struct packer *packer, gint64 wait_ms)
{
	packer->look_at_us = MIN(packer->look_at_us, in_ms(wait_ms));
}

/* What no event tells: the path, or a link in it, leads elsewhere. */
static void check_folder(struct packer *packer)
{
	const struct packer_setup *setup = packer->setup;
	struct stat st;
	gboolean is_there = stat(setup->templates_dir, &st) == 0;

	if (setup->is_sandboxed && setup->board &&
	    sandbox_folder_has_moved(&packer->templates))
		start_anew(packer, "the templates are another folder now");
	else if (is_there != packer->is_folder_there ||
		 (is_there && !is_same_folder(&st, &packer->folder)))
		ring(packer, SETTLE_MS);
}

/* A pack folder that was removed or replaced can't be worked in. Whoever is
 * started next has the new one. */
static void check_packs(struct packer *packer)
{
	struct stat st;

	if (packer_origins_has_moved(packer->origins)) {
		start_anew(packer,
			   "a folder of fetched pictures is another one");
		return;
	}
	if (stat(packer->setup->packs_dir, &st) == 0 &&
	    is_same_folder(&st, &packer->packs))
		return;
	log_error("'%s' is not the folder any more that it was",
		  packer->setup->packs_dir);
	packer->status = EX_TEMPFAIL;
	packer->is_over = TRUE;
}

/* What workers found bad since the last time. */
static void check_doubts(struct packer *packer)
{
	struct scoreboard *board = packer->setup->board;

	for (guint i = 0; board && i < scoreboard_n_slots(board); i++) {
		guint64 bad = atomic_load(&board->slots[i].templates.bad);

		if (bad != packer->bad[i])
			packer_shelf_doubt(packer->shelf, (guint32)bad);
		packer->bad[i] = bad;
	}
}

static void take_news(struct packer *packer)
{
	struct packer_watch_news news;

	packer_watch_read(packer->watch, &news);
	if (news.is_changed)
		ring(packer, SETTLE_MS);
	for (guint i = 0; i < news.packs->len; i++)
		packer_shelf_pack_changed(packer->shelf, news.packs->pdata[i]);
	g_ptr_array_unref(news.packs);
}

static void take_signals(struct packer *packer)
{
	struct signalfd_siginfo info;

	while (read(packer->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			ring(packer, SETTLE_MS);
		else
			packer->is_over = TRUE;
	}
}

static void note_index(struct packer *packer, const GError *error)
{
	if (error && !packer->is_index_failing)
		log_error("%s", error->message);
	if (!error && packer->is_index_failing) {
		log_notice("the index is written again");
		/* What the disk refused with it can be tried again. */
		ring(packer, SETTLE_MS);
	}
	packer->is_index_failing = error != NULL;
	packer->publish_at_us = in_ms(error ? INDEX_RETRY_MS : PUBLISH_MS);
}

static void publish(struct packer *packer)
{
	gboolean is_busy = packer_shelf_is_busy(packer->shelf);
	gboolean is_due = g_get_monotonic_time() >= packer->publish_at_us;

	if (packer->is_folder_there && packer_shelf_is_dirty(packer->shelf) &&
	    (is_due || (!is_busy && !packer->is_index_failing))) {
		g_autoptr(GError) error = NULL;

		(void)packer_shelf_publish(packer->shelf, packer->setup->board,
					   &error);
		note_index(packer, error);
		packer_variants_weed(packer->variants);
	}
	if (packer->setup->is_once && !is_busy)
		packer->is_over = TRUE;
}

static void tell_progress(const struct packer *packer)
{
	struct packer_tally tally;

	if (!packer->setup->progress)
		return;
	packer_shelf_tally(packer->shelf, &tally);
	packer->setup->progress(&tally, packer->setup->progress_data);
}

static int timeout_ms(const struct packer *packer)
{
	gint64 next_us = MIN(packer->look_at_us, packer->check_at_us);
	gint64 now_us = g_get_monotonic_time();

	if (packer_shelf_is_dirty(packer->shelf))
		next_us = MIN(next_us, packer->publish_at_us);
	/* Rounded up, so that the time has come when it is looked at. */
	return (int)CLAMP((next_us - now_us + 999) / 1000, 1, CHECK_MS);
}

static void wait_for_news(struct packer *packer)
{
	guint most = packer_shelf_jobs_max(packer->shelf) + PACKER_ORIGINS_FDS;
	g_autofree int *jobs = g_new(int, most);
	g_autofree struct pollfd *fds = g_new0(struct pollfd, most + 3);
	guint n = packer_shelf_fds(packer->shelf, jobs);

	n += packer_origins_fds(packer->origins, jobs + n);
	fds[0].fd = packer->signal_fd;
	fds[1].fd = packer_watch_fd(packer->watch);
	fds[2].fd = packer_variants_fd(packer->variants);
	for (guint i = 0; i < n; i++)
		fds[i + 3].fd = jobs[i];
	for (guint i = 0; i < n + 3; i++)
		fds[i].events = POLLIN;
	/* Whatever woke it, all is looked at: each is cheap. */
	(void)poll(fds, n + 3, timeout_ms(packer));
}

static void run(struct packer *packer)
{
	packer->publish_at_us = in_ms(FIRST_PUBLISH_MS);
	look(packer);
	while (!packer->is_over) {
		packer_origins_work(packer->origins);
		packer_shelf_work(packer->shelf);
		if (!packer_shelf_is_busy(packer->shelf))
			packer_variants_work(packer->variants);
		publish(packer);
		tell_progress(packer);
		if (packer->is_over)
			break;
		wait_for_news(packer);
		take_signals(packer);
		memory_tick(&packer->memory);
		log_tick();
		packer_origins_listen(packer->origins);
		packer_origins_collect(packer->origins);
		packer_shelf_collect(packer->shelf);
		packer_variants_collect(packer->variants);
		packer_variants_listen(packer->variants);
		if (packer_shelf_is_unsettled(packer->shelf))
			ring(packer, packer->retry_ms);
		take_news(packer);
		if (g_get_monotonic_time() >= packer->check_at_us) {
			packer->check_at_us = in_ms(CHECK_MS);
			check_folder(packer);
			check_packs(packer);
			check_doubts(packer);
		}
		if (g_get_monotonic_time() >= packer->look_at_us)
			look(packer);
	}
}

static int enter_sandbox(struct packer *packer)
{
	g_autoptr(GError) error = NULL;

	sandbox_folder_init(&packer->templates, packer->setup->templates_dir);
	if (!packer->setup->is_sandboxed ||
	    packer_sandbox_enter(packer->setup, &error))
		return 0;
	log_error("%s", error->message);
	return EX_OSERR;
}

int packer_run(const struct packer_setup *setup)
{
	struct packer packer = {
		.setup = setup,
		.packs_fd = -1,
		.signal_fd = -1,
		.barriers = g_hash_table_new_full(g_str_hash, g_str_equal,
						  g_free, NULL),
		.memory = {.fd = -1},
	};
	int status;

	if (setup->board)
		memory_open(&packer.memory,
			    &setup->board->memory[SCOREBOARD_PACKER]);
	status = open_packer(&packer);

	if (status == 0)
		status = enter_sandbox(&packer);
	if (status == 0) {
		run(&packer);
		status = packer.status;
		if (setup->is_once && !packer.is_folder_there)
			status = EX_NOINPUT;
	}
	close_packer(&packer);
	memory_close(&packer.memory);
	return status;
}
