#include "config.h"

#include "fcgi/packer_job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi/sandbox.h"
#include "render/limits.h"
#include "render/pack.h"

enum {
	/* The largest picture that the limits allow is a quarter of a GiB as
	 * pixels, as much again as progressive coefficients and turned by
	 * EXIF; the rest is for what it is made into. */
	MEMORY_MIB = 2048,
	/* png_section_new() may take a minute for such a picture. */
	CPU_S = 150,
	WALL_S = 300,
	STATUS_PICTURE = 1,
	STATUS_AGAIN = 2,
};

static void set_limits_apart(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = {soft, hard};

	/* Where it can't be set, the wall clock still ends the child. */
	(void)setrlimit((__rlimit_resource_t)resource, &limit);
}

static void set_limit(int resource, rlim_t value)
{
	set_limits_apart(resource, value, value);
}

/* At the hard limit comes SIGKILL, which tells nothing of the picture. */
static void set_cpu_limit(int seconds)
{
	set_limits_apart(RLIMIT_CPU, (rlim_t)seconds, (rlim_t)seconds + 1);
}

static void set_limits(const struct packer_work *work)
{
#ifndef WITH_SANITIZERS
	set_limit(RLIMIT_AS, (rlim_t)MEMORY_MIB << 20);
#endif
	set_cpu_limit(work->cpu_s ? work->cpu_s : CPU_S);
	set_limit(RLIMIT_CORE, 0);
	(void)setpriority(PRIO_PROCESS, 0, work->niceness);
}

static void reset_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
}

/* Libraries write their last words there, which are no log lines. */
static void silence(void)
{
#ifndef WITH_SANITIZERS
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)dup2(fd, STDERR_FILENO);
#endif
}

gboolean packer_job_seal(GError **error)
{
	/* Where fontconfig looks, Thai lines break, and images in an SVG are
	 * told apart; and what the sanitizers tell of a crash. */
	static const char *const read[] = {
		"/etc/fonts",
		"/usr/share/fontconfig",
		"/usr/share/fonts",
		"/usr/local/share/fonts",
		"/var/cache/fontconfig",
		"/usr/share/libthai",
		"/usr/share/mime",
		"/proc/self",
		NULL,
	};
	const struct sandbox_paths paths = {.read = read};
	g_autoptr(GError) cause = NULL;

	if (sandbox_enter(SANDBOX_DECODER, &paths, &cause))
		return TRUE;
	g_set_error_literal(error, PACKER_ERROR, PACKER_ERROR_AGAIN,
			    cause->message);
	return FALSE;
}

static G_NORETURN void run_child(const struct packer_work *work, int pipe_fd,
				 pid_t parent)
{
	g_autoptr(GError) error = NULL;
	gsize size;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_AGAIN); /* it died before the line above */
	reset_signals();
	set_limits(work);
	silence();
	if (work->run(work->order, &error))
		_exit(0);
	size = MIN(strlen(error->message), PACKER_JOB_TEXT_BYTES);
	/* Less than a pipe holds: in one piece, or not at all. */
	if (write(pipe_fd, error->message, size) < 0)
		_exit(STATUS_AGAIN);
	_exit(g_error_matches(error, PACKER_ERROR, PACKER_ERROR_PICTURE)
		      ? STATUS_PICTURE
		      : STATUS_AGAIN);
}

gboolean packer_job_start(struct packer_job *job,
			  const struct packer_work *work)
{
	pid_t parent = getpid();
	int fds[2];

	memset(job, 0, sizeof(*job));
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return FALSE;
	job->pid = fork();
	if (job->pid == 0)
		run_child(work, fds[1], parent);
	(void)close(fds[1]);
	if (job->pid < 0) {
		(void)close(fds[0]);
		job->pid = 0;
		return FALSE;
	}
	job->pipe_fd = fds[0];
	job->dir_fd = work->dir_fd;
	job->pack = g_strdup(work->pack);
	job->deadline_us =
		g_get_monotonic_time() + WALL_S * (gint64)G_USEC_PER_SEC;
	return TRUE;
}

gboolean packer_job_read(struct packer_job *job)
{
	char rest[PACKER_JOB_TEXT_BYTES];

	for (;;) {
		ssize_t n = read(job->pipe_fd, rest, sizeof(rest));
		gsize size;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return FALSE;
		if (n <= 0)
			return TRUE;
		size = MIN((gsize)n, sizeof(job->text) - job->text_bytes);
		memcpy(job->text + job->text_bytes, rest, size);
		job->text_bytes += size;
	}
}

void packer_job_kill(struct packer_job *job)
{
	if (job->pid > 0)
		(void)kill(job->pid, SIGKILL);
}

void packer_job_check(struct packer_job *job, gint64 now_us)
{
	if (job->pid == 0 || now_us < job->deadline_us || job->is_late)
		return;
	job->is_late = TRUE;
	packer_job_kill(job);
}

static gboolean fail(enum packer_error code, const char *message,
		     GError **error)
{
	g_set_error_literal(error, PACKER_ERROR, (int)code, message);
	return FALSE;
}

static gboolean fail_killed(int number, gboolean is_late, GError **error)
{
	if (is_late || number == SIGXCPU)
		return fail(PACKER_ERROR_PICTURE, "it took too long to decode",
			    error);
	/* Somebody else's kill says nothing about the picture. */
	if (number == SIGKILL || number == SIGTERM)
		return fail(PACKER_ERROR_AGAIN, "its decoder was killed",
			    error);
	g_set_error(error, PACKER_ERROR, PACKER_ERROR_PICTURE,
		    "its decoder died of signal %d (%s)", number,
		    strsignal(number));
	return FALSE;
}

static gboolean judge(int status, gboolean is_late, const char *text,
		      GError **error)
{
	if (WIFSIGNALED(status))
		return fail_killed(WTERMSIG(status), is_late, error);
	if (WEXITSTATUS(status) == 0)
		return TRUE;
	if (WEXITSTATUS(status) == STATUS_PICTURE)
		return fail(PACKER_ERROR_PICTURE, text, error);
	if (WEXITSTATUS(status) == STATUS_AGAIN)
		return fail(PACKER_ERROR_AGAIN, text, error);
	g_set_error(error, PACKER_ERROR, PACKER_ERROR_PICTURE,
		    "its decoder exited with status %d", WEXITSTATUS(status));
	return FALSE;
}

/* The child may not: it sees no folder. */
static gboolean publish(const struct packer_job *job, GError **error)
{
	g_autoptr(GError) cause = NULL;

	return !job->pack || pack_commit(job->dir_fd, job->pack, &cause) ||
	       fail(PACKER_ERROR_AGAIN, cause->message, error);
}

gboolean packer_job_end(struct packer_job *job, GError **error)
{
	g_autofree char *said = g_strndup(job->text, job->text_bytes);
	g_autofree char *text = g_utf8_make_valid(said, -1);
	gboolean is_good;
	pid_t pid;
	int status = 0;

	do
		pid = waitpid(job->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	(void)close(job->pipe_fd);
	if (pid < 0)
		is_good = fail(PACKER_ERROR_AGAIN, g_strerror(errno), error);
	else
		is_good = judge(status, job->is_late, text, error) &&
			  publish(job, error);
	if (!is_good && job->pack)
		pack_abandon(job->dir_fd, job->pack);
	g_free(job->pack);
	memset(job, 0, sizeof(*job));
	return is_good;
}
