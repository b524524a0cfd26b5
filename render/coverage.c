#include "config.h"

#include "render/coverage.h"

#include <math.h>

#include "render/autoptr.h"
#include "render/letters.h"
#include "render/pixels.h"

static void surface_free(cairo_surface_t *surface)
{
	if (surface)
		cairo_surface_destroy(surface);
}

void coverage_free(struct coverage *coverage)
{
	if (!coverage)
		return;
	surface_free(coverage->background);
	surface_free(coverage->shadow);
	surface_free(coverage->outline);
	surface_free(coverage->fill);
	surface_free(coverage->pictures);
	g_free(coverage);
}

static gboolean is_upright(const struct plan_caption *caption)
{
	return fabs(caption->angle_rad) < 1e-6;
}

static const struct plan_glyph *glyph_at(const struct plan_caption *caption,
					 guint i)
{
	return &g_array_index(caption->glyphs, struct plan_glyph, i);
}

static cairo_rectangle_int_t unite(cairo_rectangle_int_t a,
				   cairo_rectangle_int_t b)
{
	int right, bottom;

	if (a.width <= 0 || a.height <= 0)
		return b;
	if (b.width <= 0 || b.height <= 0)
		return a;
	right = MAX(a.x + a.width, b.x + b.width);
	bottom = MAX(a.y + a.height, b.y + b.height);
	a.x = MIN(a.x, b.x);
	a.y = MIN(a.y, b.y);
	a.width = right - a.x;
	a.height = bottom - a.y;
	return a;
}

static cairo_rectangle_int_t intersect(cairo_rectangle_int_t a,
				       cairo_rectangle_int_t b)
{
	int right = MIN(a.x + a.width, b.x + b.width);
	int bottom = MIN(a.y + a.height, b.y + b.height);

	a.x = MAX(a.x, b.x);
	a.y = MAX(a.y, b.y);
	a.width = right - a.x;
	a.height = bottom - a.y;
	if (a.width <= 0 || a.height <= 0)
		return (cairo_rectangle_int_t){0, 0, 0, 0};
	return a;
}

static cairo_rectangle_int_t grow(cairo_rectangle_int_t box, int by)
{
	return (cairo_rectangle_int_t){box.x - by, box.y - by,
				       box.width + 2 * by, box.height + 2 * by};
}

static enum mask_kind widest_kind(const struct plan_caption *caption,
				  const struct plan_glyph *glyph)
{
	if (letters_is_picture(glyph))
		return MASK_PICTURE;
	return caption->outline_px > 0 ? MASK_OUTLINE : MASK_FILL;
}

static cairo_rectangle_int_t masks_box(const struct plan *plan,
				       const struct plan_caption *caption)
{
	cairo_rectangle_int_t box = {0, 0, 0, 0};

	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph = glyph_at(caption, i);
		int x, y;
		const struct mask *mask =
			letters_mask(plan, caption, glyph,
				     widest_kind(caption, glyph), &x, &y);
		cairo_rectangle_int_t one = {x + mask->left, y + mask->top,
					     mask->width, mask->height};

		box = unite(box, one);
	}
	return box;
}

/* Turns what is drawn on cr with the caption. */
static void turn(cairo_t *cr, const struct plan_caption *caption)
{
	double x = caption->area.x + caption->area.width / 2.0;
	double y = caption->area.y + caption->area.height / 2.0;

	if (is_upright(caption))
		return;
	cairo_translate(cr, x, y);
	cairo_rotate(cr, -caption->angle_rad);
	cairo_translate(cr, -x, -y);
}

/* A path's extents are asked for in the space it was built in: the identity
 * gives pixels. */
static cairo_rectangle_int_t path_box(cairo_t *cr)
{
	double x1, y1, x2, y2;
	int left, top;

	cairo_identity_matrix(cr);
	cairo_path_extents(cr, &x1, &y1, &x2, &y2);
	if (!(x2 > x1 && y2 > y1))
		return (cairo_rectangle_int_t){0, 0, 0, 0};
	left = (int)floor(MAX(x1, -1e6));
	top = (int)floor(MAX(y1, -1e6));
	return (cairo_rectangle_int_t){left, top,
				       (int)ceil(MIN(x2, 1e6)) - left,
				       (int)ceil(MIN(y2, 1e6)) - top};
}

static void glyphs_path(cairo_t *cr, const struct plan_caption *caption)
{
	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph = glyph_at(caption, i);

		if (!letters_is_picture(glyph))
			masks_glyph_path(cr, glyph->face, glyph->glyph,
					 caption->size_px, glyph->x_px,
					 glyph->y_px);
	}
}

/* A picture stands for about a square of its size above the baseline. */
static void pictures_path(cairo_t *cr, const struct plan_caption *caption)
{
	double size = caption->size_px;

	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph = glyph_at(caption, i);

		if (letters_is_picture(glyph))
			cairo_rectangle(cr, glyph->x_px - size,
					glyph->y_px - 2 * size, 3 * size,
					3 * size);
	}
}

