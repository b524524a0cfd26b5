#include "config.h"

#include "render/fit.h"

#include <math.h>

#include "render/limits.h"

/* The space between the capitals of two lines, outlines aside, and the least
 * between the lowest ink of one and the highest of the next. */
#define LEADING_EM   0.15
#define CLEARANCE_EM 0.07

/* `auto` without need to be smaller. */
#define AUTO_MIN_PX 64
#define AUTO_PARTS  8

/* Words are broken only where that makes the text this much larger. */
#define BREAK_WORTH 3

/* Glyphs stand at fractions of a pixel up to a half from where the arithmetic
 * has them, on either side. */
#define ROUNDING_PX 1.0

void look_at(const struct caption *caption, double size_px, struct look *out)
{
	struct look look = {0};
	double right, bottom;

	if (caption->has_outline)
		look.outline_px =
			MAX(1, round(caption->outline_width_px * size_px) / 64);
	look.left_px = look.right_px = look.outline_px;
	look.top_px = look.bottom_px = look.outline_px;
	if (caption->has_shadow) {
		int offset = (int)MAX(1, lround(size_px / 20));
		int blur = (int)MAX(1, lround(size_px / 40));

		look.shadow = (struct plan_shadow){offset, offset, blur};
		right = look.outline_px + offset + 3 * blur;
		bottom = right;
		look.left_px += MAX(0, 3 * blur - offset);
		look.top_px += MAX(0, 3 * blur - offset);
		look.right_px = right;
		look.bottom_px = bottom;
	}
	if (caption->has_background) {
		look.background_x_px = (int)MAX(2, lround(size_px * 0.25));
		look.background_y_px = (int)MAX(2, lround(size_px * 0.18));
		look.background_radius_px = size_px * 0.15;
		look.left_px = MAX(look.left_px,
				   look.outline_px + look.background_x_px);
		look.right_px = MAX(look.right_px,
				    look.outline_px + look.background_x_px);
		look.top_px = MAX(look.top_px,
				  look.outline_px + look.background_y_px);
		look.bottom_px = MAX(look.bottom_px,
				     look.outline_px + look.background_y_px);
	}
	*out = look;
}

/* What of a set of lines decides the room they need, in em. */
struct extent {
	guint n_lines;
	double width_em;
	double ascent_em, descent_em; /* the first line's, the last one's */
	double pair_em;		      /* the most that two lines' ink needs */
};

struct search {
	const struct caption *caption;
	const struct wrap *wrap;
	const struct fit_room *room;
	double cap_height_em;
	int size_max;
};

static int pitch_px(const struct search *search, const struct extent *extent,
		    const struct look *look, double size_px)
{
	double capitals = (search->cap_height_em + LEADING_EM) * size_px +
			  2 * look->outline_px;
	double pair =
		(extent->pair_em + CLEARANCE_EM) * size_px + look->outline_px;

	return (int)lround(MAX(capitals, pair));
}

/* Up to whole pixels; a hundredth of one that juts out is too faint to be
 * painted, and comes from rounding in the font's units. */
static int whole_px(double length_px)
{
	return (int)ceil(length_px - 0.01);
}

static int height_px(const struct search *search, const struct extent *extent,
		     const struct look *look, double size_px)
{
	int pitch = pitch_px(search, extent, look, size_px);

	return whole_px(extent->ascent_em * size_px + look->top_px) +
	       (int)(extent->n_lines - 1) * pitch +
	       whole_px(extent->descent_em * size_px + look->bottom_px);
}

static gboolean fits(const struct search *search, const struct extent *extent,
		     int size_px)
{
	struct look look;
	double width;

	look_at(search->caption, size_px, &look);
	width = extent->width_em * size_px + look.left_px + look.right_px +
		ROUNDING_PX;
	return width <= search->room->width_px &&
	       height_px(search, extent, &look, size_px) <=
		       search->room->height_px;
}

