/* failure.h - what went wrong, as a line and as an exit status.
 *
 * Statuses are those of sysexits.h, as for captiond. A module of the client
 * fails with a FAILURE whose code is the status itself; those of the libraries
 * below have theirs in one table.
 */
#pragma once

#include <glib.h>

/* The code is an exit status. */
#define FAILURE (failure_quark())
GQuark failure_quark(void);

/* Always FALSE. */
gboolean failure_set(GError **error, int status, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* The exit status that the error means. */
int failure_status(const GError *error);

/* Writes "caption: message" to standard error, one line in which nothing can
 * speak to the terminal, and returns the exit status. */
int failure_report(const GError *error);

/* The same line for what is no failure. */
void failure_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
