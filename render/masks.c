#include "config.h"

#include "render/masks.h"

#include <math.h>
#include <string.h>

#include "render/autoptr.h"
#include "render/pixels.h"
#include "render/shape.h"

typedef cairo_path_t cairo_path_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_path_auto, cairo_path_destroy)

struct masks {
	GHashTable *table; /* struct mask_key * → GList * of queue */
	GQueue queue;	   /* struct mask, latest used first */
	gsize size_bytes, limit_bytes;
	guint64 hits, misses;
};

/* A multiplication carries every bit of a word up into the next one's. */
static guint hash_key(gconstpointer data)
{
	const guint64 odd = G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
	guint64 words[sizeof(struct mask_key) / 8], hash = 0;

	memcpy(words, data, sizeof(words));
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		hash = ((hash ^ hash >> 32) + words[i]) * odd;
	return (guint)(hash >> 32);
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct mask_key)) == 0;
}

G_STATIC_ASSERT(sizeof(struct mask_key) == sizeof(void *) +
						   3 * sizeof(guint32) +
						   2 * sizeof(guint16) &&
		sizeof(struct mask_key) % 8 == 0);

static gsize mask_size(const struct mask *mask)
{
	return sizeof(*mask) + (gsize)mask->stride * mask->height;
}

struct mask *mask_ref(const struct mask *mask)
{
	struct mask *owned = (struct mask *)mask;

	owned->n_owners++;
	return owned;
}

void mask_unref(struct mask *mask)
{
	if (--mask->n_owners > 0)
		return;
	g_free(mask->data);
	g_free(mask);
}

static void drop_mask(void *mask)
{
	mask_unref(mask);
}

struct masks *masks_new(gsize limit_bytes)
{
	struct masks *masks = g_new0(struct masks, 1);

	masks->table = g_hash_table_new(hash_key, equal_keys);
	g_queue_init(&masks->queue);
	masks->limit_bytes = limit_bytes;
	return masks;
}

void masks_free(struct masks *masks)
{
	if (!masks)
		return;
	g_hash_table_unref(masks->table);
	g_queue_clear_full(&masks->queue, drop_mask);
	g_free(masks);
}

void masks_get_stats(const struct masks *masks, struct masks_stats *out)
{
	*out = (struct masks_stats){
		.hits = masks->hits,
		.misses = masks->misses,
		.size_bytes = masks->size_bytes,
		.limit_bytes = masks->limit_bytes,
		.entries = masks->queue.length,
	};
}

static void box_path(cairo_t *cr, double size_px, double x, double y)
{
	double left = x + SHAPE_BOX_LEFT_EM * size_px;
	double width = (SHAPE_BOX_RIGHT_EM - SHAPE_BOX_LEFT_EM) * size_px;
	double height = SHAPE_BOX_HEIGHT_EM * size_px;
	double stroke = SHAPE_BOX_STROKE_EM * size_px;

	cairo_rectangle(cr, left, y, width, -height);
	/* The other way round, so that the winding leaves a hole. */
	cairo_rectangle(cr, left + width - stroke, y - stroke,
			2 * stroke - width, 2 * stroke - height);
}

static void set_font(cairo_t *cr, struct font_face *face, double size_px)
{
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_set_font_face(cr, face->cairo_face);
	cairo_set_font_size(cr, size_px);
	cairo_set_font_options(cr, options);
	cairo_font_options_destroy(options);
}

void masks_glyph_path(cairo_t *cr, struct font_face *face, guint32 glyph,
		      double size_px, double x, double y)
{
	cairo_glyph_t at = {glyph, x, y};

	if (!face) {
		box_path(cr, size_px, x, y);
		return;
	}
	set_font(cr, face, size_px);
	cairo_glyph_path(cr, &at, 1);
}

/* The tight copy of what is on surface, whose top left pixel is at left, top. */
static void mask_take(struct mask *mask, cairo_surface_t *surface, int left,
		      int top)
{
	cairo_rectangle_int_t ink = pixels_trim(surface);
	gboolean is_a8 =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_A8;
	gsize pixel_bytes = is_a8 ? 1 : 4;
	int from_stride = cairo_image_surface_get_stride(surface);
	const guint8 *from = cairo_image_surface_get_data(surface);

	mask->left = left + ink.x;
	mask->top = top + ink.y;
	mask->width = ink.width;
	mask->height = ink.height;
	mask->stride = PIXELS_FILLED((int)(ink.width * pixel_bytes));
	mask->data = g_malloc0((gsize)mask->stride * mask->height);
	for (int y = 0; y < mask->height; y++)
		memcpy(mask->data + (gsize)y * mask->stride,
		       from + (gsize)(ink.y + y) * from_stride +
			       ink.x * pixel_bytes,
		       ink.width * pixel_bytes);
}