/* The largest whole size at which the lines fit; 0 where none does. */
static int largest_size(const struct search *search,
			const struct extent *extent)
{
	int low = 0, high = search->size_max;

	while (low < high) {
		int middle = (low + high + 1) / 2;

		if (fits(search, extent, middle))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void extent_add(struct extent *extent, double width, double ascent,
		       double descent)
{
	extent->width_em = MAX(extent->width_em, width);
	if (extent->n_lines == 0)
		extent->ascent_em = ascent;
	else
		extent->pair_em =
			MAX(extent->pair_em, extent->descent_em + ascent);
	extent->descent_em = descent;
	extent->n_lines++;
}

static void extent_of_cells(const struct search *search, const GArray *lines,
			    struct extent *out)
{
	gsize n;
	const struct wrap_cell *cells = wrap_cells(search->wrap, &n);
	struct extent extent = {0};

	for (guint i = 0; i < lines->len; i++) {
		const struct wrap_line *line =
			&g_array_index(lines, struct wrap_line, i);
		double ascent = 0, descent = 0;

		for (guint j = line->first; j < line->end; j++) {
			ascent = MAX(ascent, cells[j].ascent_em);
			descent = MAX(descent, cells[j].descent_em);
		}
		extent_add(&extent,
			   wrap_width_em(search->wrap, line->first, line->end),
			   ascent > 0 ? ascent : search->cap_height_em,
			   descent);
	}
	*out = extent;
}

static void extent_of_lines(const GArray *lines, struct extent *out)
{
	struct extent extent = {0};

	for (guint i = 0; i < lines->len; i++) {
		const struct shape_line *line =
			&g_array_index(lines, struct shape_line, i);

		extent_add(&extent, line->right_em - line->left_em,
			   line->ascent_em, line->descent_em);
	}
	*out = extent;
}

/* The best lines so far. */
struct best {
	GArray *lines; /* struct wrap_line */
	int size_px;
};

static void try_lines(const struct search *search, GArray *lines,
		      struct best *best)
{
	struct extent extent;
	int size;

	extent_of_cells(search, lines, &extent);
	size = largest_size(search, &extent);
	if (best->lines && size <= best->size_px) {
		g_array_unref(lines);
		return;
	}
	if (best->lines)
		g_array_unref(best->lines);
	best->lines = lines;
	best->size_px = size;
}

/* The largest size that n lines may have, whatever is in them. */
static int size_bound(const struct search *search, guint n_lines)
{
	struct extent extent = {.n_lines = n_lines};

	return largest_size(search, &extent);
}

/* Tries each number of lines that words, or (least_em being the widest cell)
 * their pieces, can be broken into. */
static void try_counts(const struct search *search, double least_em,
		       struct best *best)
{
	guint most = wrap_count(search->wrap, least_em);
	guint n = wrap_count(search->wrap, G_MAXDOUBLE);

	for (; n <= most; n++) {
		double limit;

		if (best->lines && size_bound(search, n) <= best->size_px)
			return;
		limit = wrap_narrowest_em(search->wrap, n, least_em);
		if (wrap_count(search->wrap, limit) == n)
			try_lines(search, wrap_lines(search->wrap, limit),
				  best);
	}
}

/* What of a line of the area's width is left for ink. */
static double limit_em(const struct search *search, double size_px)
{
	struct look look;
	double width;

	look_at(search->caption, size_px, &look);
	width = search->room->width_px - look.left_px - look.right_px -
		ROUNDING_PX;
	return MAX(0, width) / size_px;
}

/* Whether the text would be larger if only its words were shorter. */
static gboolean is_held_by_words(const struct search *search, int size_px)
{
	return size_px < search->size_max / BREAK_WORTH &&
	       wrap_widest_word_em(search->wrap) >
		       limit_em(search, MAX(1, size_px) * BREAK_WORTH);
}

/* The lines were as narrow as can be; where the size leaves them room, it is
 * used to break at better places. */
static void relax(const struct search *search, struct best *best)
{
	GArray *lines;
	struct extent extent;

	if (best->size_px == 0)
		return;
	lines = wrap_lines(search->wrap, limit_em(search, best->size_px));
	extent_of_cells(search, lines, &extent);
	if (lines->len != best->lines->len ||
	    !fits(search, &extent, best->size_px)) {
		g_array_unref(lines);
		return;
	}
	g_array_unref(best->lines);
	best->lines = lines;
}

static GArray *largest_lines(const struct search *search)
{
	struct best words = {0}, pieces = {0};

	try_counts(search, wrap_widest_word_em(search->wrap), &words);
	if (!is_held_by_words(search, words.size_px)) {
		relax(search, &words);
		return words.lines;
	}
	try_counts(search, wrap_widest_cell_em(search->wrap), &pieces);
	if (pieces.size_px <= BREAK_WORTH * words.size_px) {
		g_array_unref(pieces.lines);
		return words.lines;
	}
	g_array_unref(words.lines);
	return pieces.lines;
}

static int auto_size(const struct fit_room *room)
{
	int part = room->picture_height_px / AUTO_PARTS;

	return CLAMP(part, AUTO_MIN_PX, LIMIT_FONT_SIZE_PX);
}

static GArray *choose_lines(struct search *search)
{
	switch (search->caption->size) {
	case CAPTION_SIZE_PX:
		return wrap_lines(search->wrap,
				  limit_em(search, search->caption->size_px));
	case CAPTION_SIZE_SHRINK:
		search->size_max = auto_size(search->room);
		return wrap_newlines(search->wrap);
	case CAPTION_SIZE_AUTO:
		search->size_max = auto_size(search->room);
		return largest_lines(search);
	case CAPTION_SIZE_FIT:
		break;
	}
	search->size_max = LIMIT_FONT_SIZE_PX;
	return largest_lines(search);
}

static GArray *shape_lines(struct shape *shape, const GArray *lines)
{
	GArray *shaped = g_array_sized_new(
		FALSE, TRUE, sizeof(struct shape_line), lines->len);

	g_array_set_size(shaped, lines->len);
	for (guint i = 0; i < lines->len; i++)
		shape_line(shape, &g_array_index(lines, struct wrap_line, i),
			   &g_array_index(shaped, struct shape_line, i));
	return shaped;
}

void fit_text(const struct caption *caption, struct shape *shape,
	      const struct fit_room *room, double cap_height_em,
	      struct fit *out)
{
	struct search search = {
		.caption = caption,
		.wrap = shape_wrap(shape),
		.room = room,
		.cap_height_em = cap_height_em,
	};
	g_autoptr(GArray) lines = choose_lines(&search);
	struct extent extent;

	out->lines = shape_lines(shape, lines);
	extent_of_lines(out->lines, &extent);
	out->size_px = caption->size_px;
	if (caption->size != CAPTION_SIZE_PX)
		out->size_px = MAX(1, largest_size(&search, &extent));
	look_at(caption, out->size_px, &out->look);
	out->pitch_px = pitch_px(&search, &extent, &out->look, out->size_px);
	out->ascent_px =
		whole_px(extent.ascent_em * out->size_px + out->look.top_px);
	out->height_px = height_px(&search, &extent, &out->look, out->size_px);
}

void fit_fini(struct fit *fit)
{
	for (guint i = 0; fit->lines && i < fit->lines->len; i++) {
		struct shape_line *line =
			&g_array_index(fit->lines, struct shape_line, i);

		g_clear_pointer(&line->glyphs, g_array_unref);
		g_clear_pointer(&line->text, g_free);
	}
	g_clear_pointer(&fit->lines, g_array_unref);
}