static void background_path(cairo_t *cr, const struct plan_caption *caption)
{
	const cairo_rectangle_int_t *box = &caption->background;
	double r = caption->background_radius_px;
	double x1 = box->x, y1 = box->y;
	double x2 = x1 + box->width, y2 = y1 + box->height;

	cairo_new_sub_path(cr);
	cairo_arc(cr, x2 - r, y1 + r, r, -G_PI / 2, 0);
	cairo_arc(cr, x2 - r, y2 - r, r, 0, G_PI / 2);
	cairo_arc(cr, x1 + r, y2 - r, r, G_PI / 2, G_PI);
	cairo_arc(cr, x1 + r, y1 + r, r, G_PI, 3 * G_PI / 2);
	cairo_close_path(cr);
}

/* To measure on. It has no bounds: from a path on a surface that has, Cairo
 * leaves out the glyphs that are far outside. */
static cairo_surface_t *scratch_new(void)
{
	return cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, NULL);
}

static cairo_rectangle_int_t paths_box(const struct plan_caption *caption)
{
	g_autoptr(cairo_surface_t) scratch = scratch_new();
	g_autoptr(cairo_t) cr = cairo_create(scratch);

	turn(cr, caption);
	glyphs_path(cr, caption);
	pictures_path(cr, caption);
	return grow(path_box(cr), (int)ceil(caption->outline_px));
}

static cairo_rectangle_int_t background_box(const struct plan_caption *caption)
{
	g_autoptr(cairo_surface_t) scratch = NULL;
	g_autoptr(cairo_t) cr = NULL;

	if (!caption->has_background)
		return (cairo_rectangle_int_t){0, 0, 0, 0};
	if (is_upright(caption))
		return caption->background;
	scratch = scratch_new();
	cr = cairo_create(scratch);
	turn(cr, caption);
	background_path(cr, caption);
	return path_box(cr);
}

/* What of the picture the caption may change. */
static cairo_rectangle_int_t clip_of(const struct plan *plan,
				     const struct plan_caption *caption)
{
	cairo_rectangle_int_t picture = {0, 0, plan->width_px, plan->height_px};

	if (caption->is_clipped && is_upright(caption))
		return intersect(picture, caption->area);
	return picture;
}

static cairo_rectangle_int_t whole_box(const struct plan *plan,
				       const struct plan_caption *caption)
{
	const struct plan_shadow *shadow = &caption->shadow;
	cairo_rectangle_int_t box = letters_use_masks(caption)
					    ? masks_box(plan, caption)
					    : paths_box(caption);

	if (caption->has_shadow && box.width > 0) {
		cairo_rectangle_int_t cast = grow(box, 3 * shadow->blur_px);

		cast.x += shadow->dx_px;
		cast.y += shadow->dy_px;
		box = unite(box, cast);
	}
	box = unite(box, background_box(caption));
	return intersect(box, clip_of(plan, caption));
}

static cairo_surface_t *layer_new(const struct coverage *coverage,
				  cairo_format_t format)
{
	return cairo_image_surface_create(format, coverage->box.width,
					  coverage->box.height);
}

/* A context in the picture's coordinates, turned with the caption. */
static cairo_t *layer_draw(const struct coverage *coverage,
			   const struct plan_caption *caption,
			   cairo_surface_t *layer)
{
	cairo_t *cr = cairo_create(layer);

	cairo_translate(cr, -coverage->box.x, -coverage->box.y);
	turn(cr, caption);
	return cr;
}

static void draw_background(struct coverage *coverage,
			    const struct plan_caption *caption)
{
	g_autoptr(cairo_t) cr = NULL;

	coverage->background = layer_new(coverage, CAIRO_FORMAT_A8);
	cr = layer_draw(coverage, caption, coverage->background);
	background_path(cr, caption);
	cairo_fill(cr);
}

static void add_masks(struct coverage *coverage, const struct plan *plan,
		      const struct plan_caption *caption, enum mask_kind kind,
		      cairo_surface_t *layer)
{
	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph = glyph_at(caption, i);
		const struct mask *mask;
		int x, y;

		if (letters_is_picture(glyph))
			continue;
		mask = letters_mask(plan, caption, glyph, kind, &x, &y);
		pixels_add(layer, mask->data, mask->stride,
			   (cairo_rectangle_int_t){
				   x + mask->left - coverage->box.x,
				   y + mask->top - coverage->box.y, mask->width,
				   mask->height});
	}
}

static void draw_paths(struct coverage *coverage,
		       const struct plan_caption *caption, enum mask_kind kind,
		       cairo_surface_t *layer)
{
	g_autoptr(cairo_t) cr = layer_draw(coverage, caption, layer);

	glyphs_path(cr, caption);
	if (kind == MASK_OUTLINE) {
		cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
		cairo_set_line_width(cr, 2 * caption->outline_px);
		cairo_stroke_preserve(cr);
	}
	cairo_fill(cr);
}

