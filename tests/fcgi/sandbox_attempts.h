/* sandbox_attempts.h - what test_sandbox.c tries in each role's sandbox. */
#pragma once

#include <sys/types.h>

#include <glib.h>

/* What is there before the sandbox is entered. */
struct scene {
	char *dir, *read, *write;  /* folders */
	char *readable, *writable; /* files in them */
	pid_t victim;		   /* a process outside */
	int inet_fd, pipe_fds[2];
	void *page;
};

/* How each attempt ends, a letter a role, in the order of enum sandbox_role:
 *   y  it works
 *   x  seccomp stops it: dead, or EPERM
 *   f  Landlock keeps the file from it: EACCES
 *   3, 4  the same, from that version of Landlock on
 *   6  Landlock keeps the process from it: EPERM, from 6 on
 *   e  it fails softly: EPERM     t  as on what is no terminal: ENOTTY
 *   a  it ends by SIGABRT */
struct sandbox_attempt {
	const char *name;
	int (*run)(const struct scene *scene); /* negative: errno says why */
	const char *ends;
};

extern const struct sandbox_attempt sandbox_attempts[];
extern const gsize sandbox_n_attempts;
