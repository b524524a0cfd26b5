/* A decoder that crashes, hangs, takes all memory or has been taken over: it
 * costs an error, and nothing is left of it. */
#include "config.h"

#include "fcgi/packer_job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fcgi/sandbox.h"
#include "render/pack.h"

#define PACK "x.pack"

struct fixture {
	char *dir;
	int dir_fd;
};

static void init(struct fixture *f, gconstpointer data)
{
	(void)data;
	f->dir = g_dir_make_tmp("captiond-job-XXXXXX", NULL);
	f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g_assert_cmpint(f->dir_fd, >=, 0);
}

static void fini(struct fixture *f, gconstpointer data)
{
	(void)data;
	(void)unlinkat(f->dir_fd, PACK, 0); /* what a test has made */
	(void)close(f->dir_fd);
	/* Nothing half written is left, in any case. */
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	g_free(f->dir);
}

static gboolean fail_with(enum packer_error code, const char *text,
			  GError **error)
{
	g_set_error_literal(error, PACKER_ERROR, (int)code, text);
	return FALSE;
}

/* Each of these is a child's work; the order is the fixture. */

static int begin(const struct fixture *f)
{
	int fd = pack_begin(f->dir_fd, PACK, NULL);

	return fd >= 0 && write(fd, "half", 4) == 4 ? fd : -1;
}

static gboolean write_it(const void *order, GError **error)
{
	return begin(order) >= 0 ||
	       fail_with(PACKER_ERROR_AGAIN, "cannot write", error);
}

static gboolean write_nothing(const void *order, GError **error)
{
	const struct fixture *f = order;

	return pack_begin(f->dir_fd, PACK, error) >= 0;
}

static gboolean say_why(const void *order, GError **error)
{
	(void)begin(order);
	return fail_with(PACKER_ERROR_PICTURE, "no picture at all", error);
}

static gboolean try_later(const void *order, GError **error)
{
	(void)begin(order);
	return fail_with(PACKER_ERROR_AGAIN, "the disk is full", error);
}

static gboolean crash(const void *order, GError **error)
{
	(void)begin(order), (void)error;
	/* The sanitizers' own handler would tell of it at length. */
	(void)signal(SIGSEGV, SIG_DFL);
	(void)raise(SIGSEGV);
	return TRUE;
}

static gboolean give_up(const void *order, GError **error)
{
	(void)begin(order), (void)error;
	(void)signal(SIGABRT, SIG_DFL);
	abort();
}

static gboolean leave(const void *order, GError **error)
{
	(void)begin(order), (void)error;
	_exit(77);
}

static gboolean hang(const void *order, GError **error)
{
	(void)begin(order), (void)error;
	while (pause() < 0)
		;
	return TRUE;
}

static gboolean compute(const void *order, GError **error)
{
	volatile guint64 n = 0;

	(void)begin(order), (void)error;
	for (;;)
		n++;
	return TRUE;
}

#ifndef WITH_SANITIZERS
static gboolean take_all_memory(const void *order, GError **error)
{
	gsize n = 0;

	(void)begin(order);
	(void)signal(SIGABRT, SIG_DFL);
	for (; n < 1 << 20; n++) {
		void *volatile block = malloc(1 << 20);

		if (!block)
			break;
		/* Untouched: the limit is on address space. */
	}
	return fail_with(n < 4096 ? PACKER_ERROR_PICTURE : PACKER_ERROR_AGAIN,
			 "out of memory", error);
}
#endif

/* Sealed, then taken over: what it tries, it says. */
static gboolean look_around(const void *order, GError **error)
{
	int fd = begin(order);

	if (!packer_job_seal(error))
		return FALSE;
	if (write(fd, "whole", 5) != 5)
		return fail_with(PACKER_ERROR_AGAIN, "cannot write", error);
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
		return fail_with(PACKER_ERROR_AGAIN, "it reads", error);
	if (pack_begin(((const struct fixture *)order)->dir_fd, "other.pack",
		       NULL) >= 0)
		return fail_with(PACKER_ERROR_AGAIN, "it writes", error);
	return fail_with(PACKER_ERROR_PICTURE, "it sees nothing", error);
}

static gboolean phone_home(const void *order, GError **error)
{
	(void)begin(order);
	if (!packer_job_seal(error))
		return FALSE;
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 ||
	       fail_with(PACKER_ERROR_PICTURE,
			 "its decoder died of signal 31 (Bad system call)",
			 error); /* as built with errno */
}

static void wait_end(struct packer_job *job, gint64 now_us)
{
	while (!packer_job_read(job)) {
		struct pollfd pipe = {.fd = job->pipe_fd, .events = POLLIN};

		(void)poll(&pipe, 1, 100);
		packer_job_check(job, now_us);
	}
}

