#include "config.h"

#include "render/pixels.h"

#include <string.h>

/* Coverage below this, of 255, is not seen. */
#define FAINTEST 4

struct view {
	guint8 *data;
	int width, height, stride;
	int pixel_bytes, alpha; /* which byte of a pixel is its alpha */
};

static struct view view_of(cairo_surface_t *surface)
{
	gboolean is_a8 =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_A8;

	cairo_surface_flush(surface);
	return (struct view){
		.data = cairo_image_surface_get_data(surface),
		.width = cairo_image_surface_get_width(surface),
		.height = cairo_image_surface_get_height(surface),
		.stride = cairo_image_surface_get_stride(surface),
		.pixel_bytes = is_a8 ? 1 : 4,
		.alpha = is_a8 || G_BYTE_ORDER == G_BIG_ENDIAN ? 0 : 3,
	};
}

/* FALSE: the row is empty. first and last are widened to its ink. */
static gboolean trim_row(const struct view *view, guint8 *row, int *first,
			 int *last)
{
	gboolean has_ink = FALSE;

	for (int x = 0; x < view->width; x++) {
		guint8 *pixel = row + (gsize)x * view->pixel_bytes;

		if (pixel[view->alpha] == 0)
			continue;
		if (pixel[view->alpha] < FAINTEST) {
			memset(pixel, 0, view->pixel_bytes);
			continue;
		}
		*first = MIN(*first, x);
		*last = MAX(*last, x);
		has_ink = TRUE;
	}
	return has_ink;
}

cairo_rectangle_int_t pixels_trim(cairo_surface_t *surface)
{
	struct view view = view_of(surface);
	int first = view.width, last = -1, top = -1, bottom = -1;

	for (int y = 0; y < view.height; y++) {
		guint8 *row = view.data + (gsize)y * view.stride;

		if (!trim_row(&view, row, &first, &last))
			continue;
		top = top < 0 ? y : top;
		bottom = y;
	}
	cairo_surface_mark_dirty(surface);
	if (last < 0)
		return (cairo_rectangle_int_t){0, 0, 0, 0};
	return (cairo_rectangle_int_t){first, top, last - first + 1,
				       bottom - top + 1};
}

/* Sixteen bytes at once; any compiler for any processor understands these. */
typedef guint8 vector __attribute__((vector_size(16)));

static vector add_vectors(vector a, vector b)
{
	vector sum = a + b;

	/* A sum that wrapped is less than its parts: all its bits are set. */
	return sum | (vector)(sum < a);
}

static void add_row(guint8 *out, const guint8 *in, int n)
{
	int i = 0;

	for (; i + (int)sizeof(vector) <= n; i += (int)sizeof(vector)) {
		vector a, b;

		memcpy(&a, out + i, sizeof(a));
		memcpy(&b, in + i, sizeof(b));
		a = add_vectors(a, b);
		memcpy(out + i, &a, sizeof(a));
	}
	for (; i < n; i++) {
		guint sum = (guint)in[i] + out[i];

		out[i] = (guint8)MIN(sum, 255);
	}
}

void pixels_add(cairo_surface_t *surface, const guint8 *from, int stride,
		cairo_rectangle_int_t place)
{
	struct view view = view_of(surface);
	int left = MAX(0, -place.x), top = MAX(0, -place.y);
	int right = MIN(place.width, view.width - place.x);
	int bottom = MIN(place.height, view.height - place.y);

	for (int row = top; row < bottom && left < right; row++) {
		const guint8 *in = from + (gsize)row * stride + left;
		guint8 *out = view.data + (gsize)(place.y + row) * view.stride +
			      (place.x + left);

		add_row(out, in, right - left);
	}
	cairo_surface_mark_dirty(surface);
}

/* One box blur along a line of n bytes, step apart. in is scratch for them. */
static void blur_line(guint8 *line, gsize step, int n, int radius, guint8 *in)
{
	guint size = 2 * (guint)radius + 1;
	guint sum = 0;

	for (int i = 0; i < n; i++)
		in[i] = line[i * step];
	for (int i = 0; i < MIN(radius, n); i++)
		sum += in[i];
	for (int i = 0; i < n; i++) {
		if (i + radius < n)
			sum += in[i + radius];
		line[i * step] = (guint8)((sum + size / 2) / size);
		if (i - radius >= 0)
			sum -= in[i - radius];
	}
}

