/* macro_shell.h - a macro as one argument of a command line.
 *
 *     zoidberg{^Need a meme?}{_Why not Zoidberg?}
 *
 * A template's name, then each caption in braces. A caption may begin with a
 * mark for its side (`^` top, `-` middle, `_` bottom) and one for its alignment
 * (`<` left, `|` center, `>` right), one of each at most, in either order; without
 * them it stands at the bottom, in the center. A backslash takes the next
 * character's meaning from it, but for `\n` in a caption, a line break. White
 * space around the whole, and between the captions, means nothing.
 */
#pragma once

#include <glib.h>

#include "render/macro.h"

struct json_object;

/* Reads it into the tree that macro_read() takes. The caller drops the
 * reference; NULL with MACRO_ERROR, whose message says at which byte. */
struct json_object *macro_shell_tree(const char *text, GError **error);

/* The macro in its one shell form; width, height, format, quality and version
 * are no part of it. NULL: a caption says what the grammar has no words for.
 * The caller frees it. */
char *macro_shell_write(const struct macro *macro);
