/* gif_check.h - a strict GIF decoder, and a writer of odd GIFs, for tests.
 *
 * Written from the specification, without a line of ours: it asserts that a
 * file is in order and gives the frames as browsers show them.
 */
#pragma once

#include <glib.h>

struct gif_check_frame {
	guint x, y, width, height;
	guint disposal, delay_cs;
	gboolean has_palette;
	gboolean is_interlaced;
	int transparent; /* -1: none */
	guint8 *indices; /* height x width, rows in order */
	guint32 *shown;	 /* of the screen's size: 0xffRRGGBB, or 0 */
};

struct gif_check {
	guint width, height;
	gboolean has_palette;
	int loop_count; /* -1: no such block */
	GArray *frames; /* struct gif_check_frame */
};

struct gif_check *gif_check_new(const guint8 *bytes, gsize size);
void gif_check_free(struct gif_check *check);
typedef struct gif_check gif_check_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_check_auto, gif_check_free)

const struct gif_check_frame *gif_check_frame(const struct gif_check *check,
					      guint i);

/* Decodes n_pixels from codes in sub-blocks; each code is asserted to be one
 * that may come there, and no clear code to follow another. Returns the first
 * byte after the terminator. */
const guint8 *gif_check_codes(const guint8 *codes, const guint8 *end,
			      guint min_bits, guint8 *out, gsize n_pixels);

/* What to write as one frame. */
struct gif_sample {
	guint x, y, width, height;
	guint disposal, delay_cs;
	gboolean has_control;
	gboolean has_palette;
	gboolean is_interlaced;
	int transparent;
	guint palette_bits;
	guint8 palette[768];
	guint8 *indices;
};

struct gif_sample_file {
	guint width, height;
	guint palette_bits;
	guint8 palette[768];
	int loop_count;
};

/* Writes a file of the simplest codes, that is of pixels and clears. */
void gif_sample_head(GByteArray *out, const struct gif_sample_file *file);
void gif_sample_frame(GByteArray *out, const struct gif_sample *sample);
void gif_sample_end(GByteArray *out);

/* A file of frames of random everything, but for the first at times past the
 * edges, with at most 16 colours a frame. */
#define GIF_SAMPLE_WIDTH  100
#define GIF_SAMPLE_HEIGHT 90
GByteArray *gif_sample_random(guint n_frames);