/* A surface that holds the box, whose origin is the glyph's pixel. */
static cairo_t *start(cairo_format_t format, const double box[4], int *left,
		      int *top)
{
	int right = (int)ceil(box[2]) + 1, bottom = (int)ceil(box[3]) + 1;
	g_autoptr(cairo_surface_t) surface = NULL;
	cairo_t *cr;

	*left = (int)floor(box[0]) - 1;
	*top = (int)floor(box[1]) - 1;
	surface = cairo_image_surface_create(format, MAX(1, right - *left),
					     MAX(1, bottom - *top));
	cr = cairo_create(surface);
	cairo_translate(cr, -*left, -*top);
	return cr;
}

static void draw_outline(struct mask *mask)
{
	const struct mask_key *key = &mask->key;
	double outline_px = key->outline_64ths / 64.0;
	g_autoptr(cairo_surface_t) scratch =
		cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
	g_autoptr(cairo_t) measure = cairo_create(scratch);
	g_autoptr(cairo_t) cr = NULL;
	g_autoptr(cairo_path_auto) path = NULL;
	double box[4];
	int left, top;

	masks_glyph_path(measure, key->face, key->glyph, key->size_64ths / 64.0,
			 key->x_64ths / 64.0, 0);
	cairo_path_extents(measure, &box[0], &box[1], &box[2], &box[3]);
	if (box[2] <= box[0] || box[3] <= box[1])
		return;
	box[0] -= outline_px;
	box[1] -= outline_px;
	box[2] += outline_px;
	box[3] += outline_px;
	cr = start(CAIRO_FORMAT_A8, box, &left, &top);
	path = cairo_copy_path(measure);
	cairo_append_path(cr, path);
	if (key->outline_64ths > 0) {
		cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
		cairo_set_line_width(cr, 2 * outline_px);
		cairo_stroke_preserve(cr);
	}
	cairo_fill(cr);
	mask_take(mask, cairo_get_target(cr), left, top);
}

/* A font's pictures come in sizes of their own; the one there is is scaled. */
static void draw_picture(struct mask *mask)
{
	const struct mask_key *key = &mask->key;
	double size_px = key->size_64ths / 64.0;
	double strike_px =
		key->face->strike_px > 0 ? key->face->strike_px : size_px;
	double scale = size_px / strike_px;
	g_autoptr(cairo_surface_t) scratch =
		cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
	g_autoptr(cairo_t) measure = cairo_create(scratch);
	g_autoptr(cairo_t) strike = NULL;
	g_autoptr(cairo_t) cr = NULL;
	cairo_glyph_t glyph = {key->glyph, 0, 0};
	cairo_text_extents_t e;
	int strike_left, strike_top, left, top;

	set_font(measure, key->face, strike_px);
	cairo_glyph_extents(measure, &glyph, 1, &e);
	if (!(e.width > 0 && e.height > 0))
		return;
	strike =
		start(CAIRO_FORMAT_ARGB32,
		      (double[]){e.x_bearing, e.y_bearing,
				 e.x_bearing + e.width, e.y_bearing + e.height},
		      &strike_left, &strike_top);
	set_font(strike, key->face, strike_px);
	cairo_show_glyphs(strike, &glyph, 1);
	cr = start(CAIRO_FORMAT_ARGB32,
		   (double[]){e.x_bearing * scale, e.y_bearing * scale,
			      (e.x_bearing + e.width) * scale,
			      (e.y_bearing + e.height) * scale},
		   &left, &top);
	cairo_scale(cr, scale, scale);
	cairo_set_source_surface(cr, cairo_get_target(strike), strike_left,
				 strike_top);
	cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BEST);
	cairo_paint(cr);
	mask_take(mask, cairo_get_target(cr), left, top);
}

static void make_room(struct masks *masks, gsize size)
{
	while (masks->queue.tail &&
	       size > masks->limit_bytes -
			       MIN(masks->limit_bytes, masks->size_bytes)) {
		struct mask *last = g_queue_pop_tail(&masks->queue);

		(void)g_hash_table_remove(masks->table, &last->key);
		masks->size_bytes -= mask_size(last);
		mask_unref(last);
	}
}

static const struct mask *add_mask(struct masks *masks,
				   const struct mask_key *key)
{
	struct mask *mask = g_new0(struct mask, 1);

	mask->key = *key;
	mask->n_owners = 1;
	if (key->kind == MASK_PICTURE)
		draw_picture(mask);
	else
		draw_outline(mask);
	make_room(masks, mask_size(mask));
	masks->size_bytes += mask_size(mask);
	g_queue_push_head(&masks->queue, mask);
	(void)g_hash_table_insert(masks->table, &mask->key, masks->queue.head);
	return mask;
}

const struct mask *masks_get(struct masks *masks, const struct mask_key *key)
{
	GList *link = g_hash_table_lookup(masks->table, key);

	if (!link) {
		masks->misses++;
		return add_mask(masks, key);
	}
	masks->hits++;
	g_queue_unlink(&masks->queue, link);
	g_queue_push_head_link(&masks->queue, link);
	return link->data;
}
