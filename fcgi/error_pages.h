/* error_pages.h - a folder of pages for errors, with nothing to register.
 *
 * `404.html` answers 404; `4xx.html` and `5xx.html` answer the rest of their
 * class. What there is is looked for at start and on HUP; a page is read when
 * it is used, as nginx does with the same folder, so that both always show the
 * same. In a page {{status}}, {{reason}}, {{message}} and {{request_id}} are
 * replaced, HTML-escaped.
 */
#pragma once

#include <glib.h>

#include "fcgi/settings.h"

enum {
	ERROR_PAGE_BYTES_MAX = 256 * 1024,
	/* From there on nothing more is put in. */
	ERROR_PAGE_FILLED_BYTES_MAX = 1024 * 1024,
};

struct error_pages;

/* Makes settings->error_pages: looks into the folder that settings names, or
 * into the installed one. A number that is no error's, and a page that can't be
 * read now, are a warning and are left alone; any other name too, without.
 * Errors: SETTINGS_ERROR_USAGE: the folder that is named is none. */
gboolean error_pages_compile(struct settings *settings, GError **error);
void error_pages_free(struct error_pages *pages);
typedef struct error_pages error_pages_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(error_pages_auto, error_pages_free)

struct error_page_values {
	int status;
	const char *reason, *message, *request_id;
};

#define ERROR_PAGES_ERROR (error_pages_error_quark())
GQuark error_pages_error_quark(void);
enum error_pages_error {
	ERROR_PAGES_ERROR_NONE, /* no page is for this status */
	ERROR_PAGES_ERROR_LOST, /* there was one; it is gone or can't be read */
};

/* The page for a status, filled in. The caller frees it. */
char *error_pages_make(const struct error_pages *pages,
		       const struct error_page_values *values, GError **error);

/* Fills in a page's text, once: what comes in is not looked at again. */
char *error_page_fill(const char *page, const struct error_page_values *values);
