/* caption.h - one text on a picture: what it says, where, and how it looks.
 *
 * The readers (see macro.h) give only values within limits.h, and bring what
 * draws the same to one form, so that two captions that look the same are the
 * same.
 */
#pragma once

#include <glib.h>

#include "render/color.h"
#include "render/text.h"

enum caption_valign {
	CAPTION_VALIGN_TOP,
	CAPTION_VALIGN_MIDDLE,
	CAPTION_VALIGN_BOTTOM
};
enum caption_halign {
	CAPTION_HALIGN_LEFT,
	CAPTION_HALIGN_CENTER,
	CAPTION_HALIGN_RIGHT
};
enum caption_size {
	CAPTION_SIZE_AUTO,
	CAPTION_SIZE_PX,
	CAPTION_SIZE_SHRINK,
	CAPTION_SIZE_FIT
};

struct caption {
	char *text; /* as given, before case */
	enum caption_valign valign;
	enum caption_halign halign;
	gboolean has_valign; /* FALSE: has_area, and valign is MIDDLE, which
				   an area need not say */
	char *font;	     /* NULL: the site's default */
	struct color color;  /* opaque */
	gboolean has_outline;
	struct color outline;	 /* opaque */
	double outline_width_px; /* at size 64; the default without outline */
	enum caption_size size;
	double size_px;	   /* CAPTION_SIZE_PX only */
	gboolean has_area; /* else the side's share of the picture */
	double x, y, w, h; /* fractions 0-1 of the picture */
	double angle_deg;  /* (-180,180], counter-clockwise about the
				   area's centre */
	enum text_case text_case;
	gboolean has_shadow;
	struct color shadow;
	gboolean has_background;
	struct color background;
	double opacity;	    /* 0-1 */
	double start, stop; /* 0-1 of an animation; start < stop */
};

/* The API's defaults, no text, at the bottom. */
void caption_init(struct caption *caption);
void caption_fini(struct caption *caption);

/* The names of the enums, as clients write them. */
const char *caption_valign_name(enum caption_valign valign);
const char *caption_halign_name(enum caption_halign halign);
const char *text_case_name(enum text_case text_case);
/* "auto", "shrink", "fit", or the number. The caller frees it. */
char *caption_size_text(const struct caption *caption);
