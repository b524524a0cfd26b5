/* resample.h - another size, by Lanczos (a = 3) through pixman. */
#pragma once

#include <cairo.h>
#include <glib.h>

/* The size that fits into the one asked for with the aspect ratio kept: a
 * side of 0 is free up to LIMIT_FREE_SIDE_PX; both 0: the source's own. At
 * least 1 × 1. */
void resample_fit(int source_width_px, int source_height_px, int width_px,
		  int height_px, int *out_width_px, int *out_height_px);

/* A new image surface of the same format. source is an image surface, ARGB32
 * or RGB24, and only read. */
cairo_surface_t *resample_surface(cairo_surface_t *source, int width_px,
				  int height_px);
