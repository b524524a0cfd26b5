/* typeface.h - a font ready to shape with: what fonts.c lends to layout.
 *
 * Everything is measured at TYPEFACE_EM_PX pixels an em and unhinted, so that a
 * length at any other size is a multiplication.
 */
#pragma once

#include <pango/pango.h>

#include "render/font_files.h"
#include "render/fonts.h"

/* Pango 1.50 has none of its own for a context. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PangoContext, g_object_unref)

#define TYPEFACE_EM_PX 256

struct typeface {
	const struct font_face *face;
	enum han han;
	const char *name;      /* as fonts_check() gives it */
	PangoContext *context; /* its font, then every fallback in order */
	double cap_height_em;
};

/* The font a caption names (NULL: the default), with the Han face that its
 * text asks for. It stays the fonts' and holds until the next call. Error:
 * FONTS_ERROR_NOT_FOUND. */
const struct typeface *fonts_typeface(struct fonts *fonts, const char *name,
				      enum han han, GError **error);

/* The face that a font Pango chose came from, with cairo_face set. Stays the
 * fonts'. */
struct font_face *fonts_face_of(struct fonts *fonts, PangoFont *font);

/* The glyphs drawn so far; the fonts'. */
struct masks *fonts_masks(struct fonts *fonts);

/* Counts characters that no font has. */
void fonts_count_missing(struct fonts *fonts, guint n_chars);