static gboolean run_job(const struct fixture *f,
			gboolean (*run)(const void *, GError **), gint64 now_us,
			GError **error)
{
	const struct packer_work work = {
		.run = run, .order = f, .dir_fd = f->dir_fd, .pack = PACK};
	struct packer_job job;
	gboolean is_good;

	g_assert_true(packer_job_start(&job, &work));
	wait_end(&job, now_us);
	is_good = packer_job_end(&job, error);
	g_assert_cmpint(job.pid, ==, 0);
	return is_good;
}

static gboolean is_there(const struct fixture *f, const char *name)
{
	return faccessat(f->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_good(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(run_job(f, write_it, 0, &error));
	g_assert_no_error(error);
	g_assert_true(is_there(f, PACK));
}

/* What is there stays where the child wrote nothing, and where it failed. */
static void test_stays(struct fixture *f, gconstpointer data)
{
	struct stat before, after;

	(void)data;
	g_assert_true(run_job(f, write_it, 0, NULL));
	g_assert_cmpint(fstatat(f->dir_fd, PACK, &before, 0), ==, 0);
	g_assert_true(run_job(f, write_nothing, 0, NULL));
	g_assert_false(run_job(f, crash, 0, NULL));
	g_assert_cmpint(fstatat(f->dir_fd, PACK, &after, 0), ==, 0);
	g_assert_cmpuint(before.st_ino, ==, after.st_ino);
}

static void test_bad(struct fixture *f, gconstpointer data)
{
	static const struct {
		gboolean (*run)(const void *, GError **);
		enum packer_error code;
		const char *said;
	} cases[] = {
		{say_why, PACKER_ERROR_PICTURE, "no picture at all"},
		{try_later, PACKER_ERROR_AGAIN, "the disk is full"},
		{crash, PACKER_ERROR_PICTURE, "died of signal 11"},
		{give_up, PACKER_ERROR_PICTURE, "died of signal 6"},
		{leave, PACKER_ERROR_PICTURE, "exited with status 77"},
#ifndef WITH_SANITIZERS
		{take_all_memory, PACKER_ERROR_PICTURE, "out of memory"},
#endif
	};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(run_job(f, cases[i].run, 0, &error));
		g_assert_error(error, PACKER_ERROR, (int)cases[i].code);
		g_assert_nonnull(strstr(error->message, cases[i].said));
		g_assert_false(is_there(f, PACK));
	}
}

static void test_hang(struct fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	/* As if its time were over. */
	g_assert_false(run_job(f, hang, G_MAXINT64, &error));
	g_assert_error(error, PACKER_ERROR, PACKER_ERROR_PICTURE);
	g_assert_nonnull(strstr(error->message, "took too long"));
}

static void test_busy(struct fixture *f, gconstpointer data)
{
	const struct packer_work work = {.run = compute,
					 .order = f,
					 .cpu_s = 1,
					 .dir_fd = f->dir_fd,
					 .pack = PACK};
	g_autoptr(GError) error = NULL;
	struct packer_job job;

	(void)data;
	g_assert_true(packer_job_start(&job, &work));
	wait_end(&job, 0);
	g_assert_false(packer_job_end(&job, &error));
	g_assert_error(error, PACKER_ERROR, PACKER_ERROR_PICTURE);
	g_assert_nonnull(strstr(error->message, "took too long"));
}

static void test_killed(struct fixture *f, gconstpointer data)
{
	const struct packer_work work = {
		.run = hang, .order = f, .dir_fd = f->dir_fd, .pack = PACK};
	g_autoptr(GError) error = NULL;
	struct packer_job job;

	(void)data;
	g_assert_true(packer_job_start(&job, &work));
	packer_job_kill(&job);
	wait_end(&job, 0);
	g_assert_false(packer_job_end(&job, &error));
	/* Somebody else's kill says nothing about the picture. */
	g_assert_error(error, PACKER_ERROR, PACKER_ERROR_AGAIN);
}

static gboolean is_sandbox_there(void)
{
	gboolean is_whole;
	g_autofree char *description = sandbox_describe(&is_whole);

	if (strstr(description, "seccomp (") &&
	    strstr(description, "Landlock "))
		return TRUE;
	g_test_skip(description);
	return FALSE;
}

static void test_sealed(struct fixture *f, gconstpointer data)
{
	static const struct {
		gboolean (*run)(const void *, GError **);
		const char *said;
	} cases[] = {
		{look_around, "it sees nothing"},
		{phone_home, "died of signal 31"},
	};

	(void)data;
	for (gsize i = 0; is_sandbox_there() && i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(run_job(f, cases[i].run, 0, &error));
		g_assert_error(error, PACKER_ERROR, PACKER_ERROR_PICTURE);
		g_assert_nonnull(strstr(error->message, cases[i].said));
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct fixture *, gconstpointer);
	} tests[] = {
		{"/packer-job/good", test_good},
		{"/packer-job/stays", test_stays},
		{"/packer-job/bad", test_bad},
		{"/packer-job/hang", test_hang},
		{"/packer-job/busy", test_busy},
		{"/packer-job/killed", test_killed},
		{"/packer-job/sealed", test_sealed},
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, init,
			   tests[i].run, fini);
	return g_test_run();
}
