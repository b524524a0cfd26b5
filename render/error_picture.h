/* error_picture.h - an error as a picture: what an <img> shows where there is
 * no caption to show. */
#pragma once

#include <glib.h>

#include "render/chain.h"
#include "render/fonts.h"
#include "render/macro.h"

enum {
	/* Three figures can be read from here on; smaller ones are made so. */
	ERROR_PICTURE_WIDTH_MIN = 40,
	ERROR_PICTURE_HEIGHT_MIN = 24,
};

struct error_picture {
	int status;		  /* 400-599 */
	const char *message;	  /* UTF-8; shown as far as it can be read */
	int width_px, height_px;  /* brought between the above and
				     LIMIT_SIDE_PX */
	enum macro_format format; /* DEFAULT: PNG */
};

/* Draws and encodes it; appends to out. The same gives the same bytes. Errors:
 * LAYOUT_ERROR_DEADLINE, and those of the encoders. */
gboolean error_picture_draw(const struct error_picture *picture,
			    struct fonts *fonts, gint64 deadline_us,
			    struct chain *out, GError **error);
