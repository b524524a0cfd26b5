/* variant.h - a template in another size, format or quality than its own.
 *
 * A variant is made of a template's pack alone, and the same parameters give
 * the same bytes wherever it is made. So an answer is the same whether its
 * variant was made for it and thrown away, or lay ready as a pack of its own:
 * both are spliced, from sections made by variant_make(). That costs a
 * first answer some 3 ms where the picture is a JPEG of 600 × 400 (a whole
 * encode took 0.4, making another size 8 to 27), and nothing as PNG, whose
 * sections are made in haste here. The price: PNG answers are as large as
 * whole encodes, not as small as from the template's own section.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/jpeg.h"
#include "render/macro.h"
#include "render/pack.h"

struct variant_params {
	int width_px, height_px;
	enum macro_format format;
	struct jpeg_params jpeg;
	int gif_quality;
};

/* Finds the variant that a picture of these parameters needs, and changes
 * params to what it is made by: what its format does not depend on is 0, an
 * animation's WebP is made of the GIF. FALSE: it needs none, since the
 * template's own pack (of JPEGs of the parameters pack_jpeg) serves. */
gboolean variant_settle(const struct pack *template,
			const struct jpeg_params *pack_jpeg,
			struct variant_params *params);

struct variant {
	cairo_surface_t *surface; /* the first frame; it may be the template's
				     mapping, and is only read */
	enum pack_tag tag;	  /* of the section */
	GBytes *section;	  /* NULL: the format has none */
};

/* Makes it. params are settled; deadline_us as in struct render_job. Errors:
 * those of the format's section, and ANIMATION_ERROR. */
gboolean variant_make(const struct pack *template,
		      const struct variant_params *params, gint64 deadline_us,
		      struct variant *out, GError **error);
void variant_fini(struct variant *variant);

/* What tells a template's variants from each other, but for gif_quality, which
 * a site has one of. The caller frees it. */
char *variant_key(const struct variant_params *params);

/* A variant's pack: the name of its file, in which is all that it depends on,
 * a template's version too: so one that is out of date is never found. */
char *variant_pack_name(const char *id, const struct pack *template,
			const struct variant_params *params);

/* Makes the variant of template id and writes its pack: to fd, which is
 * pack_begin()'s for name. */
gboolean variant_write(int fd, const char *name, const char *id,
		       const struct pack *template,
		       const struct variant_params *params, GError **error);

/* Whether pack is that variant: what its name promises. */
gboolean variant_is(const struct pack *pack, const char *id,
		    const struct pack *template,
		    const struct variant_params *params);

/* The key of a variant's pack. The caller frees it; NULL: not a variant's. */
char *variant_pack_key(const struct pack *pack);

/* What a template is, as far as its variants depend on it; and what a variant
 * was made of. Equal: it is up to date. The caller frees both; NULL: not a
 * variant's. */
char *variant_stamp(const struct pack *template);
char *variant_pack_stamp(const struct pack *pack);
