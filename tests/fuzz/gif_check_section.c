#include "config.h"

#include "tests/fuzz/gif_check_section.h"

#include <cairo.h>

#include "render/autoptr.h"
#include "render/gif.h"
#include "render/gif_section.h"

static void play(const guint8 *data, gsize size, guint n_frames)
{
	g_autoptr(gif_player_auto) player = gif_player_new(data, size);

	for (guint i = 0; i < n_frames; i++)
		g_assert_nonnull(gif_player_next(player));
	g_assert_null(gif_player_next(player));
}

static cairo_surface_t *paint_ink(const struct gif_info *info)
{
	cairo_surface_t *ink = cairo_image_surface_create(
		CAIRO_FORMAT_ARGB32, info->width_px, info->height_px);
	g_autoptr(cairo_t) cr = cairo_create(ink);

	cairo_scale(cr, info->width_px, info->height_px);
	cairo_set_source_rgba(cr, 1, 0.9, 0.1, 0.7);
	cairo_rectangle(cr, 0.1, 0.1, 0.5, 0.2);
	cairo_fill(cr);
	cairo_set_source_rgb(cr, 0, 0, 0);
	cairo_arc(cr, 0.6, 0.6, 0.3, 0, 6);
	cairo_fill(cr);
	cairo_surface_flush(ink);
	return ink;
}

void gif_check_section(const guint8 *data, gsize size)
{
	const struct gif_head *head = gif_head(data);
	g_autoptr(cairo_surface_t) ink = NULL;
	g_autoptr(cairo_region_t) damage = NULL;
	g_autoptr(chain_auto) chain = chain_new();
	g_autofree guint8 *file = NULL;
	struct gif_layer layers[2];
	struct gif_info info;
	gsize file_size;

	gif_section_info(data, size, &info);
	ink = paint_ink(&info);
	damage = cairo_region_create_rectangle(
		&(cairo_rectangle_int_t){0, 0, info.width_px, info.height_px});
	for (guint i = 0; i < 2; i++)
		layers[i] =
			(struct gif_layer){ink, damage, i, info.n_frames - i};
	play(data, size, info.n_frames);
	gif_splice(data, size, layers, 2, chain);
	file = chain_flatten(chain, &file_size);
	g_assert_cmpuint(file_size, >, 14);
	g_assert_cmpint(file[file_size - 1], ==,
			data[head->stream + head->stream_size - 1]);
}
