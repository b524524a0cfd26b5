/* random_caption.h - a caption with any property, made from random bytes. */
#pragma once

#include <glib.h>

#include "render/macro.h"

/* Where the choices come from: bytes that run out end in zeros. */
struct chooser {
	const guint8 *bytes;
	gsize size;
};

/* A number from 0 to n - 1. */
guint chooser_next(struct chooser *chooser, guint n);

/* A caption with any property and no text. The caller calls caption_fini(). */
void random_properties(struct chooser *chooser, struct caption *out);

/* The same, with a text of every script, marks, controls and all. */
void random_caption(struct chooser *chooser, struct caption *out);
