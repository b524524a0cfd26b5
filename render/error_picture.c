#include "config.h"

#include "render/error_picture.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/gif.h"
#include "render/jpeg.h"
#include "render/layout.h"
#include "render/limits.h"
#include "render/paint.h"
#include "render/png.h"
#include "render/webp.h"

enum {
	/* Below these there is room for the number alone. */
	MESSAGE_WIDTH_MIN_PX = 72,
	MESSAGE_HEIGHT_MIN_PX = 56,
	/* Letters of the message are at least about so large, or it is cut:
	 * a condensed face has some two letters in a square of its size. */
	LETTER_WIDTH_PX = 6,
	LINE_HEIGHT_PX = 14,
	STRIPE_PARTS = 32, /* of the height */
	QUALITY = 85,
	WEBP_METHOD = 2,
};

/* Areas, as fractions of the picture. */
#define NUMBER_Y       0.10
#define NUMBER_HEIGHT  0.46
#define MESSAGE_Y      0.63
#define MESSAGE_HEIGHT 0.30
#define SIDE	       0.06

#define GROUND	      ((struct color){0x23, 0x27, 0x2f, 0xff})
#define INK	      ((struct color){0xf4, 0xf1, 0xea, 0xff})
#define CLIENT_ACCENT ((struct color){0xff, 0xb4, 0x54, 0xff})
#define SERVER_ACCENT ((struct color){0xff, 0x6b, 0x61, 0xff})

/* As many letters as can be read in the message's area, and an ellipsis where
 * these are not all. NULL: it has none that can be shown. */
static char *cut_message(const struct error_picture *picture)
{
	int columns =
		(int)(picture->width_px * (1 - 2 * SIDE)) / LETTER_WIDTH_PX;
	int rows = (int)(picture->height_px * MESSAGE_HEIGHT) / LINE_HEIGHT_PX;
	glong most = MIN(columns * MAX(rows, 1), LIMIT_CODE_POINTS);
	g_autofree char *valid = g_utf8_make_valid(picture->message, -1);
	g_autofree char *part = NULL;

	if (g_utf8_strlen(valid, -1) <= most)
		return text_clean(valid, strlen(valid), NULL);
	part = g_utf8_substring(valid, 0, MAX(most - 1, 1));
	g_free(valid);
	valid = g_strconcat(g_strchomp(part), "…", NULL);
	return text_clean(valid, strlen(valid), NULL);
}

/* Takes text over. */
static void init_caption(struct caption *caption, char *text,
			 struct color color, double y, double height)
{
	caption_init(caption);
	caption->text = text;
	caption->valign = CAPTION_VALIGN_MIDDLE;
	caption->has_valign = FALSE;
	caption->color = color;
	caption->has_outline = FALSE;
	caption->size = CAPTION_SIZE_FIT;
	caption->has_area = TRUE;
	caption->x = SIDE;
	caption->w = 1 - 2 * SIDE;
	caption->y = y;
	caption->h = height;
}

static struct color accent_of(const struct error_picture *picture)
{
	return picture->status < 500 ? CLIENT_ACCENT : SERVER_ACCENT;
}

/* In the middle of its share of the height, which it fills as far as it can in
 * one line: three figures are some 1.6 times as wide as high. */
static void init_number(struct caption *caption,
			const struct error_picture *picture, double share)
{
	double height = MIN(share, picture->width_px * (1 - 2 * SIDE) / 1.6 /
					   picture->height_px);

	init_caption(caption, g_strdup_printf("%d", picture->status),
		     accent_of(picture), NUMBER_Y + (share - height) / 2,
		     height);
}

static struct plan *lay_out(const struct error_picture *picture,
			    struct fonts *fonts, gint64 deadline_us,
			    GError **error)
{
	struct caption captions[2];
	struct macro macro = {.captions = captions, .n_captions = 1};
	gboolean has_room = picture->width_px >= MESSAGE_WIDTH_MIN_PX &&
			    picture->height_px >= MESSAGE_HEIGHT_MIN_PX;
	char *message = has_room ? cut_message(picture) : NULL;
	struct plan *plan;

	init_number(&captions[0], picture,
		    message ? NUMBER_HEIGHT : 1 - 2 * NUMBER_Y);
	if (message) {
		init_caption(&captions[1], message, INK, MESSAGE_Y,
			     MESSAGE_HEIGHT);
		macro.n_captions = 2;
	}
	plan = layout_plan(&macro, picture->width_px, picture->height_px, fonts,
			   deadline_us, error);
	for (gsize i = 0; i < macro.n_captions; i++)
		caption_fini(&captions[i]);
	return plan;
}

static void fill(cairo_t *cr, struct color color, double y, double height)
{
	cairo_set_source_rgb(cr, color.r / 255.0, color.g / 255.0,
			     color.b / 255.0);
	cairo_rectangle(cr, 0, y, LIMIT_SIDE_PX, height);
	cairo_fill(cr);
}

static void paint_ground(const struct error_picture *picture,
			 cairo_surface_t *surface)
{
	g_autoptr(cairo_t) cr = cairo_create(surface);
	int stripe_px = MAX(picture->height_px / STRIPE_PARTS, 1);

	fill(cr, GROUND, 0, picture->height_px);
	fill(cr, accent_of(picture), 0, stripe_px);
}

static gboolean encode(const struct error_picture *picture,
		       cairo_surface_t *surface, struct chain *out,
		       GError **error)
{
	/* Letters in colour, and no photograph: all of the colour. */
	const struct jpeg_params jpeg = {QUALITY, TRUE};
	const struct webp_params webp = {QUALITY, WEBP_METHOD};

	switch (picture->format) {
	case MACRO_FORMAT_JPEG:
		return jpeg_encode(surface, &jpeg, out, error);
	case MACRO_FORMAT_WEBP:
		return webp_encode(surface, &webp, out, error);
	case MACRO_FORMAT_GIF:
		gif_encode(surface, 100, out);
		return TRUE;
	case MACRO_FORMAT_PNG:
	case MACRO_FORMAT_DEFAULT:
		break;
	}
	return png_encode(surface, out, error);
}

gboolean error_picture_draw(const struct error_picture *picture,
			    struct fonts *fonts, gint64 deadline_us,
			    struct chain *out, GError **error)
{
	struct error_picture sized = *picture;
	g_autoptr(cairo_surface_t) surface = NULL;
	g_autoptr(plan_auto) plan = NULL;

	sized.width_px = CLAMP(picture->width_px, ERROR_PICTURE_WIDTH_MIN,
			       LIMIT_SIDE_PX);
	sized.height_px = CLAMP(picture->height_px, ERROR_PICTURE_HEIGHT_MIN,
				LIMIT_SIDE_PX);
	plan = lay_out(&sized, fonts, deadline_us, error);
	if (!plan)
		return FALSE;
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, sized.width_px,
					     sized.height_px);
	paint_ground(&sized, surface);
	paint_plan(plan, surface);
	cairo_surface_flush(surface);
	return encode(&sized, surface, out, error);
}
