#include "config.h"

#include "render/shape.h"

#include <math.h>
#include <string.h>

#include <hb.h>

#include "render/shape_run.h"

struct shape {
	struct fonts *fonts;
	char *text;
	GPtrArray *paragraphs;
	struct wrap *wrap;
	double cap_height_em;
};

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

/* Where a script is not English's, Pango asks LANGUAGE in the environment
 * which language it is, and with it takes other forms of letters: the same
 * caption must be the same picture everywhere. So only what the text itself
 * tells counts. */
static void set_language(PangoItem *item, enum han han)
{
	static const char *const han_languages[HAN_N] = {[HAN_CHINESE] = "zh",
							 [HAN_JAPANESE] = "ja",
							 [HAN_KOREAN] = "ko"};
	const char *language = "und";

	switch ((GUnicodeScript)item->analysis.script) {
	case G_UNICODE_SCRIPT_HANGUL:
		language = "ko";
		break;
	case G_UNICODE_SCRIPT_HIRAGANA:
	case G_UNICODE_SCRIPT_KATAKANA:
		language = "ja";
		break;
	case G_UNICODE_SCRIPT_HAN:
		language = han_languages[han];
		break;
	default:
		break;
	}
	item->analysis.language = pango_language_from_string(language);
}

static struct paragraph *paragraph_new(struct shape *shape,
				       const struct typeface *typeface,
				       const char *text, int size)
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
		items = pango_itemize_with_base_dir(typeface->context,
						    base_direction(text, size),
						    text, 0, size, attrs, NULL);
	for (GList *at = items; at; at = at->next) {
		set_language(at->data, typeface->han);
		g_ptr_array_add(paragraph->items, at->data);
		g_ptr_array_add(paragraph->runs,
				shape_run_new(paragraph, at->data, &n_missing));
	}
	g_list_free(items);
	fonts_count_missing(shape->fonts, n_missing);
	return paragraph;
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
		paragraph = paragraph_new(shape, typeface, at, (int)(end - at));
		g_ptr_array_add(shape->paragraphs, paragraph);
		shape_cells(paragraph, (guint)(at - shape->text), cells);
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
			piece.run = shape_run_new(paragraph, piece.item,
						  &n_missing);
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
		gboolean is_box = shape_is_missing(info->glyph);
		struct shape_glyph glyph = {
			.face = is_box ? NULL : face,
			.glyph = is_box ? 0 : info->glyph,
			.x_em = x + info->geometry.x_offset * SHAPE_EM_PER_UNIT,
			.y_em = info->geometry.y_offset * SHAPE_EM_PER_UNIT,
		};

		x += info->geometry.width * SHAPE_EM_PER_UNIT;
		if (info->glyph == PANGO_GLYPH_EMPTY)
			continue;
		shape_ink_add(ink, font, info->glyph, glyph.x_em, glyph.y_em);
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

static double pieces_width_em(const GArray *pieces)
{
	double width_em = 0;

	for (guint i = 0; i < pieces->len; i++)
		width_em +=
			pango_glyph_string_get_width(
				g_array_index(pieces, struct piece, i).run) *
			SHAPE_EM_PER_UNIT;
	return width_em;
}

/* Whether the line of the text's bytes [start, end) was broken at a soft
 * hyphen. */
static gboolean ends_in_soft_hyphen(const struct shape *shape, guint start,
				    guint end)
{
	const char *at = shape->text + end;

	return end > start && *at != '\0' && *at != '\n' &&
	       g_utf8_get_char(g_utf8_prev_char(at)) == SHAPE_SOFT_HYPHEN;
}

/* Shows the hyphen after the last piece, which runs from left to right: where
 * writing goes the other way nobody hyphenates. */
static void place_hyphen(struct shape *shape, const GArray *pieces,
			 GArray *glyphs, struct ink *ink)
{
	const struct piece *last =
		&g_array_index(pieces, struct piece, pieces->len - 1);
	PangoFont *font = last->item->analysis.font;
	struct shape_glyph hyphen = {
		.face = fonts_face_of(shape->fonts, font),
		.x_em = pieces_width_em(pieces),
	};
	double advance_em;

	if (last->item->analysis.level % 2 ||
	    !shape_hyphen(font, &hyphen.glyph, &advance_em))
		return;
	shape_ink_add(ink, font, hyphen.glyph, hyphen.x_em, 0);
	g_array_append_val(glyphs, hyphen);
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
	if (ends_in_soft_hyphen(shape, start, end))
		place_hyphen(shape, pieces, out->glyphs, &ink);
	free_pieces(pieces);
	out->has_ink = !ink.is_empty;
	out->left_em = ink.is_empty ? 0 : ink.left;
	out->right_em = ink.is_empty ? 0 : ink.right;
	out->ascent_em = ink.is_empty ? shape->cap_height_em : ink.ascent;
	out->descent_em = ink.is_empty ? 0 : ink.descent;
	out->text = g_strndup(shape->text + start, end - start);
}
