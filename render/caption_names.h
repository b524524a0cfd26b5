/* caption_names.h - the words of a caption's enums, in the enums' order,
 * NULL-terminated. For the reader and the writer alone. */
#pragma once

extern const char *const caption_valign_names[];
extern const char *const caption_halign_names[];
extern const char *const caption_case_names[];
