/* caption_read.h - the keys of one caption. */
#pragma once

#include <glib.h>

#include "render/macro.h"
#include "render/macro_value.h"

/* Reads a full caption. out is as caption_init() left it; on failure it may be
 * half filled, and the caller frees it all the same. */
gboolean caption_read(const struct place *place, struct json_object *object,
		      struct caption *out, GError **error);

/* Reads a template's slot: the keys of a full caption without `text`. The caller
 * calls caption_fini() on success; on failure nothing is left. */
gboolean caption_read_slot(struct json_object *object, struct caption *out,
			   GError **error);

/* The single keys that simple captions have too: out is a struct caption. In a
 * simple caption an empty text is none. */
value_reader caption_read_simple_text;
value_reader caption_read_halign;
value_reader caption_read_font;
value_reader caption_read_color;
value_reader caption_read_outline;
value_reader caption_read_size;

/* Brings what draws the same to one form: what an absent outline, shadow or
 * background would look like, and has_valign. */
void caption_normalise(struct caption *caption);