static cairo_surface_t *draw_text(struct coverage *coverage,
				  const struct plan *plan,
				  const struct plan_caption *caption,
				  enum mask_kind kind)
{
	cairo_surface_t *layer = layer_new(coverage, CAIRO_FORMAT_A8);

	if (letters_use_masks(caption))
		add_masks(coverage, plan, caption, kind, layer);
	else
		draw_paths(coverage, caption, kind, layer);
	return layer;
}

static void draw_picture(cairo_t *cr, const struct mask *mask, double x,
			 double y)
{
	g_autoptr(cairo_surface_t) surface = NULL;

	if (mask->width == 0)
		return;
	surface = cairo_image_surface_create_for_data(
		mask->data, CAIRO_FORMAT_ARGB32, mask->width, mask->height,
		mask->stride);
	cairo_set_source_surface(cr, surface, x + mask->left, y + mask->top);
	cairo_paint(cr);
	/* The mask may be gone before cr lets go of its source. */
	cairo_set_source_rgb(cr, 0, 0, 0);
}

static void draw_pictures(struct coverage *coverage, const struct plan *plan,
			  const struct plan_caption *caption)
{
	g_autoptr(cairo_t) cr = NULL;

	for (guint i = 0; i < caption->glyphs->len; i++) {
		const struct plan_glyph *glyph = glyph_at(caption, i);
		const struct mask *mask;
		int x, y;

		if (!letters_is_picture(glyph))
			continue;
		if (!coverage->pictures) {
			coverage->pictures =
				layer_new(coverage, CAIRO_FORMAT_ARGB32);
			cr = layer_draw(coverage, caption, coverage->pictures);
		}
		mask = letters_mask(plan, caption, glyph, MASK_PICTURE, &x, &y);
		if (is_upright(caption))
			draw_picture(cr, mask, x, y);
		else
			draw_picture(cr, mask, glyph->x_px, glyph->y_px);
	}
}

static void lay_over(cairo_surface_t *layer, cairo_surface_t *what, int dx,
		     int dy)
{
	g_autoptr(cairo_t) cr = NULL;

	if (!what)
		return;
	cr = cairo_create(layer);
	cairo_set_source_surface(cr, what, dx, dy);
	cairo_paint(cr);
}

static void draw_shadow(struct coverage *coverage,
			const struct plan_caption *caption)
{
	int dx = caption->shadow.dx_px, dy = caption->shadow.dy_px;

	coverage->shadow = layer_new(coverage, CAIRO_FORMAT_A8);
	lay_over(coverage->shadow, coverage->outline, dx, dy);
	lay_over(coverage->shadow, coverage->fill, dx, dy);
	lay_over(coverage->shadow, coverage->pictures, dx, dy);
	pixels_blur(coverage->shadow, caption->shadow.blur_px);
}

struct coverage *coverage_new(const struct plan *plan,
			      const struct plan_caption *caption,
			      const cairo_rectangle_int_t *box)
{
	struct coverage *coverage = g_new0(struct coverage, 1);

	coverage->box = *box;
	if (box->width == 0 || box->height == 0)
		return coverage;
	if (caption->has_background)
		draw_background(coverage, caption);
	if (caption->outline_px > 0)
		coverage->outline =
			draw_text(coverage, plan, caption, MASK_OUTLINE);
	coverage->fill = draw_text(coverage, plan, caption, MASK_FILL);
	draw_pictures(coverage, plan, caption);
	if (caption->has_shadow)
		draw_shadow(coverage, caption);
	return coverage;
}

/* Masks are trimmed, so that the union of their boxes is exact. */
static gboolean is_box_exact(const struct plan_caption *caption)
{
	return letters_use_masks(caption) && !caption->has_shadow;
}

static cairo_rectangle_int_t trim_layers(const struct coverage *coverage)
{
	cairo_surface_t *const layers[] = {
		coverage->background, coverage->shadow,	  coverage->outline,
		coverage->fill,	      coverage->pictures,
	};
	cairo_rectangle_int_t ink = {0, 0, 0, 0};

	for (gsize i = 0; i < G_N_ELEMENTS(layers); i++)
		if (layers[i])
			ink = unite(ink, pixels_trim(layers[i]));
	ink.x += coverage->box.x;
	ink.y += coverage->box.y;
	return ink;
}

cairo_rectangle_int_t coverage_ink(const struct plan *plan,
				   struct plan_caption *caption)
{
	cairo_rectangle_int_t box;

	if (caption->opacity <= 0)
		return (cairo_rectangle_int_t){0, 0, 0, 0};
	caption->letters = letters_new(plan, caption);
	if (caption->letters)
		return intersect(letters_box(caption->letters),
				 clip_of(plan, caption));
	box = whole_box(plan, caption);
	if (is_box_exact(caption))
		return box;
	coverage_free(caption->coverage);
	caption->coverage = coverage_new(plan, caption, &box);
	return trim_layers(caption->coverage);
}
