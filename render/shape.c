#include "config.h"

#include "render/shape.h"

#include <math.h>
#include <string.h>

#include <hb.h>

/* A line of the text as it was given. */
struct paragraph {
	const char *text; /* the shape's */
	int size;
	GPtrArray *items; /* PangoItem, in logical order */
	GPtrArray *runs;  /* PangoGlyphString of each */
};

struct shape {
	struct fonts *fonts;
	char *text;
	GPtrArray *paragraphs;
	struct wrap *wrap;
	double cap_height_em;
};

struct ink {
	double left, right, ascent, descent; /* em; ascent and descent may be
						negative */
	gboolean is_empty;
};

static const double em_per_unit = 1.0 / (TYPEFACE_EM_PX * PANGO_SCALE);

static void free_item(void *item)
{
	pango_item_free(item);
}

static void free_run(void *run)
{
	pango_glyph_string_free(run);
}

static void paragraph_free(void *data)
{
	struct paragraph *paragraph = data;

	g_ptr_array_unref(paragraph->items);
	g_ptr_array_unref(paragraph->runs);
	g_free(paragraph);
}

void shape_free(struct shape *shape)
{
	if (!shape)
		return;
	g_clear_pointer(&shape->paragraphs, g_ptr_array_unref);
	wrap_free(shape->wrap);
	g_free(shape->text);
	g_free(shape);
}

const struct wrap *shape_wrap(const struct shape *shape)
{
	return shape->wrap;
}

enum han shape_han_of(const char *text)
{
	enum han han = HAN_CHINESE;

	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		switch (g_unichar_get_script(g_utf8_get_char(at))) {
		case G_UNICODE_SCRIPT_HIRAGANA:
		case G_UNICODE_SCRIPT_KATAKANA:
			return HAN_JAPANESE;
		case G_UNICODE_SCRIPT_HANGUL:
			han = HAN_KOREAN;
			break;
		default:
			break;
		}
	}
	return han;
}

static gboolean is_missing(PangoGlyph glyph)
{
	return glyph != PANGO_GLYPH_EMPTY && (glyph & PANGO_GLYPH_UNKNOWN_FLAG);
}

/* Pango's own box for a missing character asks for a font of digits to write
 * the code point with; ours is plain. Returns the number of boxes. */
static guint box_missing(PangoGlyphString *run)
{
	guint n = 0;

	for (int i = 0; i < run->num_glyphs; i++) {
		PangoGlyphInfo *info = &run->glyphs[i];

		if (!is_missing(info->glyph))
			continue;
		info->geometry.width =
			(int)(SHAPE_BOX_ADVANCE_EM / em_per_unit);
		info->geometry.x_offset = info->geometry.y_offset = 0;
		n++;
	}
	return n;
}

static PangoGlyphString *shape_item(const struct paragraph *paragraph,
				    const PangoItem *item, guint *n_missing)
{
	PangoGlyphString *run = pango_glyph_string_new();

	pango_shape_with_flags(paragraph->text + item->offset, item->length,
			       paragraph->text, paragraph->size,
			       &item->analysis, run, PANGO_SHAPE_NONE);
	*n_missing += box_missing(run);
	return run;
}

/* The direction of the first letter that has one, or of a mark that stands for
 * such a letter (UAX #9, P2; Pango's own answer is deprecated). */
static PangoDirection base_direction(const char *text, int size)
{
	hb_unicode_funcs_t *unicode = hb_unicode_funcs_get_default();

	for (const char *at = text; at < text + size;
	     at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		hb_script_t script = hb_unicode_script(unicode, c);

		if (c == 0x200e) /* left-to-right mark */
			return PANGO_DIRECTION_LTR;
		if (c == 0x200f || c == 0x061c) /* right-to-left marks */
			return PANGO_DIRECTION_RTL;
		if (!g_unichar_isalpha(c) || script == HB_SCRIPT_COMMON ||
		    script == HB_SCRIPT_INHERITED)
			continue;
		return hb_script_get_horizontal_direction(script) ==
				       HB_DIRECTION_RTL
			       ? PANGO_DIRECTION_RTL
			       : PANGO_DIRECTION_LTR;
	}
	return PANGO_DIRECTION_NEUTRAL;
}

