/* fetcher_entry.h - what is known of a fetched picture, as a file beside it.
 */
#pragma once

#include <glib.h>

#include "fcgi/fetcher_transfer.h"

struct fetched;

struct fetcher_entry {
	char key[FETCH_KEY_DIGITS + 1];
	char version[FETCH_VERSION_DIGITS + 1];
	struct transfer_validators validators;
	gint64 fresh_until_s, stale_until_s;
	gint64 mtime_s;
};

/* "KEY.entry". The caller frees it. */
char *fetcher_entry_name(const char *key);

/* Writes it beside and renames it. FALSE: errno says why not. */
gboolean fetcher_entry_write(int dir_fd, const struct fetched *fetched);

/* All that are whole and have their picture: an array of struct fetcher_entry
 * that frees them. Every other file in the folder is removed. */
GPtrArray *fetcher_entries_read(int dir_fd);
