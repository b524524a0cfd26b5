/* jpeg_sample.h - what a template looks like once it is captioned.
 *
 * A template's Huffman tables serve its captioned answers, where the letters
 * can weigh as much as all the rest. Made from the blank template alone they
 * cost 3 to 7 % of an answer's bytes on photos, and on a flat template 66 %,
 * more than the standard tables do; made from this picture, 1 to 2 % over the
 * optimum for the answer itself, restart markers included.
 */
#pragma once

#include <cairo.h>

/* A new RGB24 surface: surface (over white) with four lines of letters. They
 * are drawn as strokes, so the same everywhere, whatever fonts there are. */
cairo_surface_t *jpeg_sample_caption(cairo_surface_t *surface);