static struct paragraph *paragraph_new(struct shape *shape,
				       PangoContext *context, const char *text,
				       int size)
{
	struct paragraph *paragraph = g_new0(struct paragraph, 1);
	g_autoptr(PangoAttrList) attrs = pango_attr_list_new();
	GList *items = NULL;
	guint n_missing = 0;

	paragraph->text = text;
	paragraph->size = size;
	paragraph->items = g_ptr_array_new_with_free_func(free_item);
	paragraph->runs = g_ptr_array_new_with_free_func(free_run);
	if (size > 0)
		items = pango_itemize_with_base_dir(context,
						    base_direction(text, size),
						    text, 0, size, attrs, NULL);
	for (GList *at = items; at; at = at->next) {
		g_ptr_array_add(paragraph->items, at->data);
		g_ptr_array_add(paragraph->runs,
				shape_item(paragraph, at->data, &n_missing));
	}
	g_list_free(items);
	fonts_count_missing(shape->fonts, n_missing);
	return paragraph;
}

static void ink_add(struct ink *ink, double left, double right, double ascent,
		    double descent)
{
	if (ink->is_empty) {
		*ink = (struct ink){left, right, ascent, descent, FALSE};
		return;
	}
	ink->left = MIN(ink->left, left);
	ink->right = MAX(ink->right, right);
	ink->ascent = MAX(ink->ascent, ascent);
	ink->descent = MAX(ink->descent, descent);
}

/* Adds a glyph with its origin at x, y. */
static void ink_add_glyph(struct ink *ink, PangoFont *font, PangoGlyph glyph,
			  double x, double y)
{
	hb_font_t *hb = pango_font_get_hb_font(font);
	hb_glyph_extents_t extents;
	int x_scale, y_scale;
	double left, top;

	if (is_missing(glyph)) {
		ink_add(ink, x + SHAPE_BOX_LEFT_EM, x + SHAPE_BOX_RIGHT_EM,
			SHAPE_BOX_HEIGHT_EM - y, y);
		return;
	}
	hb_font_get_scale(hb, &x_scale, &y_scale);
	if (glyph == PANGO_GLYPH_EMPTY ||
	    !hb_font_get_glyph_extents(hb, glyph, &extents) ||
	    extents.width == 0 || extents.height == 0)
		return;
	left = x + (double)extents.x_bearing / x_scale;
	top = y - (double)extents.y_bearing / y_scale;
	ink_add(ink, left, left + (double)extents.width / x_scale, -top,
		top - (double)extents.height / y_scale);
}

