/* gif_lzw.h - LZW codes as GIF has them (GIF89a specification, appendix F),
 * cut into bands that depend on nothing but their own pixels.
 */
#pragma once

#include <glib.h>

/* Work memory for any number of bands, one after the other. */
struct gif_lzw *gif_lzw_new(void);
void gif_lzw_free(struct gif_lzw *lzw);
typedef struct gif_lzw gif_lzw_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(gif_lzw_auto, gif_lzw_free)

/* A band that another one follows has at least so many pixels. */
#define GIF_LZW_MIN_PIXELS 8

struct gif_lzw_band {
	const guint8 *pixels; /* each below 1 << min_bits */
	gsize n_pixels;	      /* at least 1 */
	guint min_bits;	      /* 4, 6 or 8: the file's minimum code size. Even,
				 so that codes after a clear are odd */
	gboolean is_first;    /* of its image: begins with a clear code */
	gboolean is_last;     /* ends with the end code and a terminator block,
				 else with an empty table on a whole byte */
};

/* The most bytes that a band of n_pixels can take. */
gsize gif_lzw_bound(gsize n_pixels);

/* Writes a band as whole data sub-blocks to out, which has room for
 * gif_lzw_bound(). Returns how many bytes it took. */
gsize gif_lzw_encode(struct gif_lzw *lzw, const struct gif_lzw_band *band,
		     guint8 *out);
