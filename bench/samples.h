/* samples.h - pictures that the bench draws, to compare like with like. */
#pragma once

#include <glib.h>

/* Writes side × side pixels like a photograph's, DIR/ID.jpg. */
gboolean sample_jpeg(const char *dir, const char *id, int side_px,
		     GError **error);

/* Writes an animation: something moves over the same ground. DIR/ID.gif. */
gboolean sample_gif(const char *dir, const char *id, int side_px, int n_frames,
		    GError **error);
