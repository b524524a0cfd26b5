#include "config.h"

#include "render/shape_run.h"
#include "render/wrap.h"

/* Cells under construction: one paragraph's, one item after the other. */
struct builder {
	const struct paragraph *paragraph;
	const PangoLogAttr *attrs; /* of the paragraph's characters */
	guint base;		   /* the paragraph's offset in the text */
	GArray *cells;
};

static struct wrap_cell *append_cell(struct builder *b, const char *at,
				     const PangoLogAttr *attr)
{
	struct wrap_cell cell = {
		.offset = b->base + (guint)(at - b->paragraph->text),
		.before = attr->is_line_break ? WRAP_BREAK_WORD
					      : WRAP_BREAK_EMERGENCY,
		.is_space = attr->is_white,
	};

	g_array_append_val(b->cells, cell);
	return &g_array_index(b->cells, struct wrap_cell, b->cells->len - 1);
}

/* A cluster's ink is told to each of its cells: vertically, whole; at the
 * sides, as far as the cell is the cluster's first or last. */
static void note_ink(GArray *cells, guint first, const struct ink *ink,
		     double width_em, gboolean is_rtl)
{
	double left = ink->left, right = width_em - ink->right;

	if (ink->is_empty)
		return;
	for (guint i = first; i < cells->len; i++) {
		struct wrap_cell *cell =
			&g_array_index(cells, struct wrap_cell, i);

		cell->ascent_em = MAX(cell->ascent_em, ink->ascent);
		cell->descent_em = MAX(cell->descent_em, ink->descent);
		if (i == first && cell->advance_em <= width_em)
			cell->inset_start_em = is_rtl ? right : left;
		if (i + 1 == cells->len)
			cell->inset_end_em = is_rtl ? left : right;
	}
}

/* A line that ends with a soft hyphen shows one: it needs the room. */
static void note_soft_hyphen(struct wrap_cell *cell, PangoFont *font)
{
	PangoGlyph glyph;
	double advance_em;

	if (shape_hyphen(font, &glyph, &advance_em))
		cell->inset_end_em = -advance_em;
}

/* The cells of one cluster: bytes [start, end) of the item, glyphs [first,
 * last). Its width is shared among its characters as a cursor would. */
static void build_cluster(struct builder *b, const PangoItem *item,
			  const PangoGlyphString *run, const int bytes[2],
			  const int glyphs[2])
{
	const char *text = b->paragraph->text + item->offset;
	const char *at = text + bytes[0], *end = text + bytes[1];
	const PangoLogAttr *attr =
		b->attrs + g_utf8_pointer_to_offset(b->paragraph->text, at);
	struct ink ink =
		shape_run_ink(item->analysis.font, run, glyphs[0], glyphs[1]);
	long n_chars = g_utf8_pointer_to_offset(at, end);
	guint first = b->cells->len;
	double width_em = 0;

	for (int i = glyphs[0]; i < glyphs[1]; i++)
		width_em += run->glyphs[i].geometry.width * SHAPE_EM_PER_UNIT;
	for (; at < end; at = g_utf8_next_char(at), attr++) {
		struct wrap_cell *cell;

		if (attr->is_cursor_position || b->cells->len == 0 ||
		    at == b->paragraph->text)
			cell = append_cell(b, at, attr);
		else
			cell = &g_array_index(b->cells, struct wrap_cell,
					      b->cells->len - 1);
		cell->advance_em += width_em / (double)MAX(n_chars, 1);
		if (g_utf8_get_char(at) == SHAPE_SOFT_HYPHEN)
			note_soft_hyphen(cell, item->analysis.font);
	}
	note_ink(b->cells, MIN(first, b->cells->len - 1), &ink, width_em,
		 item->analysis.level % 2);
}

/* Walks a run's clusters in logical order. log_clusters grows from left to
 * right in a left-to-right run, and falls in the other. */
static void build_item(struct builder *b, const PangoItem *item,
		       const PangoGlyphString *run)
{
	gboolean is_rtl = item->analysis.level % 2;
	int n = run->num_glyphs;

	for (int done = 0; done < n;) {
		int start = run->log_clusters[is_rtl ? n - 1 - done : done];
		int begin = done, end_byte, glyphs[2];

		while (done < n &&
		       run->log_clusters[is_rtl ? n - 1 - done : done] == start)
			done++;
		end_byte = done < n ? run->log_clusters[is_rtl ? n - 1 - done
							       : done]
				    : item->length;
		glyphs[0] = is_rtl ? n - done : begin;
		glyphs[1] = is_rtl ? n - begin : done;
		build_cluster(b, item, run, (int[]){start, end_byte}, glyphs);
	}
}

void shape_cells(const struct paragraph *paragraph, guint base, GArray *cells)
{
	glong n_chars = g_utf8_strlen(paragraph->text, paragraph->size);
	g_autofree PangoLogAttr *attrs = g_new0(PangoLogAttr, n_chars + 1);
	struct builder b = {
		.paragraph = paragraph,
		.attrs = attrs,
		.base = base,
		.cells = cells,
	};

	pango_get_log_attrs(paragraph->text, paragraph->size, -1,
			    pango_language_from_string("en"), attrs,
			    (int)n_chars + 1);
	for (guint i = 0; i < paragraph->items->len; i++)
		build_item(&b, g_ptr_array_index(paragraph->items, i),
			   g_ptr_array_index(paragraph->runs, i));
}
