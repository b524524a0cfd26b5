#include "config.h"

#include "cli/table.h"

struct table {
	guint n_columns;
	guint *widths;	  /* in a terminal's columns */
	GPtrArray *words; /* row by row */
};

struct table *table_new(guint n_columns)
{
	struct table *table = g_new(struct table, 1);

	table->n_columns = n_columns;
	table->widths = g_new0(guint, n_columns);
	table->words = g_ptr_array_new_with_free_func(g_free);
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	g_free(table->widths);
	g_ptr_array_unref(table->words);
	g_free(table);
}

static char *make_plain(const char *word)
{
	g_autofree char *valid = g_utf8_make_valid(word ? word : "", -1);
	GString *plain = g_string_new(NULL);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		g_string_append_unichar(
			plain, g_unichar_iscntrl(character) ? '?' : character);
	}
	return g_string_free(plain, FALSE);
}

static guint width_of(const char *word)
{
	guint width = 0;

	for (; *word; word = g_utf8_next_char(word)) {
		gunichar character = g_utf8_get_char(word);

		if (!g_unichar_iszerowidth(character))
			width += g_unichar_iswide(character) ? 2 : 1;
	}
	return width;
}

void table_add(struct table *table, const char *const *words)
{
	for (guint i = 0; i < table->n_columns; i++) {
		char *word = make_plain(words[i]);

		table->widths[i] = MAX(table->widths[i], width_of(word));
		g_ptr_array_add(table->words, word);
	}
}

static void print_row(const struct table *table, const char *const *words,
		      FILE *out)
{
	int n_blanks = 0;

	for (guint i = 0; i < table->n_columns; i++) {
		if (*words[i]) {
			fprintf(out, "%*s%s", n_blanks, "", words[i]);
			n_blanks = 0;
		}
		n_blanks += (int)(table->widths[i] + 2);
		if (*words[i])
			n_blanks -= (int)width_of(words[i]);
	}
	fputc('\n', out);
}

void table_print(const struct table *table, FILE *out)
{
	for (guint i = 0; i < table->words->len; i += table->n_columns)
		print_row(table, (const char *const *)table->words->pdata + i,
			  out);
}
