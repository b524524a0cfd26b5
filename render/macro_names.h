/* macro_names.h - the words of the macro's enums, in the enums' order,
 * NULL-terminated. For the reader and the writer of macros alone. */
#pragma once

extern const char *const macro_valign_names[];
extern const char *const macro_halign_names[];
extern const char *const macro_case_names[];
