/* render.h - a plan on a template, as an encoded picture.
 *
 * Chooses the road: where a pack holds the template already encoded in the
 * wanted format, size and quality, only what the plan's ink touches is copied,
 * painted and encoded. Where none does, the section is made first, for this
 * once, so that the answer has the same bytes; see variant.h. WebP is encoded
 * whole.
 */
#pragma once

#include <glib.h>

#include "render/chain.h"
#include "render/jpeg.h"
#include "render/layout.h"
#include "render/macro.h"
#include "render/pack.h"
#include "render/variant.h"
#include "render/webp.h"

#define RENDER_ERROR (render_error_quark())
GQuark render_error_quark(void);
enum render_error {
	RENDER_ERROR_FORMAT, /* a format that can't be written */
	RENDER_ERROR_DEADLINE,
	RENDER_ERROR_ENCODE,
};

/* A worker's scratch memory, kept between requests. */
struct canvas;
struct canvas *canvas_new(void);
void canvas_free(struct canvas *canvas);

struct render_job {
	struct pack *pack;	      /* the template's */
	struct pack *variant;	      /* the one that render_variant() asks
					 for; NULL: it is not there */
	const struct plan *plan;      /* NULL: the blank template */
	enum macro_format format;     /* not DEFAULT */
	int width_px, height_px;      /* the plan's */
	struct jpeg_params jpeg;      /* wanted */
	struct jpeg_params pack_jpeg; /* what the packer was told */
	struct webp_params webp;
	int gif_quality;    /* where a palette is made anew */
	gint64 deadline_us; /* monotonic; 0: none */
};

/* The formats that render_picture can write. */
gboolean render_can_write(enum macro_format format);

/* The variant that job could be made of, in less time; what job.variant is
 * does not count. FALSE: none, its pack serves. */
gboolean render_variant(const struct render_job *job,
			struct variant_params *out);

struct splicer;

/* A picture with its captions on, or, where it moves, the captions to be laid
 * over its frames; not encoded yet. */
struct painting {
	cairo_surface_t *surface; /* all of it, or what the splice reads */
	cairo_region_t *damage;
	const struct splicer *splicer; /* NULL: the whole is to be encoded */
	cairo_surface_t *blank;	       /* the first frame, only to be read */
	const guint8 *section;
	gsize section_size;
	GBytes *made;	/* owns the section; NULL: a pack does */
	GArray *layers; /* captions by frames; NULL: a still */
};

/* Paints what the encoder will need, on canvas, which must stay as it is until
 * out has been encoded. The caller ends out with painting_fini. */
gboolean render_paint(const struct render_job *job, struct canvas *canvas,
		      struct painting *out, GError **error);
void painting_fini(struct painting *painting);

/* Appends the picture to out, which borrows from the packs' mappings: they
 * must stay until out has been used. */
gboolean render_encode(const struct render_job *job,
		       const struct painting *painting, struct chain *out,
		       GError **error);

/* Both. */
gboolean render_picture(const struct render_job *job, struct canvas *canvas,
			struct chain *out, GError **error);
