#include "config.h"

#include "render/resample.h"

#include <math.h>
#include <pixman.h>
#include <string.h>

#include "render/autoptr.h"
#include "render/limits.h"

enum {
	/* Positions a source pixel is divided into, as a power of two: finer
	 * ones change no 8-bit result. */
	PHASE_BITS = 8,
	/* Pixman counts taps in 16.16 fixed point, so a kernel must stay well
	 * below 2^15 of them; more than this is scaled down in two steps. */
	RATIO_MAX = 512
};

typedef pixman_image_t pixman_image_auto;
static inline void pixman_image_auto_unref(pixman_image_auto *image)
{
	(void)pixman_image_unref(image);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pixman_image_auto, pixman_image_auto_unref)

static int fit_side(int source, int other_source, int other)
{
	gint64 side = ((gint64)source * other * 2 + other_source) /
		      ((gint64)other_source * 2);

	return (int)CLAMP(side, 1, G_MAXINT);
}

void resample_fit(int source_width_px, int source_height_px, int width_px,
		  int height_px, int *out_width_px, int *out_height_px)
{
	if (width_px == 0 && height_px == 0) {
		*out_width_px = source_width_px;
		*out_height_px = source_height_px;
		return;
	}
	if (width_px == 0)
		width_px = LIMIT_FREE_SIDE_PX;
	if (height_px == 0)
		height_px = LIMIT_FREE_SIDE_PX;
	if ((gint64)width_px * source_height_px <=
	    (gint64)height_px * source_width_px) {
		*out_width_px = width_px;
		*out_height_px =
			fit_side(source_height_px, source_width_px, width_px);
	} else {
		*out_width_px =
			fit_side(source_width_px, source_height_px, height_px);
		*out_height_px = height_px;
	}
}

static pixman_image_t *wrap(cairo_surface_t *surface)
{
	pixman_format_code_t format =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24
			? PIXMAN_x8r8g8b8
			: PIXMAN_a8r8g8b8;
	pixman_image_t *image = pixman_image_create_bits_no_clear(
		format, cairo_image_surface_get_width(surface),
		cairo_image_surface_get_height(surface),
		(uint32_t *)(void *)cairo_image_surface_get_data(surface),
		cairo_image_surface_get_stride(surface));

	g_assert(image);
	return image;
}

/* The kernel along one axis (the other has a single tap). When it grows, the
 * source's signal is rebuilt; when it shrinks, the result's is sampled. A wide
 * kernel needs fewer phases for the same precision. */
static void set_filter(pixman_image_t *image, pixman_fixed_t scale,
		       gboolean is_horizontal)
{
	gboolean is_larger = scale < pixman_fixed_1;
	pixman_kernel_t rebuild =
		is_larger ? PIXMAN_KERNEL_LANCZOS3 : PIXMAN_KERNEL_IMPULSE;
	pixman_kernel_t sample =
		is_larger ? PIXMAN_KERNEL_IMPULSE : PIXMAN_KERNEL_LANCZOS3;
	int bits = PHASE_BITS;
	pixman_fixed_t *params;
	int n;

	while (bits > 0 && (scale >> (PHASE_BITS - bits + 1)) >= pixman_fixed_1)
		bits--;
	if (is_horizontal)
		params = pixman_filter_create_separable_convolution(
			&n, scale, pixman_fixed_1, rebuild,
			PIXMAN_KERNEL_IMPULSE, sample, PIXMAN_KERNEL_BOX, bits,
			0);
	else
		params = pixman_filter_create_separable_convolution(
			&n, pixman_fixed_1, scale, PIXMAN_KERNEL_IMPULSE,
			rebuild, PIXMAN_KERNEL_BOX, sample, 0, bits);
	g_assert(params);
	g_assert(pixman_image_set_filter(
		image, PIXMAN_FILTER_SEPARABLE_CONVOLUTION, params, n));
	free(params);
}

/* One pass along one axis. Pixman costs width × height taps a pixel for a
 * kernel of two dimensions, so two passes of one are much cheaper. */
