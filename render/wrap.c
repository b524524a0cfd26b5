#include "config.h"

#include "render/wrap.h"

#include <math.h>

/* What a line is made of whole: a word with the white space after it, or a
 * line of the text as it was given that has nothing in it. */
struct word {
	guint first, end; /* cells */
	gboolean begins;  /* a line of the text as it was given */
	double width_em;
};

struct wrap {
	GArray *cells;	   /* struct wrap_cell */
	GArray *words;	   /* struct word */
	double *before_em; /* sum of the advances before cell i; n + 1 */
	guint *solid_end;  /* i, less the white space before it; n + 1 */
	double widest_word_em, widest_cell_em;
};

static const struct wrap_cell *cell_at(const struct wrap *wrap, guint i)
{
	return &g_array_index(wrap->cells, struct wrap_cell, i);
}

static const struct word *word_at(const struct wrap *wrap, guint i)
{
	return &g_array_index(wrap->words, struct word, i);
}

double wrap_width_em(const struct wrap *wrap, guint first, guint end)
{
	if (end > first)
		end = MAX(first, wrap->solid_end[end]);
	if (end <= first)
		return 0;
	return wrap->before_em[end] - wrap->before_em[first] -
	       cell_at(wrap, first)->inset_start_em -
	       cell_at(wrap, end - 1)->inset_end_em;
}

static void append_word(struct wrap *wrap, guint first, guint end,
			gboolean begins)
{
	struct word word = {first, end, begins,
			    wrap_width_em(wrap, first, end)};

	wrap->widest_word_em = MAX(wrap->widest_word_em, word.width_em);
	g_array_append_val(wrap->words, word);
}

static void find_words(struct wrap *wrap)
{
	guint n = wrap->cells->len, first = 0;
	gboolean begins = TRUE;

	for (guint i = 0; i < n; i++) {
		const struct wrap_cell *cell = cell_at(wrap, i);

		if (!cell->is_newline &&
		    (cell->before != WRAP_BREAK_WORD || i == first))
			continue;
		append_word(wrap, first, i, begins);
		begins = cell->is_newline;
		first = begins ? i + 1 : i;
	}
	append_word(wrap, first, n, begins);
}

struct wrap *wrap_new(GArray *cells)
{
	struct wrap *wrap = g_new0(struct wrap, 1);
	guint n = cells->len;

	wrap->cells = cells;
	wrap->words = g_array_new(FALSE, FALSE, sizeof(struct word));
	wrap->before_em = g_new0(double, n + 1);
	wrap->solid_end = g_new0(guint, n + 1);
	for (guint i = 0; i < n; i++) {
		const struct wrap_cell *cell = cell_at(wrap, i);
		gboolean is_white = cell->is_space || cell->is_newline;

		wrap->before_em[i + 1] = wrap->before_em[i] + cell->advance_em;
		wrap->solid_end[i + 1] = is_white ? wrap->solid_end[i] : i + 1;
		wrap->widest_cell_em = MAX(wrap->widest_cell_em,
					   wrap_width_em(wrap, i, i + 1));
	}
	find_words(wrap);
	return wrap;
}

void wrap_free(struct wrap *wrap)
{
	if (!wrap)
		return;
	g_array_unref(wrap->cells);
	g_array_unref(wrap->words);
	g_free(wrap->before_em);
	g_free(wrap->solid_end);
	g_free(wrap);
}

const struct wrap_cell *wrap_cells(const struct wrap *wrap, gsize *out_n)
{
	*out_n = wrap->cells->len;
	return (const struct wrap_cell *)(void *)wrap->cells->data;
}

double wrap_widest_word_em(const struct wrap *wrap)
{
	return wrap->widest_word_em;
}

double wrap_widest_cell_em(const struct wrap *wrap)
{
	return wrap->widest_cell_em;
}

static void append_line(const struct wrap *wrap, GArray *lines, guint first,
			guint end)
{
	struct wrap_line line = {first, end};

	if (end > first)
		line.end = MAX(first, wrap->solid_end[end]);
	g_array_append_val(lines, line);
}

/* Lines filled one after the other; what becomes of them is counted, and kept
 * where lines is not NULL. */
struct filling {
	const struct wrap *wrap;
	double limit_em;
	GArray *lines;
	guint n_lines;
	double widest_em;
};

static void end_line(struct filling *filling, guint first, guint end)
{
	filling->n_lines++;
	filling->widest_em = MAX(filling->widest_em,
				 wrap_width_em(filling->wrap, first, end));
	if (filling->lines)
		append_line(filling->wrap, filling->lines, first, end);
}

/* Breaks a word that is wider than a line; at least a cell stands on each.
 * Returns where its last line begins: other words may follow there. */
static guint break_word(struct filling *filling, const struct word *word)
{
	guint first = word->first;

	for (guint i = first + 1; i < word->end; i++) {
		if (wrap_width_em(filling->wrap, first, i + 1) <=
		    filling->limit_em)
			continue;
		end_line(filling, first, i);
		first = i;
	}
	return first;
}

static void fill_lines(struct filling *filling)
{
	const struct wrap *wrap = filling->wrap;
	guint first = 0;

	for (guint i = 0; i < wrap->words->len; i++) {
		const struct word *word = word_at(wrap, i);
		gboolean is_new = i == 0;

		if (i > 0 &&
		    (word->begins || wrap_width_em(wrap, first, word->end) >
					     filling->limit_em)) {
			end_line(filling, first, word_at(wrap, i - 1)->end);
			is_new = TRUE;
		}
		if (is_new)
			first = word->first;
		if (is_new && word->width_em > filling->limit_em)
			first = break_word(filling, word);
	}
	end_line(filling, first, word_at(wrap, wrap->words->len - 1)->end);
}

