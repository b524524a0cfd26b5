#include "config.h"

#include "render/gif.h"

#include <string.h>

#include "render/gif_color.h"
#include "render/gif_section.h"

struct gif_player {
	const guint8 *data;
	guint next;		  /* frame */
	cairo_surface_t *surface; /* what shows */
	guint32 *saved; /* rows as they were before a frame that restores */
};

struct gif_player *gif_player_new(const guint8 *data, gsize size)
{
	struct gif_player *player = g_new0(struct gif_player, 1);
	const struct gif_head *head = gif_head(data);

	(void)size;
	player->data = data;
	player->surface = cairo_image_surface_create(
		head->is_opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32,
		(int)head->width, (int)head->height);
	return player;
}

void gif_player_free(struct gif_player *player)
{
	if (!player)
		return;
	cairo_surface_destroy(player->surface);
	g_free(player->saved);
	g_free(player);
}

static guint32 *row_at(const struct gif_player *player, guint row)
{
	guchar *pixels = cairo_image_surface_get_data(player->surface);
	gsize stride = (gsize)cairo_image_surface_get_stride(player->surface);

	return (guint32 *)(void *)(pixels + row * stride);
}

/* Leaves what the next frame is drawn on. */
static void dispose(struct gif_player *player, const struct gif_frame *frame)
{
	gsize width = gif_head(player->data)->width;

	for (guint i = 0; i < frame->n_rows; i++) {
		guint32 *row = row_at(player, frame->top + i);

		if (frame->disposal == GIF_DISPOSAL_CLEAR)
			memset(row, 0, width * 4);
		else if (frame->disposal == GIF_DISPOSAL_RESTORE)
			memcpy(row, player->saved + i * width, width * 4);
	}
}

static void draw_row(guint32 *row, const guint8 *pixels, gsize width,
		     const guint32 *colors, guint transparent)
{
	for (gsize x = 0; x < width; x++)
		if (pixels[x] != transparent)
			row[x] = colors[pixels[x]];
}

static void draw(struct gif_player *player, const struct gif_frame *frame)
{
	const guint8 *palette = player->data + frame->palette;
	gsize width = gif_head(player->data)->width;
	guint32 colors[256];

	for (guint i = 0; i < 256; i++)
		colors[i] = gif_color_from_rgb(&palette[3 * i]);
	if (frame->disposal == GIF_DISPOSAL_RESTORE && !player->saved)
		player->saved =
			g_new(guint32, width * gif_head(player->data)->height);
	for (guint i = 0; i < frame->n_rows; i++) {
		guint32 *row = row_at(player, frame->top + i);

		if (frame->disposal == GIF_DISPOSAL_RESTORE)
			memcpy(player->saved + i * width, row, width * 4);
		draw_row(row, player->data + frame->pixels + i * width, width,
			 colors, frame->transparent);
	}
}

cairo_surface_t *gif_player_next(struct gif_player *player)
{
	guint i = player->next;

	if (i == gif_head(player->data)->n_frames)
		return NULL;
	cairo_surface_flush(player->surface);
	if (i > 0)
		dispose(player, gif_frame(player->data, i - 1));
	draw(player, gif_frame(player->data, i));
	cairo_surface_mark_dirty(player->surface);
	player->next++;
	return player->surface;
}
