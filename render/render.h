/* render.h - a plan on a template, as an encoded picture.
 *
 * Chooses the road: where the pack holds the template already encoded in the
 * wanted format, size and quality, only what the plan's ink touches is copied,
 * painted and encoded; else the whole picture is.
 */
#pragma once

#include <glib.h>

#include "render/chain.h"
#include "render/jpeg.h"
#include "render/layout.h"
#include "render/macro.h"
#include "render/pack.h"
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
	struct pack *pack;
	const struct plan *plan;      /* NULL: the blank template */
	enum macro_format format;     /* not DEFAULT */
	int width_px, height_px;      /* the plan's */
	struct jpeg_params jpeg;      /* wanted */
	struct jpeg_params pack_jpeg; /* what the packer was told */
	struct webp_params webp;
	gint64 deadline_us; /* monotonic; 0: none */
};

/* The formats that render_picture can write. */
gboolean render_can_write(enum macro_format format);

/* Appends the picture to out, which borrows from the pack's mapping and from
 * canvas: both must stay until out has been used. */
gboolean render_picture(const struct render_job *job, struct canvas *canvas,
			struct chain *out, GError **error);