static cairo_surface_t *scale_axis(cairo_surface_t *source, int side_px,
				   gboolean is_horizontal)
{
	int width = cairo_image_surface_get_width(source);
	int height = cairo_image_surface_get_height(source);
	int from = is_horizontal ? width : height;
	pixman_fixed_t scale =
		(pixman_fixed_t)(((gint64)from * pixman_fixed_1 + side_px / 2) /
				 side_px);
	cairo_surface_t *target = cairo_image_surface_create(
		cairo_image_surface_get_format(source),
		is_horizontal ? side_px : width,
		is_horizontal ? height : side_px);
	g_autoptr(pixman_image_auto) in = wrap(source);
	g_autoptr(pixman_image_auto) out = wrap(target);
	pixman_transform_t transform;

	pixman_transform_init_scale(&transform,
				    is_horizontal ? scale : pixman_fixed_1,
				    is_horizontal ? pixman_fixed_1 : scale);
	g_assert(pixman_image_set_transform(in, &transform));
	pixman_image_set_repeat(in, PIXMAN_REPEAT_PAD);
	set_filter(in, scale, is_horizontal);
	pixman_image_composite32(PIXMAN_OP_SRC, in, NULL, out, 0, 0, 0, 0, 0, 0,
				 cairo_image_surface_get_width(target),
				 cairo_image_surface_get_height(target));
	return target;
}

/* Takes source; a side that has its size already is left alone. */
static cairo_surface_t *scale_to(cairo_surface_t *source, int side_px,
				 gboolean is_horizontal)
{
	g_autoptr(cairo_surface_t) from = source;
	int side = is_horizontal ? cairo_image_surface_get_width(from)
				 : cairo_image_surface_get_height(from);

	if (side == side_px)
		return g_steal_pointer(&from);
	if (side / side_px >= RATIO_MAX) {
		cairo_surface_t *step =
			scale_axis(from, side_px * 16, is_horizontal);

		cairo_surface_destroy(from);
		from = step;
	}
	return scale_axis(from, side_px, is_horizontal);
}

/* Lanczos overshoots, so a colour may come out above its alpha, which no
 * premultiplied pixel can be. */
static void clamp_row(guint32 *row, int width)
{
	for (int x = 0; x < width; x++) {
		guint32 p = row[x], a = p >> 24;

		row[x] = a << 24 | MIN(p >> 16 & 255, a) << 16 |
			 MIN(p >> 8 & 255, a) << 8 | MIN(p & 255, a);
	}
}

/* The unused byte of RGB24 is 255 in all our pictures. */
static void fill_row(guint32 *row, int width)
{
	for (int x = 0; x < width; x++)
		row[x] |= 0xff000000;
}

static void finish(cairo_surface_t *surface)
{
	guint8 *data = cairo_image_surface_get_data(surface);
	gsize stride = (gsize)cairo_image_surface_get_stride(surface);
	int width = cairo_image_surface_get_width(surface);
	int height = cairo_image_surface_get_height(surface);
	gboolean is_opaque =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24;

	for (int y = 0; y < height; y++) {
		guint32 *row = (guint32 *)(void *)(data + (gsize)y * stride);

		if (is_opaque)
			fill_row(row, width);
		else
			clamp_row(row, width);
	}
	cairo_surface_mark_dirty(surface);
}

cairo_surface_t *resample_surface(cairo_surface_t *source, int width_px,
				  int height_px)
{
	cairo_surface_t *surface = cairo_surface_reference(source);
	gboolean is_same = cairo_image_surface_get_width(source) == width_px &&
			   cairo_image_surface_get_height(source) == height_px;
	cairo_surface_t *copy;

	cairo_surface_flush(source);
	if (is_same) {
		copy = cairo_image_surface_create(
			cairo_image_surface_get_format(source), width_px,
			height_px);
		memcpy(cairo_image_surface_get_data(copy),
		       cairo_image_surface_get_data(source),
		       (gsize)height_px *
			       (gsize)cairo_image_surface_get_stride(source));
		cairo_surface_mark_dirty(copy);
		cairo_surface_destroy(surface);
		return copy;
	}
	surface = scale_to(surface, width_px, TRUE);
	surface = scale_to(surface, height_px, FALSE);
	finish(surface);
	return surface;
}
