#include "config.h"

#include "fcgi/sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

enum {
	W = 1 << SANDBOX_WORKER,
	P = 1 << SANDBOX_PACKER,
	D = 1 << SANDBOX_DECODER,
	A = 1 << SANDBOX_ADMIN,
	F = 1 << SANDBOX_FETCHER,
	ALL = W | P | D | A | F,
	SERVERS = W | A | F,	 /* have connections */
	WRITERS = P | F,	 /* have a folder to write in */
	READERS = W | P | A | F, /* open files */
};

#define CALL(name)    SCMP_SYS(name)
#define INT	      G_MAXUINT32
#define ONLY(n, what) 0, n, INT, what

#define OPEN_WRITES ((guint64)(O_ACCMODE | O_CREAT | O_TRUNC))
#define NEW_NAMESPACE                                             \
	((guint64)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
		   CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
		   CLONE_NEWNET))

/* Calls that may be made whatever their arguments. */
static const struct {
	int number;
	guint roles;
} calls[] = {
	/* Bytes of what is open. */
	{CALL(read), ALL},
	{CALL(readv), ALL},
	{CALL(pread64), ALL},
	{CALL(preadv), ALL},
	{CALL(write), ALL},
	{CALL(writev), ALL},
	{CALL(pwrite64), ALL},
	{CALL(pwritev), ALL},
	{CALL(lseek), ALL},
	{CALL(_llseek), ALL},
	{CALL(close), ALL},
	{CALL(dup), ALL},
	{CALL(dup2), ALL},
	{CALL(dup3), ALL},
	{CALL(fsync), WRITERS | D},
	{CALL(fdatasync), WRITERS | D},
	{CALL(ftruncate), WRITERS | D},
	{CALL(ftruncate64), WRITERS | D},
	{CALL(fallocate), WRITERS | D},
	{CALL(fadvise64), READERS | D},
	{CALL(sendfile), WRITERS | D},
	{CALL(copy_file_range), WRITERS | D},
	{CALL(flock), WRITERS},

	/* Files by name. */
	{CALL(openat), WRITERS},
	{CALL(open), WRITERS},
	{CALL(fstat), ALL},
	{CALL(fstat64), ALL},
	{CALL(newfstatat), ALL},
	{CALL(fstatat64), ALL},
	{CALL(stat), ALL},
	{CALL(stat64), ALL},
	{CALL(lstat), ALL},
	{CALL(lstat64), ALL},
	{CALL(statx), ALL},
	{CALL(statfs), ALL},
	{CALL(statfs64), ALL},
	{CALL(fstatfs), ALL},
	{CALL(fstatfs64), ALL},
	{CALL(access), ALL},
	{CALL(faccessat), ALL},
	{CALL(faccessat2), ALL},
	{CALL(readlink), ALL},
	{CALL(readlinkat), ALL},
	{CALL(getcwd), ALL},
	{CALL(getdents64), READERS | D},
	{CALL(getdents), READERS},
	{CALL(rename), WRITERS},
	{CALL(renameat), WRITERS},
	{CALL(renameat2), WRITERS},
	{CALL(unlink), WRITERS},
	{CALL(unlinkat), WRITERS},
	{CALL(rmdir), WRITERS},
	{CALL(mkdir), WRITERS},
	{CALL(mkdirat), WRITERS},
	{CALL(umask), WRITERS},
	{CALL(fchmod), WRITERS},
	{CALL(utimensat), WRITERS | D},
	{CALL(memfd_create), P},
	{CALL(inotify_init1), P},
	{CALL(inotify_add_watch), P},
	{CALL(inotify_rm_watch), P},

	/* Memory. */
	{CALL(munmap), ALL},
	{CALL(mremap), ALL},
	{CALL(madvise), ALL},
	{CALL(msync), ALL},
	{CALL(brk), ALL},
	{CALL(mincore), ALL},

	/* Threads. */
	{CALL(set_robust_list), ALL},
	{CALL(rseq), ALL},
	{CALL(futex), ALL},
	{CALL(futex_time64), ALL},
	{CALL(membarrier), ALL},
	{CALL(sched_yield), ALL},
	{CALL(sched_getaffinity), ALL},
	{CALL(sched_getattr), ALL},
	{CALL(sched_getparam), ALL},
	{CALL(sched_getscheduler), ALL},
	{CALL(sched_get_priority_max), ALL},
	{CALL(sched_get_priority_min), ALL},
	{CALL(getpriority), ALL},
	{CALL(exit), ALL},
	{CALL(exit_group), ALL},

	/* Children, which go on to tie themselves down further. */
	{CALL(fork), P},
	{CALL(wait4), P},
	{CALL(waitid), P},
	{CALL(pipe2), P | F},
	{CALL(signalfd4), P | A | F},
	{CALL(setpriority), P},
	{CALL(setrlimit), P},
	{CALL(seccomp), P},
	{CALL(landlock_create_ruleset), P},
	{CALL(landlock_add_rule), P},
	{CALL(landlock_restrict_self), P},

	/* Signals. */
	{CALL(rt_sigaction), ALL},
	{CALL(rt_sigprocmask), ALL},
	{CALL(rt_sigpending), ALL},
	{CALL(rt_sigreturn), ALL},
	{CALL(sigreturn), ALL},
	{CALL(rt_sigtimedwait), ALL},
	{CALL(sigaltstack), ALL},
	/* How a sleep goes on after SIGSTOP and SIGCONT. */
	{CALL(restart_syscall), ALL},

	/* Waiting, and time. */
	{CALL(poll), ALL},
	{CALL(ppoll), ALL},
	{CALL(ppoll_time64), ALL},
	{CALL(select), ALL},
	{CALL(_newselect), ALL},
	{CALL(pselect6), ALL},
	{CALL(epoll_create1), SERVERS},
	{CALL(epoll_ctl), SERVERS},
	{CALL(epoll_wait), SERVERS},
	{CALL(epoll_pwait), SERVERS},
	{CALL(eventfd2), SERVERS},
	{CALL(timerfd_create), SERVERS},
	{CALL(timerfd_settime), SERVERS},
	{CALL(nanosleep), ALL},
	{CALL(clock_nanosleep), ALL},
	{CALL(clock_nanosleep_time64), ALL},
	{CALL(clock_gettime), ALL},
	{CALL(clock_gettime64), ALL},
	{CALL(clock_getres), ALL},
	{CALL(gettimeofday), ALL},
	{CALL(time), ALL},
	{CALL(times), ALL},

	/* What it is, and what the machine is. */
	{CALL(getpid), ALL},
	{CALL(getppid), ALL},
	{CALL(gettid), ALL},
	{CALL(getuid), ALL},
	{CALL(geteuid), ALL},
	{CALL(getgid), ALL},
	{CALL(getegid), ALL},
	{CALL(getresuid), ALL},
	{CALL(getresgid), ALL},
	{CALL(getrusage), ALL},
	{CALL(getrlimit), ALL},
	{CALL(ugetrlimit), ALL},
	{CALL(getrandom), ALL},
	{CALL(getcpu), ALL},
	{CALL(sysinfo), ALL},
	{CALL(uname), ALL},

	/* Connections: of a listener that it was given, or outwards. */
	{CALL(accept), W | A},
	{CALL(accept4), W | A},
	{CALL(recvfrom), SERVERS},
	{CALL(recvmsg), SERVERS},
	{CALL(recv), SERVERS},
	{CALL(sendto), SERVERS},
	{CALL(sendmsg), SERVERS | P}, /* the packer has syslog's socket */
	{CALL(send), SERVERS},
	{CALL(shutdown), SERVERS},
	{CALL(getsockopt), SERVERS},
	{CALL(setsockopt), SERVERS},
	{CALL(getsockname), SERVERS},
	{CALL(getpeername), SERVERS},
	{CALL(socketpair), F},
	/* Of netlink, and of a datagram socket that asks for a name. */
	{CALL(bind), F},
	{CALL(connect), F},
	{CALL(recvmmsg), F},
	{CALL(sendmmsg), F},
};

