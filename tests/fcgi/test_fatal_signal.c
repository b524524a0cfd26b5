#include "config.h"

#include "fcgi/fatal_signal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void trap(void)
{
	__builtin_trap();
}

static void stop_and_wait(void)
{
	(void)raise(SIGSTOP);
	(void)pause();
}

/* Runs act in a child that watches; shoot, if any, is sent to it once it has
 * stopped. Returns the signal that it died of, and the sender's id. */
static int die(void (*act)(void), int shot, gint32 *out_sender)
{
	const struct rlimit no_core = {0, 0};
	_Atomic gint32 *sender =
		mmap(NULL, sizeof(*sender), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid = fork();

	g_assert_cmpint(pid, >=, 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		fatal_signal_watch(sender);
		act();
		_exit(0);
	}
	if (shot) {
		g_assert_cmpint(waitpid(pid, &status, WUNTRACED), ==, pid);
		g_assert_cmpint(kill(pid, shot), ==, 0);
		g_assert_cmpint(kill(pid, SIGCONT), ==, 0);
	}
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	*out_sender = atomic_load(sender);
	(void)munmap(sender, sizeof(*sender));
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void a_fault_has_no_sender(void)
{
	gint32 sender;
	int number = die(trap, 0, &sender);

	g_assert_true(number == SIGILL || number == SIGTRAP);
	g_assert_cmpint(sender, ==, 0);
}

static void abort_has_none(void)
{
	gint32 sender;

	g_assert_cmpint(die(abort, 0, &sender), ==, SIGABRT);
	g_assert_cmpint(sender, ==, 0);
}

static void a_shot_has_one(void)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGSYS};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		gint32 sender;

		g_assert_cmpint(die(stop_and_wait, numbers[i], &sender), ==,
				numbers[i]);
		g_assert_cmpint(sender, ==, getpid());
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fatal-signal/fault", a_fault_has_no_sender);
	g_test_add_func("/fatal-signal/abort", abort_has_none);
	g_test_add_func("/fatal-signal/shot", a_shot_has_one);
	return g_test_run();
}