static struct filling fill(const struct wrap *wrap, double limit_em)
{
	struct filling filling = {.wrap = wrap, .limit_em = limit_em};

	fill_lines(&filling);
	return filling;
}

guint wrap_count(const struct wrap *wrap, double limit_em)
{
	return fill(wrap, limit_em).n_lines;
}

/* Halving, but each step goes down to the widest line that there is within the
 * limit it tried: a few steps instead of twenty. */
double wrap_narrowest_em(const struct wrap *wrap, guint n_lines,
			 double least_em)
{
	struct filling widest = fill(wrap, G_MAXDOUBLE);
	double low = least_em, high = MAX(least_em, widest.widest_em);

	if (widest.n_lines > n_lines || wrap_count(wrap, low) <= n_lines)
		return least_em;
	while (high - low > 1e-4) {
		double middle = (low + high) / 2;
		struct filling tried = fill(wrap, middle);

		if (tried.n_lines <= n_lines)
			high = MAX(low, tried.widest_em);
		else
			low = middle;
	}
	return high;
}

/* What a break costs where there is no space (between two Han characters, or
 * after a hyphen): as much as lines that differ by about two characters. */
#define NO_SPACE_COST 2.0

/* The least sum of squared widths of the words in n lines: the sum of the
 * widths hardly depends on the breaks, so that this is the least variance.
 * cost[k][j] is the best for the first j words in k lines. */
struct balance {
	const struct wrap *wrap;
	double limit_em;
	guint n_words;
	double *cost; /* (n_lines + 1) × (n_words + 1) */
	guint *from;  /* the first word of the last line */
};

/* Whether the word before j is one that a line should end with. */
static gboolean ends_in_space(const struct balance *b, guint j)
{
	guint end = word_at(b->wrap, j - 1)->end;

	return j == b->n_words || word_at(b->wrap, j)->begins ||
	       b->wrap->solid_end[end] < end;
}

static void balance_step(struct balance *b, guint k, guint j)
{
	const struct word *last = word_at(b->wrap, j - 1);
	guint row = b->n_words + 1;
	double penalty = ends_in_space(b, j) ? 0 : NO_SPACE_COST;
	double best = INFINITY;
	guint from = j - 1;

	for (guint i = j; i-- > 0;) {
		const struct word *word = word_at(b->wrap, i);
		double width = wrap_width_em(b->wrap, word->first, last->end);
		double cost =
			b->cost[(k - 1) * row + i] + width * width + penalty;

		if (width > b->limit_em && i + 1 < j)
			break;
		if (cost < best) {
			best = cost;
			from = i;
		}
		if (word->begins)
			break;
	}
	b->cost[k * row + j] = best;
	b->from[k * row + j] = from;
}

static void balance_words(struct balance *b, guint n_lines, GArray *lines)
{
	gsize size = (gsize)(n_lines + 1) * (b->n_words + 1);
	g_autofree double *cost = g_new(double, size);
	g_autofree guint *from = g_new0(guint, size);
	g_autofree guint *ends = g_new(guint, n_lines + 1);

	b->cost = cost;
	b->from = from;
	for (gsize i = 0; i < size; i++)
		cost[i] = INFINITY;
	cost[0] = 0;
	for (guint k = 1; k <= n_lines; k++)
		for (guint j = k; j <= b->n_words; j++)
			balance_step(b, k, j);
	ends[n_lines] = b->n_words;
	for (guint k = n_lines; k > 0; k--)
		ends[k - 1] = from[k * (b->n_words + 1) + ends[k]];
	for (guint k = 0; k < n_lines; k++)
		append_line(b->wrap, lines, word_at(b->wrap, ends[k])->first,
			    word_at(b->wrap, ends[k + 1] - 1)->end);
}

/* Where a word has to break, the lines are filled: what a balance of pieces
 * would gain nobody sees, and there may be hundreds. */
static void fill_evenly(const struct wrap *wrap, double limit_em, GArray *lines)
{
	double least_em = MIN(wrap->widest_cell_em, limit_em);
	struct filling filling = {
		.wrap = wrap,
		.limit_em = wrap_narrowest_em(wrap, wrap_count(wrap, limit_em),
					      least_em),
		.lines = lines,
	};

	fill_lines(&filling);
}

GArray *wrap_lines(const struct wrap *wrap, double limit_em)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct wrap_line));
	struct balance balance = {.wrap = wrap,
				  .limit_em = limit_em,
				  .n_words = wrap->words->len};

	if (wrap->widest_word_em > limit_em)
		fill_evenly(wrap, limit_em, lines);
	else
		balance_words(&balance, wrap_count(wrap, limit_em), lines);
	return lines;
}

GArray *wrap_newlines(const struct wrap *wrap)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct wrap_line));
	guint first = 0;

	for (guint i = 1; i <= wrap->words->len; i++) {
		if (i < wrap->words->len && !word_at(wrap, i)->begins)
			continue;
		append_line(wrap, lines, word_at(wrap, first)->first,
			    word_at(wrap, i - 1)->end);
		first = i;
	}
	return lines;
}