/* Calls that may be made with some arguments, or that fail softly: those that
 * libraries try and can do without. */
struct call {
	int number;
	guint roles;
	int failure; /* 0: it may be made; else the errno it ends with */
	/* One argument must have `value` in the mask's bits; mask 0: none. It
	 * is compared by its low half alone where the kernel reads no more of
	 * it, else the high half would be a way around. */
	guint arg;
	guint64 mask, value;
};

static const struct call narrow_calls[] = {
	/* Opening for writing; O_TMPFILE needs one of these too. */
	{CALL(openat), W | A, 0, 2, OPEN_WRITES, O_RDONLY},
	{CALL(open), W | A, 0, 1, OPEN_WRITES, O_RDONLY},
	/* Landlock leaves a decoder the fonts; see add_openings(). fontconfig
	 * goes on where it may not write its cache. */
	{CALL(openat), D, EACCES, 2, O_WRONLY, O_WRONLY},
	{CALL(openat), D, EACCES, 2, O_RDWR, O_RDWR},
	{CALL(openat), D, EACCES, 2, O_CREAT, O_CREAT},
	{CALL(openat), D, EACCES, 2, O_TRUNC, O_TRUNC},
	{CALL(open), D, EACCES, 0, 0, 0},
	{CALL(mkdir), D, EACCES, 0, 0, 0},
	{CALL(mkdirat), D, EACCES, 0, 0, 0},
	{CALL(chmod), P | D, EACCES, 0, 0, 0},
	{CALL(link), P | D, EACCES, 0, 0, 0},
	{CALL(unlink), D, EACCES, 0, 0, 0},
	{CALL(unlinkat), D, EACCES, 0, 0, 0},
	{CALL(rename), D, EACCES, 0, 0, 0},
	{CALL(renameat), D, EACCES, 0, 0, 0},

	/* The flags of what others share, and whom to signal, are not its to
	 * set. A worker that could make the listener block would stall the
	 * pool. */
	{CALL(fcntl), ALL, ONLY(1, F_DUPFD)},
	{CALL(fcntl), ALL, ONLY(1, F_DUPFD_CLOEXEC)},
	{CALL(fcntl), ALL, ONLY(1, F_GETFD)},
	{CALL(fcntl), ALL, ONLY(1, F_SETFD)},
	{CALL(fcntl), ALL, ONLY(1, F_GETFL)},
	{CALL(fcntl), ALL, ONLY(1, F_GETLK)},
	{CALL(fcntl), ALL, ONLY(1, F_SETLK)},
	{CALL(fcntl), ALL, ONLY(1, F_SETLKW)},
	{CALL(fcntl), P | D | F, ONLY(1, F_SETFL)},
	{CALL(fcntl64), ALL, ONLY(1, F_DUPFD)},
	{CALL(fcntl64), ALL, ONLY(1, F_DUPFD_CLOEXEC)},
	{CALL(fcntl64), ALL, ONLY(1, F_GETFD)},
	{CALL(fcntl64), ALL, ONLY(1, F_SETFD)},
	{CALL(fcntl64), ALL, ONLY(1, F_GETFL)},
	{CALL(fcntl64), ALL, ONLY(1, F_GETLK)},
	{CALL(fcntl64), ALL, ONLY(1, F_SETLK)},
	{CALL(fcntl64), ALL, ONLY(1, F_SETLKW)},
	{CALL(fcntl64), P | D | F, ONLY(1, F_SETFL)},

	/* Memory is never run as code. Who would load a module can't. */
	{CALL(mmap), ALL, 0, 2, PROT_EXEC, 0},
	{CALL(mmap), P | D | F, EPERM, 2, PROT_EXEC, PROT_EXEC},
	{CALL(mmap2), ALL, 0, 2, PROT_EXEC, 0},
	{CALL(mmap2), P | D | F, EPERM, 2, PROT_EXEC, PROT_EXEC},
	{CALL(mprotect), ALL, 0, 2, PROT_EXEC, 0},

	/* The arguments of clone3 lie in memory, where no filter can read
	 * them; without it the C library calls clone. */
	{CALL(clone3), ALL, ENOSYS, 0, 0, 0},
	{CALL(clone), W | D | F, 0, 0, CLONE_THREAD, CLONE_THREAD},
	{CALL(clone), P, 0, 0, NEW_NAMESPACE, 0},
	{CALL(sched_setattr), ALL, EPERM, 0, 0, 0},

	/* A new limit for nobody but itself. */
	{CALL(prlimit64), W | D | A | F, 0, 2, G_MAXUINT64, 0},
	{CALL(prlimit64), P, ONLY(0, 0)},

	{CALL(prctl), ALL, ONLY(0, PR_SET_NAME)},
	{CALL(prctl), ALL, ONLY(0, PR_GET_NAME)},
	{CALL(prctl), ALL, ONLY(0, PR_SET_VMA)},
	{CALL(prctl), P, ONLY(0, PR_SET_PDEATHSIG)},
	{CALL(prctl), P, ONLY(0, PR_SET_NO_NEW_PRIVS)},
	{CALL(prctl), P, ONLY(0, PR_GET_NO_NEW_PRIVS)},
	{CALL(prctl), P, ONLY(0, PR_SET_SECCOMP)},
	{CALL(prctl), P, ONLY(0, PR_GET_SECCOMP)},

	/* Its children, which are of no known number yet. Landlock keeps it
	 * from others. */
	{CALL(kill), P, ONLY(1, SIGKILL)},
	{CALL(tgkill), P, ONLY(2, SIGABRT)},

	/* isatty(). */
	{CALL(ioctl), ALL, ENOTTY, 0, 0, 0},

	{CALL(socket), F, ONLY(0, AF_INET)},
	{CALL(socket), F, ONLY(0, AF_INET6)},
	{CALL(socket), F, ONLY(0, AF_UNIX)},
	{CALL(socket), F, ONLY(0, AF_NETLINK)},
};

