#include "config.h"

#include "cli/suggest.h"

#include <string.h>

#include "render/limits.h"

/* Three rows of the table of distances; see optimal_distance(). */
struct rows {
	guint data[3][LIMIT_ID_BYTES + 1];
};

static guint *row(struct rows *rows, gsize i)
{
	return rows->data[i % G_N_ELEMENTS(rows->data)];
}

static char folded(const char *text, gsize i)
{
	return g_ascii_tolower(text[i]);
}

static guint cell(struct rows *rows, const char *a, gsize i, const char *b,
		  gsize j)
{
	guint is_other = folded(a, i - 1) != folded(b, j - 1);
	guint best = MIN(row(rows, i - 1)[j], row(rows, i)[j - 1]) + 1;

	best = MIN(best, row(rows, i - 1)[j - 1] + is_other);
	if (i > 1 && j > 1 && folded(a, i - 1) == folded(b, j - 2) &&
	    folded(a, i - 2) == folded(b, j - 1))
		best = MIN(best, row(rows, i - 2)[j - 2] + 1);
	return best;
}

/* Restricted Damerau-Levenshtein distance, letters in any case being equal;
 * both are of LIMIT_ID_BYTES at most. */
static guint optimal_distance(const char *a, gsize a_size, const char *b,
			      gsize b_size)
{
	struct rows rows;

	for (gsize j = 0; j <= b_size; j++)
		row(&rows, 0)[j] = (guint)j;
	for (gsize i = 1; i <= a_size; i++) {
		row(&rows, i)[0] = (guint)i;
		for (gsize j = 1; j <= b_size; j++)
			row(&rows, i)[j] = cell(&rows, a, i, b, j);
	}
	return row(&rows, a_size)[b_size];
}

void suggest_consider(struct suggestion *suggestion, const char *name)
{
	gsize wanted_size = strlen(suggestion->wanted);
	gsize name_size = strlen(name);
	gsize most = MAX(wanted_size, name_size) / 3;
	guint distance;

	if (wanted_size > LIMIT_ID_BYTES || name_size > LIMIT_ID_BYTES ||
	    MAX(wanted_size, name_size) - MIN(wanted_size, name_size) > most)
		return;
	distance = optimal_distance(suggestion->wanted, wanted_size, name,
				    name_size);
	if (distance > most ||
	    (suggestion->best && distance >= suggestion->distance))
		return;
	suggestion->best = name;
	suggestion->distance = distance;
}
