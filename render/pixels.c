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

static void add_sixteen(guint8 *out, const guint8 *in)
{
	vector a, b;

	memcpy(&a, out, sizeof(a));
	memcpy(&b, in, sizeof(b));
	a = add_vectors(a, b);
	memcpy(out, &a, sizeof(a));
}

static void add_row(guint8 *out, const guint8 *in, int n)
{
	int i = 0;

	for (; i + (int)sizeof(vector) <= n; i += (int)sizeof(vector))
		add_sixteen(out + i, in + i);
	for (; i < n; i++) {
		guint sum = (guint)in[i] + out[i];

		out[i] = (guint8)MIN(sum, 255);
	}
}

void pixels_add_rows(guint8 *out, gsize out_stride,
		     const struct pixels_rows *rows)
{
	const guint8 *in = rows->data;

	for (int row = 0; row < rows->n_rows; row++) {
		add_row(out, in, rows->n_bytes);
		out += out_stride;
		in += rows->stride;
	}
}

void pixels_add(cairo_surface_t *surface, const guint8 *from, int stride,
		cairo_rectangle_int_t place)
{
	struct view view = view_of(surface);
	int left = MAX(0, -place.x), top = MAX(0, -place.y);
	int right = MIN(place.width, view.width - place.x);
	int bottom = MIN(place.height, view.height - place.y);
	int filled = PIXELS_FILLED(right - left);
	struct pixels_rows rows;

	/* A mask without ink has no bytes at all. */
	if (left >= right || top >= bottom)
		return;
	rows = (struct pixels_rows){from + (gsize)top * stride + left, stride,
				    right - left, bottom - top};
	/* Past the place's right end zeros are added, so long as there is a
	 * byte of the row to add them to. */
	if (right == place.width && filled <= stride - left &&
	    filled <= view.stride - place.x - left)
		rows.n_bytes = filled;
	pixels_add_rows(view.data + (gsize)(place.y + top) * view.stride +
				(place.x + left),
			view.stride, &rows);
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