/* The kernel answers a call without arguments to compare from a table, and
 * runs the filter for these alone: each finds its row by bisection. */
enum { BINARY_TREE = 2 };

gboolean sandbox_calls_are_there(void)
{
	guint32 action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

const char *sandbox_calls_action(void)
{
	return SANDBOX_ACTION == SCMP_ACT_KILL_PROCESS ? "kill" : "errno";
}

static int add_call(scmp_filter_ctx filter, const struct call *call)
{
	const struct scmp_arg_cmp compare = {call->arg, SCMP_CMP_MASKED_EQ,
					     call->mask, call->value};
	guint32 action = call->failure == 0
				 ? SCMP_ACT_ALLOW
				 : SCMP_ACT_ERRNO((guint16)call->failure);

	if (action == (guint32)SANDBOX_ACTION)
		return 0; /* it does so anyway */
	return seccomp_rule_add_array(filter, action, call->number,
				      call->mask ? 1 : 0, &compare);
}

/* Without Landlock a decoder could open whatever its user may read: then it
 * opens nothing, and an SVG has no fonts. */
static int add_openings(scmp_filter_ctx filter)
{
	const struct call look = {CALL(openat), D, 0, 2, OPEN_WRITES, O_RDONLY};
	const struct call blind = {CALL(openat), D,	  EACCES, 2,
				   OPEN_WRITES,	 O_RDONLY};

	return add_call(filter, sandbox_files_abi() > 0 ? &look : &blind);
}

/* abort(), and what the C library does to a thread of this process. */
static int add_own_signals(scmp_filter_ctx filter)
{
	const struct call own[] = {
		{CALL(tgkill), ALL, ONLY(0, (guint32)getpid())},
		{CALL(tkill), ALL, ONLY(0, (guint32)getpid())},
		{CALL(kill), ALL, ONLY(0, (guint32)getpid())},
	};
	int failure = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(own) && failure == 0; i++)
		failure = add_call(filter, &own[i]);
	return failure;
}

static int add_calls(scmp_filter_ctx filter, enum sandbox_role role)
{
	int failure = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(calls) && failure == 0; i++)
		if (calls[i].roles & 1U << role)
			failure = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
							 calls[i].number, 0,
							 NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(narrow_calls) && failure == 0; i++)
		if (narrow_calls[i].roles & 1U << role)
			failure = add_call(filter, &narrow_calls[i]);
	if (failure == 0 && role == SANDBOX_DECODER)
		failure = add_openings(filter);
	return failure == 0 ? add_own_signals(filter) : failure;
}

gboolean sandbox_calls_restrict(enum sandbox_role role, GError **error)
{
	scmp_filter_ctx filter;
	int failure;

	if (!sandbox_calls_are_there())
		return TRUE;
	filter = seccomp_init(SANDBOX_ACTION);
	g_return_val_if_fail(filter, FALSE);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE);
	failure = add_calls(filter, role);
	if (failure == 0)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	if (failure == 0)
		return TRUE;
	g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_SETUP,
		    "cannot filter system calls: %s", g_strerror(-failure));
	return FALSE;
}
