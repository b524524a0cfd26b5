/* wishes.h - tells the packer which variants of templates are asked for.
 *
 * Each worker has two rings on the scoreboard: one for variants that it had to
 * do without, one for those that it used. A ring that is written faster than it
 * is read loses wishes: what is asked for often will be there again. The packer
 * believes nothing that it reads here.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "render/limits.h"
#include "render/macro.h"
#include "render/variant.h"

struct wish {
	char id[LIMIT_ID_BYTES + 1];
	int width_px, height_px;
	enum macro_format format;
	int quality; /* JPEG's; else 0 */
};

/* An id that is too long can't be a template's: it is not put in. */
void wishes_put(struct scoreboard_wishes *wishes, const char *id,
		const struct variant_params *params);

/* Takes what was put in since seen, at most SCOREBOARD_WISHES, leaving out what
 * can't be meant: a side of none or past LIMIT_TEMPLATE_SIDE_PX, no format, a quality
 * out of range, an id that names no file. Returns how many, and moves seen. */
guint wishes_take(const struct scoreboard_wishes *wishes, guint32 *seen,
		  struct wish *out);
