/* number.h - decimal numbers in text, the same in every locale. */
#pragma once

#include <glib.h>

/* Reads the number that text begins with: [+-]digits[.digits][e[+-]digits],
 * digits on one side of the point at least; no hex, no inf, no nan. On success
 * out_end is the first byte after it and out is finite. FALSE: text begins with
 * none, or it is too large for a double; nothing is written. */
gboolean number_scan(const char *text, const char **out_end, double *out);

/* The same for a text that is a number and nothing else. */
gboolean number_parse(const char *text, double *out);

/* The shortest decimal form that number_parse() reads back as exactly this
 * value, which is finite. -0 is "0". The caller frees it. */
char *number_format(double value);
