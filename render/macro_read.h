/* macro_read.h - a tree of keys and values into a macro.
 *
 * The one reader behind macro_from_json() and macro_from_query(): both build
 * the same tree, so that a request means the same in both forms.
 */
#pragma once

#include <glib.h>

#include "render/macro.h"

struct json_object;

/* Reads the tree, an object. is_query: strings may stand for numbers. Errors:
 * MACRO_ERROR only. */
struct macro *macro_read(struct json_object *tree, gboolean is_query,
			 GError **error);
