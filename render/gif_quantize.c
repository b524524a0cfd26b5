#include "config.h"

#include "render/gif_quantize.h"

#include <string.h>

#include "render/gif_nearest.h"

#define SIDE   33 /* 32 cells a channel, and a plane of zeros before them */
#define CELLS  (SIDE * SIDE * SIDE)
#define N_BITS 16 /* of the caches below */
#define ROUNDS 3

/* What is known of a set of pixels; sums over boxes of cells come from sums
 * over all cells before a corner. */
struct moments {
	gint64 n, r, g, b;
	double squares;
};

struct box {
	guint low[3], high[3]; /* cells low + 1 to high, for r, g, b */
	double variance;       /* summed over its pixels; 0: can't be cut */
};

/* A colour that was met before, in the slot that its hash tells. */
struct known {
	guint32 color; /* 0: none */
	guint32 value;
};

static struct known *known_at(struct known *known, guint32 color)
{
	return &known[(color * 0x9e3779b1u) >> (32 - N_BITS)];
}

/* FALSE when there are more than max colours. */
static gboolean find_exact(const guint32 *pixels, gsize n, guint max,
			   guint32 *colors, guint *out_n)
{
	g_autofree struct known *known = g_new0(struct known, 1 << N_BITS);
	guint n_colors = 0;

	for (gsize i = 0; i < n; i++) {
		struct known *slot = known_at(known, pixels[i]);
		guint j = 0;

		if (pixels[i] == 0 || slot->color == pixels[i])
			continue;
		while (j < n_colors && colors[j] != pixels[i])
			j++;
		if (j == max)
			return FALSE;
		colors[j] = pixels[i];
		n_colors = MAX(n_colors, j + 1);
		slot->color = pixels[i];
	}
	*out_n = n_colors;
	return TRUE;
}

static struct moments *moments_at(struct moments *cells, guint r, guint g,
				  guint b)
{
	return &cells[(r * SIDE + g) * SIDE + b];
}

static struct moments *cell_of(struct moments *cells, guint32 color)
{
	return moments_at(cells, (color >> 19 & 31) + 1, (color >> 11 & 31) + 1,
			  (color >> 3 & 31) + 1);
}

static void add(struct moments *to, const struct moments *from, int sign)
{
	to->n += sign * from->n;
	to->r += sign * from->r;
	to->g += sign * from->g;
	to->b += sign * from->b;
	to->squares += sign * from->squares;
}

static void count_pixels(struct moments *cells, const guint32 *pixels, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		guint32 p = pixels[i];
		struct moments one = {1, p >> 16 & 0xff, p >> 8 & 0xff,
				      p & 0xff, 0};

		if (p == 0)
			continue;
		one.squares =
			(double)(one.r * one.r + one.g * one.g + one.b * one.b);
		add(cell_of(cells, p), &one, 1);
	}
}

/* Each cell becomes the sum over all cells up to it. */
static void accumulate(struct moments *cells)
{
	static const guint steps[3] = {SIDE * SIDE, SIDE, 1};

	for (guint axis = 0; axis < 3; axis++)
		for (guint i = steps[axis]; i < CELLS; i++)
			if (i / steps[axis] % SIDE > 0)
				add(&cells[i], &cells[i - steps[axis]], 1);
}

static struct moments sum_box(struct moments *cells, const struct box *box)
{
	struct moments sum = {0, 0, 0, 0, 0};

	for (guint corner = 0; corner < 8; corner++) {
		guint at[3], n_low = 0;

		for (guint axis = 0; axis < 3; axis++) {
			gboolean is_low = corner >> axis & 1;

			at[axis] = is_low ? box->low[axis] : box->high[axis];
			n_low += is_low;
		}
		add(&sum, moments_at(cells, at[0], at[1], at[2]),
		    n_low % 2 ? -1 : 1);
	}
	return sum;
}

/* The square of the summed colour over the number of pixels: the more of the
 * squares two halves explain this way, the less variance is left in them. */
static double explained(const struct moments *sum)
{
	double r = (double)sum->r, g = (double)sum->g, b = (double)sum->b;

	return sum->n > 0 ? (r * r + g * g + b * b) / (double)sum->n : 0;
}

static void measure(struct moments *cells, struct box *box)
{
	struct moments sum = sum_box(cells, box);

	box->variance = sum.squares - explained(&sum);
}

/* Cuts a box where the halves have the least variance; the upper one goes to
 * other. FALSE: all its pixels are in one cell. */
