#include "config.h"

#include "render/animation.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/gif_builder.h"
#include "render/paint.h"
#include "render/resample.h"
#include "render/webp_animation.h"

G_DEFINE_QUARK(captiond_animation_error, animation_error)

static void layer_clear(void *data)
{
	struct gif_layer *layer = data;

	cairo_surface_destroy(layer->ink);
	cairo_region_destroy((cairo_region_t *)layer->damage);
}

static void caption_span(const struct plan *plan, gsize i,
			 const guint8 *section, gsize size, guint *out_first,
			 guint *out_end)
{
	struct plan_caption_info info;

	plan_caption_info(plan, i, &info);
	gif_section_span(section, size, info.start, info.stop, out_first,
			 out_end);
}

gboolean animation_shows_first(const struct plan *plan, gsize i,
			       const guint8 *section, gsize size)
{
	guint first, end;

	caption_span(plan, i, section, size, &first, &end);
	return first == 0;
}

/* The layer of a span, the last one where it is of the same: captions keep
 * their order, later ones on top. */
static struct gif_layer *take_layer(GArray *layers, const struct gif_info *gif,
				    guint first, guint end)
{
	struct gif_layer layer = {.first = first, .end = end};

	if (layers->len > 0) {
		struct gif_layer *last = &g_array_index(
			layers, struct gif_layer, layers->len - 1);

		if (last->first == first && last->end == end)
			return last;
	}
	layer.ink = cairo_image_surface_create(CAIRO_FORMAT_ARGB32,
					       gif->width_px, gif->height_px);
	layer.damage = cairo_region_create();
	g_array_append_val(layers, layer);
	return &g_array_index(layers, struct gif_layer, layers->len - 1);
}

static void paint_on(const struct plan *plan, gsize i, cairo_surface_t *ink)
{
	g_autoptr(tiles_auto) tiles = tiles_new(ink, NULL);

	paint_plan_caption(plan, i, tiles);
}

GArray *animation_layers(const struct plan *plan, const guint8 *section,
			 gsize size)
{
	GArray *layers = g_array_new(FALSE, FALSE, sizeof(struct gif_layer));
	gsize n = plan ? plan_n_captions(plan) : 0;
	struct gif_info gif;

	g_array_set_clear_func(layers, layer_clear);
	gif_section_info(section, size, &gif);
	for (gsize i = 0; i < n; i++) {
		struct plan_caption_info info;
		struct gif_layer *layer;
		guint first, end;

		plan_caption_info(plan, i, &info);
		if (info.ink.width == 0)
			continue;
		caption_span(plan, i, section, size, &first, &end);
		layer = take_layer(layers, &gif, first, end);
		paint_on(plan, i, layer->ink);
		(void)cairo_region_union_rectangle(
			(cairo_region_t *)layer->damage, &info.ink);
	}
	return layers;
}

static gboolean is_late(gint64 deadline_us)
{
	return deadline_us > 0 && g_get_monotonic_time() >= deadline_us;
}

static gboolean fail_late(GError **error)
{
	g_set_error(error, ANIMATION_ERROR, ANIMATION_ERROR_DEADLINE,
		    "rendering took too long");
	return FALSE;
}

GBytes *animation_resize(const guint8 *section, gsize size, int width_px,
			 int height_px, int quality, gint64 deadline_us,
			 GError **error)
{
	g_autoptr(gif_player_auto) player = gif_player_new(section, size);
	g_autoptr(gif_builder_auto) builder = NULL;
	cairo_surface_t *frame;
	struct gif_info gif;

	gif_section_info(section, size, &gif);
	builder = gif_builder_new(width_px, height_px, gif.loop_count, quality);
	for (guint i = 0; (frame = gif_player_next(player)); i++) {
		g_autoptr(cairo_surface_t) sized =
			resample_surface(frame, width_px, height_px);

		if (is_late(deadline_us)) {
			(void)fail_late(error);
			return NULL;
		}
		gif_builder_add(builder, sized,
				gif_section_delay_ms(section, size, i));
	}
	return gif_builder_end(builder);
}

/* A frame with the layers that it shows, on canvas. */
static void compose(cairo_surface_t *canvas, cairo_surface_t *frame,
		    const GArray *layers, guint i)
{
	g_autoptr(cairo_t) cr = cairo_create(canvas);

	cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
	cairo_set_source_surface(cr, frame, 0, 0);
	cairo_paint(cr);
	cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
	for (guint j = 0; j < layers->len; j++) {
		const struct gif_layer *layer =
			&g_array_index(layers, struct gif_layer, j);

		if (i < layer->first || i >= layer->end)
			continue;
		cairo_set_source_surface(cr, layer->ink, 0, 0);
		cairo_paint(cr);
	}
	cairo_surface_flush(canvas);
}

/* GIF counts how often it plays again, WebP how often it plays. */
static int n_plays(const struct gif_info *gif)
{
	if (gif->loop_count == GIF_LOOP_NONE)
		return 1;
	return gif->loop_count == 0 ? 0 : (int)MIN(gif->loop_count + 1, 65535);
}

/* Frame i, a new reference; the player must be asked for each. */
static cairo_surface_t *next_frame(struct gif_player *player, struct pack *pack,
				   guint i)
{
	cairo_surface_t *frame = gif_player_next(player);

	if (!frame)
		return NULL;
	return pack ? pack_surface(pack, i) : cairo_surface_reference(frame);
}

gboolean animation_to_webp(const guint8 *section, gsize size, struct pack *pack,
			   const GArray *layers,
			   const struct webp_params *params, gint64 deadline_us,
			   struct chain *out, GError **error)
{
	g_autoptr(gif_player_auto) player = gif_player_new(section, size);
	g_autoptr(webp_animation_auto) animation = NULL;
	g_autoptr(cairo_surface_t) canvas = NULL;
	struct gif_info gif;

	gif_section_info(section, size, &gif);
	canvas = cairo_image_surface_create(gif.is_opaque ? CAIRO_FORMAT_RGB24
							  : CAIRO_FORMAT_ARGB32,
					    gif.width_px, gif.height_px);
	animation = webp_animation_new(gif.width_px, gif.height_px,
				       n_plays(&gif), params, error);
	if (!animation)
		return FALSE;
	for (guint i = 0; i < gif.n_frames; i++) {
		g_autoptr(cairo_surface_t) frame = next_frame(player, pack, i);

		if (is_late(deadline_us))
			return fail_late(error);
		compose(canvas, frame, layers, i);
		if (!webp_animation_add(animation, canvas,
					gif_section_delay_ms(section, size, i),
					error))
			return FALSE;
	}
	return webp_animation_end(animation, out, error);
}
