#include "config.h"

#include "bench/samples.h"

#include "bench/encoding.h"
#include "render/autoptr.h"
#include "render/gif.h"
#include "render/gif_builder.h"

enum { QUALITY = 90, SPOT_PX = 48, FRAME_MS = 80, GRAIN = 8 };

/* Light from one corner, three colours, and grain. */
static guint32 ground_at(GRand *random, int x, int y, int side_px)
{
	int grain = g_rand_int_range(random, -GRAIN, GRAIN + 1);
	int red = 60 + 150 * x / side_px + grain;
	int green = 40 + 140 * y / side_px + grain;
	int blue = 190 - 120 * (x + y) / (2 * side_px) + grain;

	return (guint32)(CLAMP(red, 0, 255) << 16 | CLAMP(green, 0, 255) << 8 |
			 CLAMP(blue, 0, 255));
}

static cairo_surface_t *draw_ground(int side_px)
{
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, side_px, side_px);
	gsize stride = (gsize)cairo_image_surface_get_stride(surface);
	guint8 *data = cairo_image_surface_get_data(surface);
	GRand *random = g_rand_new_with_seed(1);

	for (int y = 0; y < side_px; y++) {
		guint32 *row = (guint32 *)(void *)(data + (gsize)y * stride);

		for (int x = 0; x < side_px; x++)
			row[x] = ground_at(random, x, y, side_px);
	}
	g_rand_free(random);
	cairo_surface_mark_dirty(surface);
	return surface;
}

static gboolean write_chain(const char *dir, const char *id, const char *suffix,
			    const struct chain *chain, GError **error)
{
	g_autofree char *name = g_strconcat(id, suffix, NULL);
	g_autofree char *path = g_build_filename(dir, name, NULL);
	gsize size;
	g_autofree char *bytes = chain_flatten(chain, &size);

	return g_file_set_contents(path, bytes, (gssize)size, error);
}

gboolean sample_jpeg(const char *dir, const char *id, int side_px,
		     GError **error)
{
	g_autoptr(cairo_surface_t) surface = draw_ground(side_px);
	g_autoptr(chain_auto) chain = chain_new();

	encoding_jpeg(surface, QUALITY, chain);
	return write_chain(dir, id, ".jpg", chain, error);
}

static void draw_spot(cairo_surface_t *surface, int side_px, int i, int n)
{
	g_autoptr(cairo_t) cr = cairo_create(surface);

	cairo_set_source_rgb(cr, 0.9, 0.8, 0.2);
	cairo_arc(cr, side_px * (i + 0.5) / n, side_px / 2.0, SPOT_PX / 2.0, 0,
		  2 * G_PI);
	cairo_fill(cr);
	cairo_surface_flush(surface);
}

gboolean sample_gif(const char *dir, const char *id, int side_px, int n_frames,
		    GError **error)
{
	g_autoptr(gif_builder_auto) builder =
		gif_builder_new(side_px, side_px, 0, 100);
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GBytes) section = NULL;

	for (int i = 0; i < n_frames; i++) {
		g_autoptr(cairo_surface_t) frame = draw_ground(side_px);

		draw_spot(frame, side_px, i, n_frames);
		gif_builder_add(builder, frame, FRAME_MS);
	}
	section = gif_builder_end(builder);
	gif_splice(g_bytes_get_data(section, NULL), g_bytes_get_size(section),
		   NULL, 0, chain);
	return write_chain(dir, id, ".gif", chain, error);
}
