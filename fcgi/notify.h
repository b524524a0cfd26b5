/* notify.h - tells the service manager how the service fares.
 *
 * sd_notify(3)'s protocol: one datagram to $NOTIFY_SOCKET. Not libsystemd,
 * which would load four compression and crypto libraries into the one process
 * that stays root, for thirty lines.
 */
#pragma once

#include <glib.h>

/* Sends one or more assignments, separated by newlines: "READY=1",
 * "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "MAINPID=…", "STATUS=…". Does not
 * block; nothing happens where nobody wants to know. FALSE: nobody was told. */
gboolean notify_state(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* "RELOADING=1" with the time of its beginning, which systemd wants. */
gboolean notify_reloading(void);

/* How often "WATCHDOG=1" is to be sent: half of what the manager allows. 0:
 * it does not watch this process. */
gint64 notify_watchdog_us(void);
