/* macro_check.h - what must hold for any macro that a reader gave. */
#pragma once

#include <string.h>

#include "render/limits.h"
#include "render/macro.h"

/* Takes the macro, or the error where there is none. The canonical query is
 * read again and gives itself. */
static inline void check_macro(struct macro *macro, GError *error)
{
	g_autofree char *canonical = NULL;
	g_autofree char *again = NULL;
	struct macro *read;

	if (!macro) {
		g_assert_error(error, MACRO_ERROR, MACRO_ERROR_INVALID);
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		g_assert_cmpuint(strlen(error->message), <, 1024);
		g_error_free(error);
		return;
	}
	g_assert_no_error(error);
	g_assert_cmpuint(macro->n_captions, <=, LIMIT_CAPTIONS);
	canonical = macro_to_query(macro);
	macro_free(macro);
	if (strlen(canonical) > LIMIT_BODY_BYTES)
		return;
	read = macro_from_query(canonical, strlen(canonical), &error);
	g_assert_no_error(error);
	again = macro_to_query(read);
	g_assert_cmpstr(canonical, ==, again);
	macro_free(read);
}
