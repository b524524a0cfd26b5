#include "config.h"

#include "render/blend.h"

#include <string.h>

static gboolean plain_is_empty(const struct blend_layer layers[BLEND_LAYERS],
			       guint n_rows)
{
	guint64 all = 0;

	for (guint i = 0; i < BLEND_LAYERS; i++) {
		for (guint row = 0; row < n_rows; row++) {
			guint64 mask[BLEND_COLUMNS / 8];

			memcpy(mask, layers[i].mask + row * layers[i].stride,
			       sizeof(mask));
			all |= mask[0] | mask[1];
		}
	}
	return all == 0;
}

/* value × part ÷ 255, rounded. */
static guint multiply(guint value, guint part)
{
	guint product = value * part + 128;

	return (product + (product >> 8)) >> 8;
}

static void blend_row(guint8 *pixels, const guint8 *mask, guint32 color)
{
	guint8 bytes[4];

	memcpy(bytes, &color, sizeof(bytes));
	for (guint x = 0; x < BLEND_COLUMNS; x++, pixels += 4)
		for (guint i = 0; mask[x] && i < 4; i++)
			pixels[i] =
				(guint8)(multiply(bytes[i], mask[x]) +
					 multiply(pixels[i], 255 - mask[x]));
}

static void plain_blend(guint8 *pixels, gsize stride,
			const struct blend_layer layers[BLEND_LAYERS],
			guint n_rows)
{
	for (guint i = 0; i < BLEND_LAYERS; i++)
		for (guint row = 0; row < n_rows; row++)
			blend_row(pixels + row * stride,
				  layers[i].mask + row * layers[i].stride,
				  layers[i].color);
}

static const struct blend_kernels plain_kernels = {plain_is_empty, plain_blend};

const struct blend_kernels *blend_kernels_plain(void)
{
	return &plain_kernels;
}

const struct blend_kernels *blend_kernels_best(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return &blend_kernels_avx2;
#endif
	return &plain_kernels;
}