void pixels_blur(cairo_surface_t *surface, int radius)
{
	struct view view = view_of(surface);
	g_autofree guint8 *in = g_malloc(MAX(view.width, view.height) + 1);

	for (int pass = 0; pass < 3 && radius > 0; pass++) {
		for (int y = 0; y < view.height; y++)
			blur_line(view.data + (gsize)y * view.stride, 1,
				  view.width, radius, in);
		for (int x = 0; x < view.width; x++)
			blur_line(view.data + x, view.stride, view.height,
				  radius, in);
	}
	cairo_surface_mark_dirty(surface);
}

/* Four pixels, as bytes and with room for products of bytes. */
typedef guint16 wide __attribute__((vector_size(32)));

static vector splat(guint32 pixel)
{
	typedef guint32 four __attribute__((vector_size(16)));

	return (vector)(four){pixel, pixel, pixel, pixel};
}

/* Each of four coverages, in the four bytes of its pixel. */
static vector spread(const guint8 *coverage)
{
	const guint8 a = coverage[0], b = coverage[1];
	const guint8 c = coverage[2], d = coverage[3];

	return (vector){a, a, a, a, b, b, b, b, c, c, c, c, d, d, d, d};
}

/* An opaque colour over four pixels, as far as they are covered: color × c +
 * pixels × (255 - c), divided by 255 and rounded. */
static vector cover(vector pixels, vector color, const guint8 *coverage)
{
	wide c = __builtin_convertvector(spread(coverage), wide);
	wide from = __builtin_convertvector(pixels, wide);
	wide to = __builtin_convertvector(color, wide);
	wide sum = to * c + from * (255 - c) + 128;

	return __builtin_convertvector((sum + (sum >> 8)) >> 8, vector);
}

struct inks {
	vector under, over; /* colours, four times each */
};

/* Most pixels are empty or full, and need no arithmetic. */
static void paint_four(guint8 *out, const guint8 *under, const guint8 *over,
		       const struct inks *inks)
{
	guint32 u, o;
	vector pixels;

	memcpy(&u, under, sizeof(u));
	memcpy(&o, over, sizeof(o));
	if (!(u | o))
		return;
	memcpy(&pixels, out, sizeof(pixels));
	if (u == G_MAXUINT32)
		pixels = inks->under;
	else if (u)
		pixels = cover(pixels, inks->under, under);
	if (o == G_MAXUINT32)
		pixels = inks->over;
	else if (o)
		pixels = cover(pixels, inks->over, over);
	memcpy(out, &pixels, sizeof(pixels));
}

static void paint_row(guint8 *out, const guint8 *under, const guint8 *over,
		      const struct inks *inks, int n)
{
	guint8 last[sizeof(vector)] = {0}, last_under[4] = {0};
	guint8 last_over[4] = {0};
	int i = 0;

	for (; i + 4 <= n; i += 4)
		paint_four(out + (gsize)i * 4, under + i, over + i, inks);
	if (i == n)
		return;
	memcpy(last, out + (gsize)i * 4, (gsize)(n - i) * 4);
	memcpy(last_under, under + i, n - i);
	memcpy(last_over, over + i, n - i);
	paint_four(last, last_under, last_over, inks);
	memcpy(out + (gsize)i * 4, last, (gsize)(n - i) * 4);
}

static guint32 pixel_of(struct color color)
{
	return 0xff000000u | (guint32)color.r << 16 | (guint32)color.g << 8 |
	       color.b;
}

void pixels_paint(cairo_surface_t *target, int x, int y,
		  const struct pixels_layer *under,
		  const struct pixels_layer *over)
{
	struct view to = view_of(target), top = view_of(over->surface);
	struct view bottom = top;
	const struct inks inks = {splat(pixel_of(under->color)),
				  splat(pixel_of(over->color))};
	g_autofree guint8 *none = NULL;

	if (under->surface) {
		bottom = view_of(under->surface);
	} else {
		none = g_malloc0((gsize)top.stride);
		bottom.data = none;
		bottom.stride = 0;
	}
	g_assert(top.width == bottom.width && top.height == bottom.height);
	g_assert(x >= 0 && top.width <= to.width - x);
	g_assert(y >= 0 && top.height <= to.height - y);
	for (int row = 0; row < top.height; row++)
		paint_row(to.data + (gsize)(y + row) * to.stride + (gsize)x * 4,
			  bottom.data + (gsize)row * bottom.stride,
			  top.data + (gsize)row * top.stride, &inks, top.width);
	cairo_surface_mark_dirty_rectangle(target, x, y, top.width, top.height);
}