static gboolean cut(struct moments *cells, struct box *box, struct box *other)
{
	struct moments whole = sum_box(cells, box);
	double best = -1;
	guint best_axis = 0, best_at = 0;

	for (guint axis = 0; axis < 3; axis++) {
		struct box half = *box;

		for (guint at = box->low[axis] + 1; at < box->high[axis];
		     at++) {
			struct moments lower, upper = whole;
			double gain;

			half.high[axis] = at;
			lower = sum_box(cells, &half);
			add(&upper, &lower, -1);
			gain = explained(&lower) + explained(&upper);
			if (lower.n == 0 || upper.n == 0 || gain <= best)
				continue;
			best = gain;
			best_axis = axis;
			best_at = at;
		}
	}
	if (best < 0)
		return FALSE;
	*other = *box;
	other->low[best_axis] = best_at;
	box->high[best_axis] = best_at;
	measure(cells, box);
	measure(cells, other);
	return TRUE;
}

static guint cut_boxes(struct moments *cells, guint max, struct box *boxes)
{
	guint n = 1;

	boxes[0] = (struct box){{0, 0, 0}, {32, 32, 32}, 1};
	while (n < max) {
		struct box *widest = &boxes[0];

		for (guint i = 1; i < n; i++)
			if (boxes[i].variance > widest->variance)
				widest = &boxes[i];
		if (widest->variance <= 0)
			break;
		if (cut(cells, widest, &boxes[n]))
			n++;
		else
			widest->variance = 0;
	}
	return n;
}

static guint32 mean(const struct moments *sum)
{
	gint64 half = sum->n / 2;

	return 0xff000000 | (guint32)((sum->r + half) / sum->n) << 16 |
	       (guint32)((sum->g + half) / sum->n) << 8 |
	       (guint32)((sum->b + half) / sum->n);
}

/* Each colour moves to the mean of the cells that are nearest to it. */
static void move_colors(const struct moments *cells, guint32 *colors, guint n)
{
	struct moments sums[256] = {{0}};
	struct gif_nearest nearest;
	guint distance;

	gif_nearest_init(&nearest);
	for (guint i = 0; i < n; i++)
		gif_nearest_set(&nearest, i, colors[i]);
	for (guint i = 0; i < CELLS; i++)
		if (cells[i].n > 0)
			add(&sums[gif_nearest_find(&nearest, mean(&cells[i]),
						   &distance)],
			    &cells[i], 1);
	for (guint i = 0; i < n; i++)
		if (sums[i].n > 0)
			colors[i] = mean(&sums[i]);
}

static guint find_means(const guint32 *pixels, gsize n, guint max,
			guint32 *colors)
{
	g_autofree struct moments *cells = g_new0(struct moments, CELLS);
	g_autofree struct moments *sums = g_new(struct moments, CELLS);
	struct box boxes[256];
	guint n_colors;

	count_pixels(cells, pixels, n);
	memcpy(sums, cells, CELLS * sizeof(*cells));
	accumulate(sums);
	n_colors = cut_boxes(sums, max, boxes);
	for (guint i = 0; i < n_colors; i++) {
		struct moments sum = sum_box(sums, &boxes[i]);

		colors[i] = mean(&sum);
	}
	for (guint i = 0; i < ROUNDS; i++)
		move_colors(cells, colors, n_colors);
	return n_colors;
}

guint gif_quantize(const guint32 *pixels, gsize n, guint max_colors,
		   guint32 *out_colors)
{
	guint n_colors;

	if (!find_exact(pixels, n, max_colors, out_colors, &n_colors))
		return find_means(pixels, n, max_colors, out_colors);
	if (n_colors == 0)
		out_colors[n_colors++] = 0xff000000;
	return n_colors;
}

void gif_quantize_map(const guint32 *pixels, gsize n, const guint32 *colors,
		      guint n_colors, guint transparent, guint8 *out_indices)
{
	g_autofree struct known *known = g_new0(struct known, 1 << N_BITS);
	struct gif_nearest nearest;
	guint distance;

	gif_nearest_init(&nearest);
	for (guint i = 0; i < n_colors; i++)
		gif_nearest_set(&nearest, i, colors[i]);
	for (gsize i = 0; i < n; i++) {
		struct known *slot = known_at(known, pixels[i]);

		if (pixels[i] != 0 && slot->color != pixels[i]) {
			slot->value = gif_nearest_find(&nearest, pixels[i],
						       &distance);
			slot->color = pixels[i];
		}
		out_indices[i] =
			(guint8)(pixels[i] == 0 ? transparent : slot->value);
	}
}
