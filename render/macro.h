/* macro.h - the model: a template and its captions, validated.
 *
 * Both readers (macro_json.c, macro_query.c) give the same struct for the same
 * request; what they return holds every limit of limits.h. Texts are UTF-8, NFC
 * and not empty. Captions are sorted by valign, then halign, else in the
 * client's order. Everything else on this page may trust that.
 */
#pragma once

#include <glib.h>

#include "render/caption.h"

#define MACRO_ERROR (macro_error_quark())
GQuark macro_error_quark(void);
enum macro_error {
	MACRO_ERROR_INVALID,	/* the message names the key, for the client */
};

enum macro_format {
	MACRO_FORMAT_DEFAULT,	/* the template's own */
	MACRO_FORMAT_JPEG,
	MACRO_FORMAT_PNG,
	MACRO_FORMAT_GIF,
	MACRO_FORMAT_WEBP,
};

/* The template that is no file: a picture from a URL. */
#define MACRO_CUSTOM "custom"

struct macro {
	char *template_id;
	char *background;		/* MACRO_CUSTOM's URL, not judged yet;
					   NULL for every other template */
	int width_px, height_px;	/* 0: not given */
	enum macro_format format;
	gboolean is_description;	/* format=json */
	int quality;			/* 1-100; 0: the site's default, and
					   where the format has none */
	char *version;			/* NULL: not given */
	struct caption *captions;
	gsize n_captions;
};

/* Reads a JSON body. Errors: MACRO_ERROR only. */
struct macro *macro_from_json(const char *body, gsize size, GError **error);

/* Reads a query string, or a form body, still encoded. Errors: MACRO_ERROR. */
struct macro *macro_from_query(const char *query, gsize size, GError **error);

/* The format a name or a suffix stands for (`jpeg`, `jpg`, `png`, `gif`,
 * `webp`, case-insensitive). FALSE: none of them; out is untouched. */
gboolean macro_format_from_name(const char *name, enum macro_format *out);
const char *macro_format_name(enum macro_format format); /* DEFAULT: NULL */

/* Another format than the client's keys said. A quality that it has not is
 * dropped, as the readers do. */
void macro_set_format(struct macro *macro, enum macro_format format);

/* The canonical query string: one for all macros that draw the same, keys in
 * one order, defaults left out, and `v` and format=json too, which change
 * nothing in the picture. Reading it gives an equal macro but for these. The
 * caller frees it. */
char *macro_to_query(const struct macro *macro);

void macro_free(struct macro *macro);
typedef struct macro macro_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(macro_auto, macro_free)
