/* color.h - colours as clients write them.
 *
 * Forms: the CSS names (case-insensitive), `transparent`, #rgb, #rgba,
 * #rrggbb, #rrggbbaa, 0xrrggbb, $rrggbb, rgb()/rgba(), hsl()/hsla() as in CSS
 * Color Module Level 4, legacy comma syntax and percentages included.
 */
#pragma once

#include <glib.h>

struct color {
	guint8 r, g, b, a; /* not premultiplied */
};

#define COLOR_WHITE ((struct color){255, 255, 255, 255})
#define COLOR_BLACK ((struct color){0, 0, 0, 255})

#define COLOR_ERROR (color_error_quark())
GQuark color_error_quark(void);
enum color_error {
	COLOR_ERROR_SYNTAX,	/* the message quotes what was given */
};

/* Reads any form above; white space around it is ignored. */
gboolean color_parse(const char *text, struct color *out, GError **error);

/* "#rrggbb", or "#rrggbbaa" where a is not 255. The caller frees it. */
char *color_format(struct color color);

gboolean color_equal(struct color a, struct color b);