/* The ink of a run's glyphs [first, end), from the origin of the first. */
static struct ink measure_glyphs(PangoFont *font, const PangoGlyphString *run,
				 int first, int end)
{
	struct ink ink = {.is_empty = TRUE};
	double x = 0;

	for (int i = first; i < end; i++) {
		const PangoGlyphGeometry *g = &run->glyphs[i].geometry;

		ink_add_glyph(&ink, font, run->glyphs[i].glyph,
			      x + g->x_offset * em_per_unit,
			      g->y_offset * em_per_unit);
		x += g->width * em_per_unit;
	}
	return ink;
}

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
		measure_glyphs(item->analysis.font, run, glyphs[0], glyphs[1]);
	long n_chars = g_utf8_pointer_to_offset(at, end);
	guint first = b->cells->len;
	double width_em = 0;

	for (int i = glyphs[0]; i < glyphs[1]; i++)
		width_em += run->glyphs[i].geometry.width * em_per_unit;
	for (; at < end; at = g_utf8_next_char(at), attr++) {
		struct wrap_cell *cell;

		if (attr->is_cursor_position || b->cells->len == 0 ||
		    at == b->paragraph->text)
			cell = append_cell(b, at, attr);
		else
			cell = &g_array_index(b->cells, struct wrap_cell,
					      b->cells->len - 1);
		cell->advance_em += width_em / (double)MAX(n_chars, 1);
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

static void build_paragraph(const struct shape *shape,
			    const struct paragraph *paragraph, GArray *cells)
{
	glong n_chars = g_utf8_strlen(paragraph->text, paragraph->size);
	g_autofree PangoLogAttr *attrs = g_new0(PangoLogAttr, n_chars + 1);
	struct builder b = {
		.paragraph = paragraph,
		.attrs = attrs,
		.base = (guint)(paragraph->text - shape->text),
		.cells = cells,
	};

	pango_get_log_attrs(paragraph->text, paragraph->size, -1,
			    pango_language_from_string("en"), attrs,
			    (int)n_chars + 1);
	for (guint i = 0; i < paragraph->items->len; i++)
		build_item(&b, g_ptr_array_index(paragraph->items, i),
			   g_ptr_array_index(paragraph->runs, i));
}

static void append_newline(GArray *cells, guint offset)
{
	struct wrap_cell cell = {
		.offset = offset,
		.before = WRAP_BREAK_WORD,
		.is_newline = TRUE,
	};

	g_array_append_val(cells, cell);
}

struct shape *shape_new(struct fonts *fonts, const struct typeface *typeface,
			const char *text)
{
	struct shape *shape = g_new0(struct shape, 1);
	GArray *cells = g_array_new(FALSE, TRUE, sizeof(struct wrap_cell));
	const char *at, *end;

	shape->fonts = fonts;
	shape->cap_height_em = typeface->cap_height_em;
	shape->text = g_strdup(text);
	(void)g_strdelimit(shape->text, "\t", ' ');
	shape->paragraphs = g_ptr_array_new_with_free_func(paragraph_free);
	for (at = shape->text;; at = end + 1) {
		struct paragraph *paragraph;

		end = strchrnul(at, '\n');
		paragraph = paragraph_new(shape, typeface->context, at,
					  (int)(end - at));
		g_ptr_array_add(shape->paragraphs, paragraph);
		build_paragraph(shape, paragraph, cells);
		if (!*end)
			break;
		append_newline(cells, (guint)(end - shape->text));
	}
	shape->wrap = wrap_new(cells);
	return shape;
}

/* The bytes of a line: from its first cell to the cell after its last. */
static void line_bytes(const struct shape *shape, const struct wrap_line *line,
		       guint *out_start, guint *out_end)
{
	gsize n;
	const struct wrap_cell *cells = wrap_cells(shape->wrap, &n);
	guint end = (guint)strlen(shape->text);

	*out_start = line->first < n ? cells[line->first].offset : end;
	*out_end = line->end < n ? cells[line->end].offset : end;
	if (line->end <= line->first)
		*out_end = *out_start;
}

static const struct paragraph *paragraph_at(const struct shape *shape,
					    guint offset)
{
	const char *at = shape->text + offset;

	for (guint i = 0; i < shape->paragraphs->len; i++) {
		const struct paragraph *paragraph =
			g_ptr_array_index(shape->paragraphs, i);

		if (at <= paragraph->text + paragraph->size)
			return paragraph;
	}
	g_assert_not_reached();
}

/* Cuts item down to the paragraph's bytes [start, end). A new item. */
static PangoItem *cut_item(const struct paragraph *paragraph,
			   const PangoItem *whole, int start, int end)
{
	PangoItem *item = pango_item_copy((PangoItem *)whole);
	const char *text = paragraph->text;

	if (start > item->offset) {
		int skipped = start - item->offset;

		pango_item_free(pango_item_split(
			item, skipped,
			(int)g_utf8_pointer_to_offset(text + item->offset,
						      text + start)));
	}
	if (end < item->offset + item->length) {
		PangoItem *head = pango_item_split(
			item, end - item->offset,
			(int)g_utf8_pointer_to_offset(text + item->offset,
						      text + end));

		pango_item_free(item);
		item = head;
	}
	return item;
}

/* A piece of a line: an item, or what the breaks left of it. */
struct piece {
	PangoItem *item;       /* owned where is_cut */
	PangoGlyphString *run; /* the same */
	gboolean is_cut;
};

static GArray *cut_pieces(const struct paragraph *paragraph, int start, int end)
{
	GArray *pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	guint n_missing = 0;

	for (guint i = 0; i < paragraph->items->len; i++) {
		PangoItem *item = g_ptr_array_index(paragraph->items, i);
		int from = MAX(start, item->offset);
		int to = MIN(end, item->offset + item->length);
		struct piece piece = {
			item, g_ptr_array_index(paragraph->runs, i), FALSE};

		if (from >= to)
			continue;
		if (to - from < item->length) {
			piece.item = cut_item(paragraph, item, from, to);
			piece.run =
				shape_item(paragraph, piece.item, &n_missing);
			piece.is_cut = TRUE;
		}
		g_array_append_val(pieces, piece);
	}
	return pieces;
}

static void free_pieces(GArray *pieces)
{
	for (guint i = 0; i < pieces->len; i++) {
		struct piece *piece = &g_array_index(pieces, struct piece, i);

		if (!piece->is_cut)
			continue;
		pango_item_free(piece->item);
		pango_glyph_string_free(piece->run);
	}
	g_array_unref(pieces);
}

static const struct piece *piece_of(const GArray *pieces, const PangoItem *item)
{
	for (guint i = 0; i < pieces->len; i++) {
		const struct piece *piece =
			&g_array_index(pieces, struct piece, i);

		if (piece->item == item)
			return piece;
	}
	g_assert_not_reached();
}

static double place_piece(struct shape *shape, const struct piece *piece,
			  double x, GArray *glyphs, struct ink *ink)
{
	PangoFont *font = piece->item->analysis.font;
	struct font_face *face = fonts_face_of(shape->fonts, font);

	for (int i = 0; i < piece->run->num_glyphs; i++) {
		const PangoGlyphInfo *info = &piece->run->glyphs[i];
		gboolean is_box = is_missing(info->glyph);
		struct shape_glyph glyph = {
			.face = is_box ? NULL : face,
			.glyph = is_box ? 0 : info->glyph,
			.x_em = x + info->geometry.x_offset * em_per_unit,
			.y_em = info->geometry.y_offset * em_per_unit,
		};

		x += info->geometry.width * em_per_unit;
		if (info->glyph == PANGO_GLYPH_EMPTY)
			continue;
		ink_add_glyph(ink, font, info->glyph, glyph.x_em, glyph.y_em);
		g_array_append_val(glyphs, glyph);
	}
	return x;
}

static struct ink place_pieces(struct shape *shape, const GArray *pieces,
			       GArray *glyphs)
{
	struct ink ink = {.is_empty = TRUE};
	GList *logical = NULL, *visual;
	double x = 0;

	for (guint i = pieces->len; i-- > 0;)
		logical = g_list_prepend(
			logical, g_array_index(pieces, struct piece, i).item);
	visual = pango_reorder_items(logical);
	for (GList *at = visual; at; at = at->next)
		x = place_piece(shape, piece_of(pieces, at->data), x, glyphs,
				&ink);
	g_list_free(visual);
	g_list_free(logical);
	return ink;
}

void shape_line(struct shape *shape, const struct wrap_line *line,
		struct shape_line *out)
{
	guint start, end, base;
	const struct paragraph *paragraph;
	GArray *pieces;
	struct ink ink;

	line_bytes(shape, line, &start, &end);
	paragraph = paragraph_at(shape, start);
	base = (guint)(paragraph->text - shape->text);
	pieces = cut_pieces(paragraph, (int)(start - base), (int)(end - base));
	out->glyphs = g_array_new(FALSE, FALSE, sizeof(struct shape_glyph));
	ink = place_pieces(shape, pieces, out->glyphs);
	free_pieces(pieces);
	out->has_ink = !ink.is_empty;
	out->left_em = ink.is_empty ? 0 : ink.left;
	out->right_em = ink.is_empty ? 0 : ink.right;
	out->ascent_em = ink.is_empty ? shape->cap_height_em : ink.ascent;
	out->descent_em = ink.is_empty ? 0 : ink.descent;
	out->text = g_strndup(shape->text + start, end - start);
}
