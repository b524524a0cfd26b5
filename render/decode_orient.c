#include "config.h"

#include "render/decode_formats.h"

#include <string.h>

#include "render/autoptr.h"

struct tiff {
	const guint8 *bytes;
	gsize size;
	gboolean is_big_endian;
};

static guint32 tiff_u16(const struct tiff *tiff, gsize at)
{
	const guint8 *b = tiff->bytes + at;

	return tiff->is_big_endian ? (guint32)b[0] << 8 | b[1]
				   : (guint32)b[1] << 8 | b[0];
}

static guint32 tiff_u32(const struct tiff *tiff, gsize at)
{
	guint32 first = tiff_u16(tiff, at), second = tiff_u16(tiff, at + 2);

	return tiff->is_big_endian ? first << 16 | second
				   : second << 16 | first;
}

enum {
	TIFF_HEADER_BYTES = 8,
	TIFF_ENTRY_BYTES = 12,
	TIFF_TYPE_SHORT = 3,
	TAG_ORIENTATION = 0x0112
};

int decode_exif_orientation(const guint8 *bytes, gsize size)
{
	struct tiff tiff = {bytes, size, FALSE};
	guint32 ifd, n, value;

	if (size < TIFF_HEADER_BYTES)
		return 1;
	tiff.is_big_endian = bytes[0] == 'M';
	if (memcmp(bytes, tiff.is_big_endian ? "MM" : "II", 2) != 0 ||
	    tiff_u16(&tiff, 2) != 42)
		return 1;
	ifd = tiff_u32(&tiff, 4);
	if (ifd > size || size - ifd < 2)
		return 1;
	n = tiff_u16(&tiff, ifd);
	n = MIN(n, (guint32)((size - ifd - 2) / TIFF_ENTRY_BYTES));
	for (guint32 i = 0; i < n; i++) {
		gsize at = (gsize)ifd + 2 + (gsize)i * TIFF_ENTRY_BYTES;

		if (tiff_u16(&tiff, at) != TAG_ORIENTATION)
			continue;
		value = tiff_u16(&tiff, at + 8);
		if (tiff_u16(&tiff, at + 2) != TIFF_TYPE_SHORT || value < 1 ||
		    value > 8)
			return 1;
		return (int)value;
	}
	return 1;
}

/* How to walk the stored picture so that it comes out upright: which corner is
 * the first pixel, and whether a row of the result is a column of it. */
static const struct {
	gboolean from_right, from_bottom, is_transposed;
} walks[9] = {
	[1] = {FALSE, FALSE, FALSE}, [2] = {TRUE, FALSE, FALSE},
	[3] = {TRUE, TRUE, FALSE},   [4] = {FALSE, TRUE, FALSE},
	[5] = {FALSE, FALSE, TRUE},  [6] = {FALSE, TRUE, TRUE},
	[7] = {TRUE, TRUE, TRUE},    [8] = {TRUE, FALSE, TRUE},
};

cairo_surface_t *decode_orient(cairo_surface_t *surface, int orientation,
			       GError **error)
{
	g_autoptr(cairo_surface_t) source = surface;
	int width = cairo_image_surface_get_width(source);
	int height = cairo_image_surface_get_height(source);
	gboolean is_transposed = walks[orientation].is_transposed;
	int out_width = is_transposed ? height : width;
	int out_height = is_transposed ? width : height;
	gboolean from_right = walks[orientation].from_right;
	gboolean from_bottom = walks[orientation].from_bottom;
	cairo_surface_t *out;

	if (orientation == 1)
		return g_steal_pointer(&source);
	out = decode_canvas(out_width, out_height,
			    cairo_image_surface_get_format(source), error);
	if (!out)
		return NULL;
	for (int y = 0; y < out_height; y++) {
		guint32 *row = decode_row(out, y);

		for (int x = 0; x < out_width; x++) {
			int sx = is_transposed ? y : x;
			int sy = is_transposed ? x : y;

			sx = from_right ? width - 1 - sx : sx;
			sy = from_bottom ? height - 1 - sy : sy;
			row[x] = decode_row(source, sy)[sx];
		}
	}
	return out;
}
