#include "config.h"

#include "fcgi/fatal_signal.h"

#include <signal.h>
#include <unistd.h>

/* A handler has no other way to its data. */
static _Atomic gint32 *volatile sender;

/* Installed with SA_RESETHAND: after it the signal has its default effect, by
 * the faulting instruction that is executed again, or by being raised again. */
static void on_fatal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code > 0)
		return;
	if (info->si_pid != getpid())
		atomic_store(sender, (gint32)info->si_pid);
	(void)raise(number);
}

void fatal_signal_watch(_Atomic gint32 *out_sender)
{
	static const int numbers[] = {SIGSEGV, SIGBUS,	SIGILL, SIGFPE,
				      SIGABRT, SIGTRAP, SIGSYS};
	struct sigaction action = {.sa_sigaction = on_fatal,
				   .sa_flags = SA_SIGINFO | SA_RESETHAND};

	sender = out_sender;
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		(void)sigaction(numbers[i], &action, NULL);
}
