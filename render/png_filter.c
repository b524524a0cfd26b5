#include "config.h"

#include "render/png_filter.h"

#include <string.h>

/* Sixteen samples at a time, in the compiler's own vectors: any processor has
 * something for them, and plain loops took twice as long at -O2. */
enum { LANES = 16 };
typedef guint8 lanes __attribute__((vector_size(LANES)));
typedef gint8 signed_lanes __attribute__((vector_size(LANES)));
typedef guint16 wide_lanes __attribute__((vector_size(LANES)));

/* None and Sub: what depends on nothing above. */
enum { FILTERS_FIRST_ROW = PNG_FILTERS_NONE | PNG_FILTERS_SUB };

/* A row of samples with room for a pixel of zeros to its left, which is what
 * the filters see there, and for a last vector that is not full. */
struct row {
	guint8 *buffer;
	guint8 *samples;
};

static void row_init(struct row *row, gsize n_samples)
{
	row->buffer = g_malloc0(LANES + n_samples + LANES);
	row->samples = row->buffer + LANES;
}

gsize png_scanline_bytes(int width_px, enum png_color color)
{
	return 1 + (gsize)width_px * png_color_samples(color);
}

static inline lanes load(const guint8 *bytes)
{
	lanes v;

	memcpy(&v, bytes, LANES);
	return v;
}

static inline lanes difference(lanes x, lanes y)
{
	lanes is_less = (lanes)(x < y);

	return ((x - y) ^ is_less) - is_less;
}

/* Paeth's predictor without leaving eight bits. With p = a + b - c, the
 * distance |p - c| is |a - c| + |b - c| where both differences point the same
 * way, and then never the least; else it is how far apart the two are. */
static inline lanes paeth(lanes a, lanes b, lanes c)
{
	lanes to_a = difference(b, c), to_b = difference(a, c);
	lanes is_same_way = ~((lanes)(b > c) ^ (lanes)(a > c));
	lanes to_c = difference(to_a, to_b) | is_same_way;
	lanes is_a = (lanes)(to_a <= to_b) & (lanes)(to_a <= to_c);
	lanes is_b = (lanes)(to_b <= to_c);

	return (a & is_a) | (((b & is_b) | (c & ~is_b)) & ~is_a);
}

static inline lanes residual(guint type, const guint8 *row, const guint8 *above,
			     gsize i, guint bpp)
{
	lanes x = load(row + i), a = load(row + i - bpp);
	lanes b = load(above + i), c = load(above + i - bpp);

	switch (type) {
	case 1:
		return x - a;
	case 2:
		return x - b;
	case 3: /* (a + b) / 2 without a ninth bit */
		return x - ((a & b) + ((a ^ b) >> 1));
	case 4:
		return x - paeth(a, b, c);
	default:
		return x;
	}
}

static inline wide_lanes magnitude(lanes r)
{
	lanes is_negative = (lanes)((signed_lanes)r < 0);
	wide_lanes m = (wide_lanes)((r ^ is_negative) - is_negative);

	return (m & 0xff) + (m >> 8);
}

static inline guint32 sum(wide_lanes v)
{
	guint32 total = 0;

	for (guint i = 0; i < LANES / 2; i++)
		total += v[i];
	return total;
}

static inline __attribute__((always_inline)) guint32
cost_loop(guint type, const guint8 *row, const guint8 *above, gsize n,
	  guint bpp)
{
	static const lanes index = {0, 1, 2,  3,  4,  5,  6,  7,
				    8, 9, 10, 11, 12, 13, 14, 15};
	const gsize whole = n - n % LANES;
	guint32 cost = 0;
	gsize i = 0;

	/* A wide lane takes 255 pairs of at most 128 each. */
	while (i < whole) {
		gsize end = MIN(whole, i + LANES * 255);
		wide_lanes costs = {0};

		for (; i < end; i += LANES)
			costs += magnitude(residual(type, row, above, i, bpp));
		cost += sum(costs);
	}
	if (i < n) {
		lanes is_inside = (lanes)(index < (guint8)(n - i));

		cost += sum(magnitude(residual(type, row, above, i, bpp) &
				      is_inside));
	}
	return cost;
}

static guint32 filter_cost(guint type, const guint8 *row, const guint8 *above,
			   gsize n, guint bpp)
{
	switch (type) {
	case 1:
		return cost_loop(1, row, above, n, bpp);
	case 2:
		return cost_loop(2, row, above, n, bpp);
	case 3:
		return cost_loop(3, row, above, n, bpp);
	case 4:
		return cost_loop(4, row, above, n, bpp);
	default:
		return cost_loop(0, row, above, n, bpp);
	}
}

static inline __attribute__((always_inline)) void
apply_loop(guint type, const guint8 *row, const guint8 *above, gsize n,
	   guint bpp, guint8 *out)
{
	gsize i = 0;
	lanes last;

	for (; n - i >= LANES; i += LANES) {
		lanes r = residual(type, row, above, i, bpp);

		memcpy(out + i, &r, LANES);
	}
	last = residual(type, row, above, i, bpp);
	memcpy(out + i, &last, n - i);
}

static void filter_apply(guint type, const guint8 *row, const guint8 *above,
			 gsize n, guint bpp, guint8 *out)
{
	switch (type) {
	case 1:
		apply_loop(1, row, above, n, bpp, out);
		break;
	case 2:
		apply_loop(2, row, above, n, bpp, out);
		break;
	case 3:
		apply_loop(3, row, above, n, bpp, out);
		break;
	case 4:
		apply_loop(4, row, above, n, bpp, out);
		break;
	default:
		memcpy(out, row, n);
	}
}

static guint choose_filter(guint filters, const guint8 *row,
			   const guint8 *above, gsize n, guint bpp)
{
	guint32 least = G_MAXUINT32;
	guint chosen = 0;

	if ((filters & (filters - 1)) == 0)
		return g_bit_nth_lsf(filters, -1);
	for (guint type = 0; type <= 4; type++) {
		guint32 cost;

		if (!(filters >> type & 1))
			continue;
		cost = filter_cost(type, row, above, n, bpp);
		if (cost < least) {
			least = cost;
			chosen = type;
		}
	}
	return chosen;
}

gboolean png_filter_rows(const struct png_source *source, int row, int n_rows,
			 guint filters, guint8 *out)
{
	const guint bpp = png_color_samples(source->color);
	const gsize n = (gsize)source->width_px * bpp;
	struct row rows[2];
	gboolean is_held = TRUE;

	row_init(&rows[0], n);
	row_init(&rows[1], n);
	for (int i = 0; i < n_rows && is_held; i++, out += 1 + n) {
		const guint8 *above = rows[(i + 1) % 2].samples;
		const guint8 *samples = rows[i % 2].samples;
		guint allowed = filters;

		if (i == 0)
			allowed = filters & FILTERS_FIRST_ROW
					  ? filters & FILTERS_FIRST_ROW
					  : PNG_FILTERS_SUB;
		is_held = png_source_row(source, row + i, rows[i % 2].samples);
		out[0] = choose_filter(allowed, samples, above, n, bpp);
		filter_apply(out[0], samples, above, n, bpp, out + 1);
	}
	g_free(rows[0].buffer);
	g_free(rows[1].buffer);
	return is_held;
}
