/* gallery.h - pictures to look at, and to keep: each look, each script. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/fonts.h"

enum gallery_ground { GALLERY_LIGHT, GALLERY_DARK, GALLERY_BUSY };

struct gallery_case {
	const char *name;
	const char *query; /* of a macro, without its template */
	const char *font;  /* file that it is about, in Debian's folders */
	int width_px, height_px;
	enum gallery_ground ground;
};

const struct gallery_case *gallery_cases(gsize *out_n);

/* The fonts of Debian's packages, with OpenSans-CondBold (small, and so there
 * wherever the tests run) as the default. NULL: it is not installed. The caller
 * closes them. */
struct fonts *gallery_fonts(void);

/* Whether the case's font file is installed. */
gboolean gallery_can_draw(const struct gallery_case *one);

/* A new RGB24 surface; scale makes picture and text larger alike. */
cairo_surface_t *gallery_draw(const struct gallery_case *one,
			      struct fonts *fonts, double scale);
