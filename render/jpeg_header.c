#include "config.h"

#include "render/jpeg_header.h"

#include <string.h>

const guint8 jpeg_zigzag[64] = {
	0,  1,	8,  16, 9,  2,	3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,	7,  14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

/* Natural order. */
static const guint8 typical_quant[2][64] = {
	{16, 11, 10, 16, 24,  40,  51,	61,  12, 12, 14, 19, 26,  58,  60,  55,
	 14, 13, 16, 24, 40,  57,  69,	56,  14, 17, 22, 29, 51,  87,  80,  62,
	 18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
	 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99},
	{17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
	 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
	 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99},
};

enum {
	MARKER_SOF0 = 0xc0,
	MARKER_DHT = 0xc4,
	MARKER_SOI = 0xd8,
	MARKER_SOS = 0xda,
	MARKER_DQT = 0xdb,
	MARKER_DRI = 0xdd,
	MARKER_APP0 = 0xe0,
};

void jpeg_header_set_quality(struct jpeg_header *header, int quality)
{
	int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;

	for (int plane = 0; plane < 2; plane++) {
		for (int k = 0; k < 64; k++) {
			int step = typical_quant[plane][jpeg_zigzag[k]];

			step = (step * percent + 50) / 100;
			header->quant[plane][k] = (guint8)CLAMP(step, 1, 255);
		}
	}
}

struct cursor {
	guint8 *at;
};

static void put_8(struct cursor *cursor, guint value)
{
	*cursor->at++ = (guint8)value;
}

static void put_16(struct cursor *cursor, guint value)
{
	put_8(cursor, value >> 8);
	put_8(cursor, value & 0xff);
}

static void put_bytes(struct cursor *cursor, const guint8 *bytes, gsize size)
{
	memcpy(cursor->at, bytes, size);
	cursor->at += size;
}

/* The length in a segment counts its own two bytes, not the marker's. */
static void put_segment(struct cursor *cursor, guint marker, guint length)
{
	put_16(cursor, 0xff00 | marker);
	put_16(cursor, length);
}

static void put_app0(struct cursor *cursor)
{
	static const guint8 jfif[] = {'J', 'F', 'I', 'F', 0, 1, 1,
				      0,   0,	1,   0,	  1, 0, 0};

	put_segment(cursor, MARKER_APP0, 16);
	put_bytes(cursor, jfif, sizeof(jfif));
}

static void put_dqt(struct cursor *cursor, const struct jpeg_header *header)
{
	for (guint plane = 0; plane < 2; plane++) {
		put_segment(cursor, MARKER_DQT, 67);
		put_8(cursor, plane);
		put_bytes(cursor, header->quant[plane], 64);
	}
}

static void put_sof0(struct cursor *cursor, const struct jpeg_header *header)
{
	put_segment(cursor, MARKER_SOF0, 17);
	put_8(cursor, 8);
	put_16(cursor, header->height_px);
	put_16(cursor, header->width_px);
	put_8(cursor, 3);
	for (guint component = 1; component <= 3; component++) {
		put_8(cursor, component);
		put_8(cursor, component == 1 && !header->is_444 ? 0x22 : 0x11);
		put_8(cursor, component == 1 ? JPEG_LUMA : JPEG_CHROMA);
	}
}

static void put_dht(struct cursor *cursor, const struct jpeg_huffman *table,
		    enum jpeg_class class, enum jpeg_plane plane)
{
	guint n = class == JPEG_DC ? JPEG_DC_SYMBOLS : JPEG_AC_SYMBOLS;

	put_segment(cursor, MARKER_DHT, 3 + JPEG_CODE_BITS_MAX + n);
	put_8(cursor, (guint) class << 4 | plane);
	put_bytes(cursor, table->n_codes, JPEG_CODE_BITS_MAX);
	put_bytes(cursor, table->symbols, n);
}

static void put_sos(struct cursor *cursor)
{
	put_segment(cursor, MARKER_SOS, 12);
	put_8(cursor, 3);
	for (guint component = 1; component <= 3; component++) {
		put_8(cursor, component);
		put_8(cursor, component == 1 ? 0x00 : 0x11);
	}
	put_8(cursor, 0);
	put_8(cursor, 63);
	put_8(cursor, 0);
}

gsize jpeg_header_write(const struct jpeg_header *header,
			guint8 out[JPEG_HEADER_BYTES])
{
	struct cursor cursor = {out};

	put_16(&cursor, 0xff00 | MARKER_SOI);
	put_app0(&cursor);
	put_dqt(&cursor, header);
	put_sof0(&cursor, header);
	for (guint plane = 0; plane < 2; plane++)
		for (guint class = 0; class < 2; class ++)
			put_dht(&cursor, &header->huffman[class][plane], class,
				plane);
	if (header->restart_mcus) {
		put_segment(&cursor, MARKER_DRI, 4);
		put_16(&cursor, header->restart_mcus);
	}
	put_sos(&cursor);
	return (gsize)(cursor.at - out);
}

static guint get_16(const guint8 *bytes)
{
	return (guint)bytes[0] << 8 | bytes[1];
}

enum {
	OFFSET_DQT = 2 + 18,
	OFFSET_SOF0 = OFFSET_DQT + 2 * 69,
	OFFSET_DHT = OFFSET_SOF0 + 19,
	OFFSET_DRI = OFFSET_DHT + 2 * (33 + 183),
};

static void get_huffman(const guint8 *dht, struct jpeg_header *out)
{
	for (guint plane = 0; plane < 2; plane++) {
		for (guint class = 0; class < 2; class ++) {
			struct jpeg_huffman *table =
				&out->huffman[class][plane];
			guint n = class == JPEG_DC ? JPEG_DC_SYMBOLS
						   : JPEG_AC_SYMBOLS;

			dht += 5;
			memcpy(table->n_codes, dht, JPEG_CODE_BITS_MAX);
			dht += JPEG_CODE_BITS_MAX;
			memcpy(table->symbols, dht, n);
			dht += n;
		}
	}
}

static gboolean has_steps(const struct jpeg_header *header)
{
	return !memchr(header->quant, 0, sizeof(header->quant));
}

/* Everything that varies is taken from its place; writing it again tells
 * whether all the rest is there too. */
gboolean jpeg_header_read(const guint8 bytes[JPEG_HEADER_BYTES],
			  struct jpeg_header *out)
{
	guint8 again[JPEG_HEADER_BYTES];

	memset(out, 0, sizeof(*out));
	for (guint plane = 0; plane < 2; plane++)
		memcpy(out->quant[plane], bytes + OFFSET_DQT + 69 * plane + 5,
		       64);
	out->height_px = get_16(bytes + OFFSET_SOF0 + 5);
	out->width_px = get_16(bytes + OFFSET_SOF0 + 7);
	out->is_444 = bytes[OFFSET_SOF0 + 11] == 0x11;
	get_huffman(bytes + OFFSET_DHT, out);
	out->restart_mcus = get_16(bytes + OFFSET_DRI + 4);
	return out->restart_mcus > 0 && out->width_px > 0 &&
	       out->height_px > 0 && out->width_px <= JPEG_SIDE_MAX &&
	       out->height_px <= JPEG_SIDE_MAX && has_steps(out) &&
	       jpeg_header_write(out, again) == JPEG_HEADER_BYTES &&
	       memcmp(bytes, again, JPEG_HEADER_BYTES) == 0;
}
