#include "config.h"

#include "render/wrap.h"

#include <math.h>

struct wrap {
	GArray *cells;	   /* struct wrap_cell */
	double *before_em; /* sum of the advances before cell i; n + 1 */
	guint *solid_end;  /* i, less the white space before it; n + 1 */
	double widest_word_em, widest_cell_em;
};

static const struct wrap_cell *cell_at(const struct wrap *wrap, guint i)
{
	return &g_array_index(wrap->cells, struct wrap_cell, i);
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

/* The end of the word that begins at first: where a line may break next. */
static guint word_end(const struct wrap *wrap, guint first, guint end)
{
	guint i = first + 1;

	while (i < end && cell_at(wrap, i)->before != WRAP_BREAK_WORD)
		i++;
	return MIN(i, end);
}

/* The end of the line of the text as it was given: at a newline's cell, or
 * after the last cell. */
static guint paragraph_end(const struct wrap *wrap, guint first)
{
	guint i = first;

	while (i < wrap->cells->len && !cell_at(wrap, i)->is_newline)
		i++;
	return i;
}

static double measure_widest_word(const struct wrap *wrap)
{
	double widest = 0;

	for (guint start = 0; start <= wrap->cells->len;) {
		guint end = paragraph_end(wrap, start);

		for (guint i = start, next; i < end; i = next) {
			next = word_end(wrap, i, end);
			widest = MAX(widest, wrap_width_em(wrap, i, next));
		}
		start = end + 1;
	}
	return widest;
}

struct wrap *wrap_new(GArray *cells)
{
	struct wrap *wrap = g_new0(struct wrap, 1);
	guint n = cells->len;

	wrap->cells = cells;
	wrap->before_em = g_new0(double, n + 1);
	wrap->solid_end = g_new0(guint, n + 1);
	for (guint i = 0; i < n; i++) {
		const struct wrap_cell *cell = cell_at(wrap, i);
		gboolean is_white = cell->is_space || cell->is_newline;

		wrap->before_em[i + 1] = wrap->before_em[i] + cell->advance_em;
		wrap->solid_end[i + 1] = is_white ? wrap->solid_end[i] : i + 1;
		if (!is_white)
			wrap->widest_cell_em =
				MAX(wrap->widest_cell_em,
				    wrap_width_em(wrap, i, i + 1));
	}
	wrap->widest_word_em = measure_widest_word(wrap);
	return wrap;
}

void wrap_free(struct wrap *wrap)
{
	if (!wrap)
		return;
	g_array_unref(wrap->cells);
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

/* The first cell that does not fit on the line that begins at first: words as
 * long as they fit, else as much of the first word as fits, at least a cell. */
static guint fill_line(const struct wrap *wrap, guint first, guint end,
		       double limit_em)
{
	guint best = first;

	for (guint i = first; i < end;) {
		i = word_end(wrap, i, end);
		if (wrap_width_em(wrap, first, i) > limit_em)
			break;
		best = i;
	}
	if (best > first)
		return best;
	for (best = first + 1; best < end; best++)
		if (wrap_width_em(wrap, first, best + 1) > limit_em)
			break;
	return best;
}

static guint count_paragraph(const struct wrap *wrap, guint first, guint end,
			     double limit_em)
{
	guint n = 0;

	do {
		if (first < end)
			first = fill_line(wrap, first, end, limit_em);
		n++;
	} while (first < end);
	return n;
}

guint wrap_count(const struct wrap *wrap, double limit_em)
{
	guint n = 0;

	for (guint start = 0; start <= wrap->cells->len;) {
		guint end = paragraph_end(wrap, start);

		n += count_paragraph(wrap, start, end, limit_em);
		start = end + 1;
	}
	return n;
}

static void append_line(const struct wrap *wrap, GArray *lines, guint first,
			guint end)
{
	struct wrap_line line = {first, end};

	if (end > first)
		line.end = MAX(first, wrap->solid_end[end]);
	g_array_append_val(lines, line);
}

static void fill_paragraph(const struct wrap *wrap, guint first, guint end,
			   double limit_em, GArray *lines)
{
	do {
		guint next = first;

		if (first < end)
			next = fill_line(wrap, first, end, limit_em);
		append_line(wrap, lines, first, next);
		first = next;
	} while (first < end);
}

/* The least sum of squared widths of a paragraph's words in n lines: the sum
 * of the widths hardly depends on the breaks, so that this is the least
 * variance. cost[k][j] is the best for the first j words in k lines. */
struct balance {
	const struct wrap *wrap;
	double limit_em;
	const guint *starts; /* of the words, and the paragraph's end */
	guint n_words;
	double *cost; /* (n_lines + 1) × (n_words + 1) */
	guint *from;  /* the first word of the last line */
};

static void balance_step(struct balance *b, guint k, guint j)
{
	guint row = b->n_words + 1;
	double best = INFINITY;
	guint from = j - 1;

	for (guint i = j; i-- > 0;) {
		double width =
			wrap_width_em(b->wrap, b->starts[i], b->starts[j]);
		double cost = b->cost[(k - 1) * row + i] + width * width;

		if (width > b->limit_em && i + 1 < j)
			break;
		if (cost < best) {
			best = cost;
			from = i;
		}
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
		append_line(b->wrap, lines, b->starts[ends[k]],
			    b->starts[ends[k + 1]]);
}

static void balance_paragraph(const struct wrap *wrap, guint first, guint end,
			      double limit_em, GArray *lines)
{
	guint n_lines = count_paragraph(wrap, first, end, limit_em);
	g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(guint));
	struct balance b = {.wrap = wrap, .limit_em = limit_em};

	for (guint i = first; i < end; i = word_end(wrap, i, end))
		g_array_append_val(starts, i);
	b.n_words = starts->len;
	g_array_append_val(starts, end);
	b.starts = (const guint *)(void *)starts->data;
	balance_words(&b, n_lines, lines);
}

/* Halving finds the limit to a thousandth of a pixel at any size; the widest
 * line within it is the limit exactly. */
double wrap_narrowest_em(const struct wrap *wrap, guint n_lines,
			 double least_em)
{
	double low = least_em, high = wrap->before_em[wrap->cells->len] + 1;

	if (wrap_count(wrap, high) > n_lines)
		return least_em;
	if (low >= high || wrap_count(wrap, low) <= n_lines)
		return low;
	while (high - low > 1e-6) {
		double middle = (low + high) / 2;

		if (wrap_count(wrap, middle) <= n_lines)
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* Where a word has to break, the lines are filled: what a balance of pieces
 * would gain nobody sees, and there may be hundreds. */
GArray *wrap_balance(const struct wrap *wrap, double limit_em)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct wrap_line));
	guint n_lines = wrap_count(wrap, limit_em);
	gboolean is_broken = wrap->widest_word_em > limit_em;
	double least_em =
		is_broken ? wrap->widest_cell_em : wrap->widest_word_em;

	limit_em = wrap_narrowest_em(wrap, n_lines, MIN(least_em, limit_em));
	for (guint start = 0; start <= wrap->cells->len;) {
		guint end = paragraph_end(wrap, start);

		if (is_broken || start == end)
			fill_paragraph(wrap, start, end, limit_em, lines);
		else
			balance_paragraph(wrap, start, end, limit_em, lines);
		start = end + 1;
	}
	return lines;
}

GArray *wrap_newlines(const struct wrap *wrap)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct wrap_line));

	for (guint start = 0; start <= wrap->cells->len;) {
		guint end = paragraph_end(wrap, start);

		append_line(wrap, lines, start, end);
		start = end + 1;
	}
	return lines;
}
