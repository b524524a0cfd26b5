/* wrap.h - where lines break, as arithmetic on widths in em.
 *
 * A text is a row of cells, one a grapheme cluster. Nothing here knows fonts
 * or pixels: a limit of w pixels at size s is w / s em, so each size that is
 * tried costs one pass over the cells.
 */
#pragma once

#include <glib.h>

enum wrap_break {
	WRAP_BREAK_EMERGENCY, /* only inside a word wider than the line */
	WRAP_BREAK_WORD,
};

struct wrap_cell {
	double advance_em;
	/* From the cell's edge to its ink, where a line begins or ends with it:
	 * what a line's ink is narrower than its advances. */
	double inset_start_em, inset_end_em;
	double ascent_em, descent_em; /* of the ink; 0 where there is none */
	guint offset;		      /* the caller's: a byte in the text */
	enum wrap_break before;
	gboolean is_space;
	gboolean is_newline; /* ends its line, whatever its width */
};

struct wrap_line {
	guint first, end; /* cells [first, end), white space at its end and the
			     newline left out */
};

struct wrap;

/* Takes over cells, an array of struct wrap_cell. */
struct wrap *wrap_new(GArray *cells);
void wrap_free(struct wrap *wrap);
typedef struct wrap wrap_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(wrap_auto, wrap_free)

const struct wrap_cell *wrap_cells(const struct wrap *wrap, gsize *out_n);

/* The width of the ink of the cells [first, end). */
double wrap_width_em(const struct wrap *wrap, guint first, guint end);

/* The widest word: below this limit words break. */
double wrap_widest_word_em(const struct wrap *wrap);

/* The widest cell: below this limit nothing fits. */
double wrap_widest_cell_em(const struct wrap *wrap);

/* The fewest lines within limit_em. A word that is wider breaks between its
 * cells; a cell that is wider stands alone. */
guint wrap_count(const struct wrap *wrap, double limit_em);

/* The smallest limit, not below least_em, for which wrap_count() is at most
 * n_lines, or least_em where no limit is. */
double wrap_narrowest_em(const struct wrap *wrap, guint n_lines,
			 double least_em);

/* As many lines as wrap_count() says, none wider than the limit, as alike in
 * width as can be (a break at a space is worth a little). Returns an array of
 * struct wrap_line; the caller frees it. */
GArray *wrap_lines(const struct wrap *wrap, double limit_em);

/* One line for each line of the text as it was given. */
GArray *wrap_newlines(const struct wrap *wrap);
