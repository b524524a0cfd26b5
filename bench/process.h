/* process.h - the servers that the bench starts, and what they use. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Starts a program; its output goes to the file log. 0 and an error where it
 * can't be. It dies with the bench. */
pid_t process_start(const char *const *args, const char *log, GError **error);

/* Runs a program to its end; FALSE unless it ended with 0. */
gboolean process_run(const char *const *args, const char *log, GError **error);

/* Tells it to end and waits. */
void process_stop(pid_t pid);

/* CPU time that a process and all its descendants have used so far. */
gint64 process_cpu_ns(pid_t pid);

/* Its children's ids (pid_t). The caller unrefs. */
GArray *process_children(pid_t pid);

/* Whether it calls itself so (proc(5), comm). */
gboolean process_is_named(pid_t pid, const char *name);

/* Memory that it shares with no other process; 0 where it is gone, or is
 * another user's. */
gint64 process_private_kib(pid_t pid);
