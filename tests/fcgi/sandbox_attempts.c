#include "config.h"

#include "tests/fcgi/sandbox_attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int try_read(const struct scene *scene)
{
	char byte;
	int fd = open(scene->readable, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : (int)read(fd, &byte, 1);
}

static int try_read_passwd(const struct scene *scene)
{
	(void)scene;
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int try_list_root(const struct scene *scene)
{
	(void)scene;
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int try_stat(const struct scene *scene)
{
	struct stat st;

	return stat(scene->readable, &st);
}

static int try_write_in_read(const struct scene *scene)
{
	return open(scene->readable, O_WRONLY | O_CLOEXEC);
}

static int try_read_write(const struct scene *scene)
{
	return open(scene->readable, O_RDWR | O_CLOEXEC);
}

static int try_truncate_on_open(const struct scene *scene)
{
	return open(scene->readable, O_RDONLY | O_TRUNC | O_CLOEXEC);
}

static int create_in(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "new", NULL);

	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int try_create_in_read(const struct scene *scene)
{
	return create_in(scene->read);
}

static int try_create_in_write(const struct scene *scene)
{
	return create_in(scene->write);
}

static int try_tmpfile(const struct scene *scene)
{
	return open(scene->write, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int try_write_own_memory(const struct scene *scene)
{
	(void)scene;
	return open("/proc/self/mem", O_RDWR | O_CLOEXEC);
}

static int try_truncate(const struct scene *scene)
{
	return truncate(scene->writable, 0);
}

static int try_unlink_in_read(const struct scene *scene)
{
	return unlink(scene->readable);
}

static int try_unlink_in_write(const struct scene *scene)
{
	return unlink(scene->writable);
}

static int try_rename(const struct scene *scene)
{
	g_autofree char *path = g_build_filename(scene->write, "other", NULL);

	return rename(scene->writable, path);
}

static int try_mkdir(const struct scene *scene)
{
	g_autofree char *path = g_build_filename(scene->write, "folder", NULL);

	return mkdir(path, 0700);
}

static int try_symlink(const struct scene *scene)
{
	g_autofree char *path = g_build_filename(scene->write, "link", NULL);

	return symlink("/etc/passwd", path);
}

static int try_chmod(const struct scene *scene)
{
	return chmod(scene->readable, 0666);
}

static int try_chroot(const struct scene *scene)
{
	return chroot(scene->read);
}

static int try_mount(const struct scene *scene)
{
	return mount("none", scene->write, "tmpfs", 0, NULL);
}

static int try_socket_inet(const struct scene *scene)
{
	(void)scene;
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int try_socket_unix(const struct scene *scene)
{
	(void)scene;
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int try_socket_packet(const struct scene *scene)
{
	(void)scene;
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
}

/* Whoever may connect finds nobody there. */
static int try_connect(const struct scene *scene)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	int rc = connect(scene->inet_fd, (const struct sockaddr *)&address,
			 sizeof(address));

	return rc < 0 && errno == ECONNREFUSED ? 0 : rc;
}

static int try_bind(const struct scene *scene)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};

	return bind(scene->inet_fd, (const struct sockaddr *)&address,
		    sizeof(address));
}

static int try_listen(const struct scene *scene)
{
	return listen(scene->inet_fd, 1);
}

static int try_execve(const struct scene *scene)
{
	char *args[] = {(char *)"true", NULL};

	(void)scene;
	return execv("/bin/true", args);
}

static int try_fork(const struct scene *scene)
{
	pid_t pid = fork();
	int status;

	(void)scene;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, &status, 0);
}

static int try_kill_child(const struct scene *scene)
{
	pid_t pid = fork();
	int status;

	(void)scene;
	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	if (pid < 0 || kill(pid, SIGKILL) < 0)
		return -1;
	return waitpid(pid, &status, 0) < 0 ? -1 : 0;
}

static void *do_nothing(void *data)
{
	return data;
}

static int try_thread(const struct scene *scene)
{
	pthread_t thread;

	(void)scene;
	errno = pthread_create(&thread, NULL, do_nothing, NULL);
	if (errno == 0)
		errno = pthread_join(thread, NULL);
	return errno == 0 ? 0 : -1;
}

static int try_kill_other(const struct scene *scene)
{
	return kill(scene->victim, SIGKILL);
}

static int try_stop_other(const struct scene *scene)
{
	return kill(scene->victim, SIGSTOP);
}

static int try_kill_parent(const struct scene *scene)
{
	(void)scene;
	return kill(getppid(), SIGUSR1);
}

static int try_signal_self(const struct scene *scene)
{
	(void)scene;
	return kill(getpid(), SIGCHLD); /* which does nothing */
}

static int try_ptrace(const struct scene *scene)
{
	(void)scene;
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int try_attach(const struct scene *scene)
{
	return (int)ptrace(PTRACE_SEIZE, scene->victim, NULL, NULL);
}

static int try_read_other_memory(const struct scene *scene)
{
	char byte;
	struct iovec own = {&byte, 1}, other = {scene->page, 1};

	return (int)syscall(SYS_process_vm_readv, scene->victim, &own, 1,
			    &other, 1, 0);
}

static int try_mprotect_exec(const struct scene *scene)
{
	return mprotect(scene->page, 4096, PROT_READ | PROT_EXEC);
}

static int try_mmap_exec(const struct scene *scene)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)scene;
	return at == MAP_FAILED ? -1 : 0;
}

static int try_mmap(const struct scene *scene)
{
	void *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)scene;
	return at == MAP_FAILED ? -1 : 0;
}

static int try_pipe_io(const struct scene *scene)
{
	char byte = 'x';

	return write(scene->pipe_fds[1], &byte, 1) == 1 &&
			       read(scene->pipe_fds[0], &byte, 1) == 1
		       ? 0
		       : -1;
}

static int try_type_for_the_terminal(const struct scene *scene)
{
	return ioctl(scene->pipe_fds[0], TIOCSTI, "x");
}

static int try_become_dumpable(const struct scene *scene)
{
	(void)scene;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int try_outlive_parent(const struct scene *scene)
{
	(void)scene;
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static int try_setuid(const struct scene *scene)
{
	(void)scene;
	return (int)syscall(SYS_setuid, getuid());
}

static int try_unshare(const struct scene *scene)
{
	(void)scene;
	return unshare(CLONE_NEWUSER);
}

/* As fork() does it, for what would be another world's root. */
static int try_clone_namespace(const struct scene *scene)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL,
			   NULL);

	(void)scene;
	if (pid == 0)
		_exit(0);
	return (int)pid;
}

static int try_raise_limit(const struct scene *scene)
{
	const struct rlimit limit = {64, 64};

	(void)scene;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

static int try_limit_other(const struct scene *scene)
{
	const struct rlimit limit = {64, 64};

	return prlimit(scene->victim, RLIMIT_NOFILE, &limit, NULL);
}

static int try_io_uring(const struct scene *scene)
{
	char params[256] = "";

	(void)scene;
	return (int)syscall(425, 1, params); /* io_uring_setup */
}

static int try_bpf(const struct scene *scene)
{
	(void)scene;
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int try_keyctl(const struct scene *scene)
{
	(void)scene;
	return (int)syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static int try_set_flags(const struct scene *scene)
{
	return fcntl(scene->pipe_fds[0], F_SETFL, 0);
}

static int try_set_owner(const struct scene *scene)
{
	return fcntl(scene->pipe_fds[0], F_SETOWN, getppid());
}

static int try_get_flags(const struct scene *scene)
{
	return fcntl(scene->pipe_fds[0], F_GETFL);
}

static int try_abort(const struct scene *scene)
{
	(void)scene;
	abort();
}

const struct sandbox_attempt sandbox_attempts[] = {
	/*			      WPDAF */
	{"read", try_read, "yyfyy"},
	{"stat", try_stat, "yyyyy"},
	{"read-passwd", try_read_passwd, "fffff"},
	{"list-root", try_list_root, "fffff"},
	{"write-in-read", try_write_in_read, "xffxf"},
	{"read-write", try_read_write, "xffxf"},
	{"truncate-on-open", try_truncate_on_open, "x3fx3"},
	{"create-in-read", try_create_in_read, "xffxf"},
	{"create-in-write", try_create_in_write, "xyfxy"},
	{"tmpfile", try_tmpfile, "xyfxy"},
	{"write-own-memory", try_write_own_memory, "xffxf"},
	{"truncate", try_truncate, "xxxxx"},
	{"unlink-in-read", try_unlink_in_read, "xffxf"},
	{"unlink-in-write", try_unlink_in_write, "xyfxy"},
	{"rename", try_rename, "xyfxy"},
	{"mkdir", try_mkdir, "xyfxy"},
	{"symlink", try_symlink, "xxxxx"},
	{"chmod", try_chmod, "xffxx"},
	{"chroot", try_chroot, "xxxxx"},
	{"mount", try_mount, "xxxxx"},
	{"socket-inet", try_socket_inet, "xxxxy"},
	{"socket-unix", try_socket_unix, "xxxxy"},
	{"socket-packet", try_socket_packet, "xxxxx"},
	{"connect", try_connect, "xxxxy"},
	{"bind", try_bind, "xxxx4"},
	{"listen", try_listen, "xxxxx"},
	{"execve", try_execve, "xxxxx"},
	{"fork", try_fork, "xyxxx"},
	{"kill-child", try_kill_child, "xyxxx"},
	{"thread", try_thread, "yyyxy"},
	{"kill-other", try_kill_other, "x6xxx"},
	{"stop-other", try_stop_other, "xxxxx"},
	{"kill-parent", try_kill_parent, "xxxxx"},
	{"signal-self", try_signal_self, "yyyyy"},
	{"abort", try_abort, "aaaaa"},
	{"ptrace", try_ptrace, "xxxxx"},
	{"attach", try_attach, "xxxxx"},
	{"read-other-memory", try_read_other_memory, "xxxxx"},
	{"mmap", try_mmap, "yyyyy"},
	{"mmap-exec", try_mmap_exec, "xeexe"},
	{"mprotect-exec", try_mprotect_exec, "xxxxx"},
	{"pipe", try_pipe_io, "yyyyy"},
	{"type-for-the-terminal", try_type_for_the_terminal, "ttttt"},
	{"become-dumpable", try_become_dumpable, "xxxxx"},
	{"outlive-parent", try_outlive_parent, "xyxxx"},
	{"setuid", try_setuid, "xxxxx"},
	{"unshare", try_unshare, "xxxxx"},
	{"clone-namespace", try_clone_namespace, "xxxxx"},
	{"raise-limit", try_raise_limit, "xyxxx"},
	{"limit-other", try_limit_other, "xxxxx"},
	{"io-uring", try_io_uring, "xxxxx"},
	{"bpf", try_bpf, "xxxxx"},
	{"keyctl", try_keyctl, "xxxxx"},
	{"get-flags", try_get_flags, "yyyyy"},
	{"set-flags", try_set_flags, "xyyxy"},
	{"set-owner", try_set_owner, "xxxxx"},
};

const gsize sandbox_n_attempts = G_N_ELEMENTS(sandbox_attempts);
