#include "config.h"

#include "tests/render/gif_check.h"

static void put(GByteArray *out, guint value)
{
	guint8 byte = (guint8)value;

	g_byte_array_append(out, &byte, 1);
}

static void put_u16(GByteArray *out, guint value)
{
	put(out, value & 0xff);
	put(out, value >> 8);
}

void gif_sample_head(GByteArray *out, const struct gif_sample_file *file)
{
	g_byte_array_append(out, (const guint8 *)"GIF89a", 6);
	put_u16(out, file->width);
	put_u16(out, file->height);
	put(out, file->palette_bits > 0 ? 0x80 | (file->palette_bits - 1) : 0);
	put(out, 0);
	put(out, 0);
	if (file->palette_bits > 0)
		g_byte_array_append(out, file->palette,
				    3u << file->palette_bits);
	if (file->loop_count < 0)
		return;
	g_byte_array_append(
		out, (const guint8 *)"\x21\xff\x0bNETSCAPE2.0\x03\x01", 16);
	put_u16(out, (guint)file->loop_count);
	put(out, 0);
}

/* Codes of one width, least bit first. */
struct bits {
	GByteArray *bytes;
	guint value, n;
};

static void put_code(struct bits *bits, guint code, guint width)
{
	bits->value |= code << bits->n;
	bits->n += width;
	while (bits->n >= 8) {
		put(bits->bytes, bits->value & 0xff);
		bits->value >>= 8;
		bits->n -= 8;
	}
}

static guint source_row(const struct gif_sample *sample, guint i)
{
	guint n = 0;

	for (guint pass = 0; pass < 4 && sample->is_interlaced; pass++) {
		static const guint first[] = {0, 4, 2, 1};
		static const guint step[] = {8, 8, 4, 2};

		for (guint y = first[pass]; y < sample->height; y += step[pass])
			if (n++ == i)
				return y;
	}
	return i;
}

static void put_codes(GByteArray *out, const struct gif_sample *sample)
{
	g_autoptr(GByteArray) codes = g_byte_array_new();
	struct bits bits = {codes, 0, 0};
	guint clear = 1u << sample->palette_bits;
	guint n = 0;

	for (guint i = 0; i < sample->height; i++) {
		const guint8 *row =
			sample->indices + source_row(sample, i) * sample->width;

		for (guint x = 0; x < sample->width; x++) {
			/* Before the table has a code of another width. */
			if (n++ % (clear - 2) == 0)
				put_code(&bits, clear,
					 sample->palette_bits + 1);
			put_code(&bits, row[x], sample->palette_bits + 1);
		}
	}
	put_code(&bits, clear + 1, sample->palette_bits + 1);
	put_code(&bits, 0, 7);
	put(out, sample->palette_bits);
	for (guint done = 0; done < codes->len; done += 255) {
		guint part = MIN(codes->len - done, 255);

		put(out, part);
		g_byte_array_append(out, codes->data + done, part);
	}
	put(out, 0);
}

void gif_sample_frame(GByteArray *out, const struct gif_sample *sample)
{
	if (sample->has_control) {
		g_byte_array_append(out, (const guint8 *)"\x21\xf9\x04", 3);
		put(out, sample->disposal << 2 | (sample->transparent >= 0));
		put_u16(out, sample->delay_cs);
		put(out,
		    sample->transparent >= 0 ? (guint)sample->transparent : 0);
		put(out, 0);
	}
	put(out, 0x2c);
	put_u16(out, sample->x);
	put_u16(out, sample->y);
	put_u16(out, sample->width);
	put_u16(out, sample->height);
	put(out, (sample->has_palette ? 0x80 | (sample->palette_bits - 1) : 0) |
			 (sample->is_interlaced ? 0x40 : 0));
	if (sample->has_palette)
		g_byte_array_append(out, sample->palette,
				    3u << sample->palette_bits);
	put_codes(out, sample);
}

void gif_sample_end(GByteArray *out)
{
	put(out, 0x3b);
}

static guint below(guint n)
{
	return (guint)g_test_rand_int_range(0, (int)n);
}

static void fill_random(guint8 *bytes, gsize n, guint max)
{
	for (gsize i = 0; i < n; i++)
		bytes[i] = (guint8)below(max);
}

/* A frame of random everything, at times past the screen's edges; the first
 * one is not, or the screen would be larger. */
static void put_random_frame(GByteArray *out, gboolean is_first)
{
	struct gif_sample sample = {
		.x = below(3) == 0 ? 0 : below(GIF_SAMPLE_WIDTH + 9),
		.y = below(3) == 0 ? 0 : below(GIF_SAMPLE_HEIGHT + 9),
		.width = 1 + below(GIF_SAMPLE_WIDTH * 3 / 2),
		.height = 1 + below(GIF_SAMPLE_HEIGHT * 3 / 2),
		.disposal = below(6),
		.delay_cs = below(20),
		.has_control = below(4) > 0,
		.has_palette = below(2) == 0,
		.is_interlaced = below(3) == 0,
		.transparent = below(3) > 0 ? (int)below(16) : -1,
		.palette_bits = 4,
	};
	guint n_colors = below(2) == 0 ? 16 : 3;

	if (is_first && below(2) == 0) {
		sample.x = sample.y = 0;
		sample.width = GIF_SAMPLE_WIDTH;
		sample.height = GIF_SAMPLE_HEIGHT;
	} else if (is_first) {
		sample.x = below(GIF_SAMPLE_WIDTH / 2);
		sample.y = below(GIF_SAMPLE_HEIGHT / 2);
		sample.width = 1 + below(GIF_SAMPLE_WIDTH / 2);
		sample.height = 1 + below(GIF_SAMPLE_HEIGHT / 2);
	}
	fill_random(sample.palette, sizeof(sample.palette), 256);
	sample.indices = g_malloc(sample.width * sample.height);
	fill_random(sample.indices, sample.width * sample.height, n_colors);
	gif_sample_frame(out, &sample);
	g_free(sample.indices);
}

GByteArray *gif_sample_random(guint n_frames)
{
	GByteArray *out = g_byte_array_new();
	struct gif_sample_file file = {.width = GIF_SAMPLE_WIDTH,
				       .height = GIF_SAMPLE_HEIGHT,
				       .palette_bits = 4,
				       .loop_count = (int)below(4) - 1};

	fill_random(file.palette, sizeof(file.palette), 256);
	gif_sample_head(out, &file);
	for (guint i = 0; i < n_frames; i++)
		put_random_frame(out, i == 0);
	gif_sample_end(out);
	return out;
}
