/* jpeg.h - JPEG out: whole pictures, and templates encoded in short runs.
 *
 * A run is JPEG_RUN_MCUS MCUs in scan order with a restart marker after it, so
 * its bytes depend on nothing but its own pixels (ITU-T T.81, B.2.4.4 and
 * F.1.1.5.1). A template's section holds the header, the tables, each run, and
 * how long each block in it is. An answer copies the runs that no damage
 * touches; in the others it encodes the blocks that changed and takes the bits
 * of their neighbours as they are.
 *
 * Everything that is made here is byte for byte what libjpeg makes of the same
 * pixels with the same tables, sampling and restart interval (JDCT_ISLOW).
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/chain.h"

#define JPEG_ERROR (jpeg_error_quark())
GQuark jpeg_error_quark(void);
enum jpeg_error {
	JPEG_ERROR_ENCODE,  /* a side that no JPEG can have; cairo's message */
	JPEG_ERROR_SECTION, /* not a section of ours */
};

/* 4:2:0 is the better default. White letters with a black outline, which nearly
 * all captions are, look the same at full size at quality 85, since luma alone
 * draws them; magnified, saturated letters (red, yellow) have a slightly soiled
 * outline. 4:4:4 has no such fault and costs 16 % more bytes on a photo, 27 to
 * 37 % on drawings, and 1.4 times the time. */
struct jpeg_params {
	int quality; /* 1-100 */
	gboolean is_444;
};

/* Encodes the surface (RGB24; ARGB32 is laid over white) with the standard
 * Huffman tables. Appends to out; on failure out is untouched. */
gboolean jpeg_encode(cairo_surface_t *surface, const struct jpeg_params *params,
		     struct chain *out, GError **error);

/* Makes a template's section from its pixels (as above), with Huffman tables of
 * its own. */
GBytes *jpeg_section_new(cairo_surface_t *surface,
			 const struct jpeg_params *params, GError **error);

/* Checks size bytes at data (aligned to 4) whole, against the picture's size:
 * every offset and length. What it accepts, jpeg_splice may trust. */
gboolean jpeg_section_check(const guint8 *data, gsize size, int width_px,
			    int height_px, GError **error);

/* A template and what was painted on it: two surfaces of one size and format.
 * Nothing differs outside damage, which may reach over the picture's edges, and
 * need not be close: what is as it was inside of it costs a comparison only. */
struct jpeg_change {
	cairo_surface_t *blank;	  /* the pixels that the section was made of */
	cairo_surface_t *painted; /* read in each MCU that damage touches */
	const cairo_region_t *damage;
};

/* Appends the picture: blocks that changed are encoded from painted, whole runs
 * borrowed from data, which must outlive out. On failure out is untouched. */
gboolean jpeg_splice(const guint8 *data, gsize size,
		     const struct jpeg_change *change, struct chain *out,
		     GError **error);
