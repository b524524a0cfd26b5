/* macro_input.h - the macro of a command line: the argument, or JSON on
 * standard input, and the options that go with either.
 */
#pragma once

#include <glib.h>

#include "render/macro.h"

struct macro_input {
	gboolean is_json;
	int width_px, height_px, quality; /* 0: not given */
	char *format;			  /* NULL: not given; so below */
	char *background, *font, *color, *outline, *size;
};

/* Appends the options, which fill in an all zero input. */
void macro_input_options(struct macro_input *input, GArray *options);
void macro_input_fini(struct macro_input *input);

/* argument is NULL where none was given. A format that nobody gave is that of
 * the output's suffix, where it has one. Errors: MACRO_ERROR, FAILURE. */
struct macro *macro_input_read(const struct macro_input *input,
			       const char *argument, const char *output,
			       GError **error);
