/* table.h - rows of words in columns, for a terminal or a file.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

struct table;

struct table *table_new(guint n_columns);
void table_free(struct table *table);
typedef struct table table_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(table_auto, table_free)

/* A row of n_columns words, which are copied; what is no text, or would speak
 * to a terminal, is shown as `?`. NULL is an empty word. */
void table_add(struct table *table, const char *const *words);

/* Two spaces between columns, none at a line's end. */
void table_print(const struct table *table, FILE *out);
