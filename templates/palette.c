#include "config.h"

#include "templates/palette.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 5, SIDE = 1 << BITS, BINS = SIDE * SIDE * SIDE };

struct bin {
	guint64 sum[3];
	guint64 count;
};

/* A box of the histogram, first and last inclusive, and the pixels in it. */
struct box {
	guint first[3];
	guint last[3];
	guint64 count;
};

static guint32 rgb_of(const guint8 *pixel)
{
	return (guint32)pixel[0] << 16 | (guint32)pixel[1] << 8 | pixel[2];
}

static void rgb_put(guint8 *entry, guint32 rgb)
{
	entry[0] = rgb >> 16;
	entry[1] = rgb >> 8 & 0xff;
	entry[2] = rgb & 0xff;
}

static int compare_rgb(const void *a, const void *b)
{
	return memcmp(a, b, 3);
}

/* False, with out half filled, when there are more than max colours. */
static gboolean choose_exact(const guint8 *pixels, gsize count, guint max,
			     struct palette *out)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	out->count = 0;
	for (gsize i = 0; i < count; i++) {
		guint32 rgb = rgb_of(pixels + 4 * i);

		if (!g_hash_table_add(seen, GUINT_TO_POINTER(rgb)))
			continue;
		if (out->count == max)
			return FALSE;
		rgb_put(out->rgb[out->count++], rgb);
	}
	return TRUE;
}

static struct bin *bin_at(struct bin *bins, guint r, guint g, guint b)
{
	return &bins[(r * SIDE + g) * SIDE + b];
}

static struct bin *histogram(const guint8 *pixels, gsize count)
{
	struct bin *bins = g_new0(struct bin, BINS);

	for (gsize i = 0; i < count; i++) {
		const guint8 *p = pixels + 4 * i;
		struct bin *bin =
			bin_at(bins, p[0] >> (8 - BITS), p[1] >> (8 - BITS),
			       p[2] >> (8 - BITS));

		for (guint c = 0; c < 3; c++)
			bin->sum[c] += p[c];
		bin->count++;
	}
	return bins;
}

/* Everything that a box holds, added up. */
static struct bin box_total(const struct box *box, struct bin *bins)
{
	struct bin total = {{0, 0, 0}, 0};

	for (guint r = box->first[0]; r <= box->last[0]; r++)
		for (guint g = box->first[1]; g <= box->last[1]; g++)
			for (guint b = box->first[2]; b <= box->last[2]; b++) {
				struct bin *bin = bin_at(bins, r, g, b);

				for (guint c = 0; c < 3; c++)
					total.sum[c] += bin->sum[c];
				total.count += bin->count;
			}
	return total;
}

/* The pixels of the slice of a box where the axis has the value at. */
static guint64 slice_count(const struct box *box, struct bin *bins, guint axis,
			   guint at)
{
	struct box slice = *box;

	slice.first[axis] = at;
	slice.last[axis] = at;
	return box_total(&slice, bins).count;
}

static void box_shrink(struct box *box, struct bin *bins)
{
	for (guint c = 0; c < 3; c++) {
		while (box->first[c] < box->last[c] &&
		       slice_count(box, bins, c, box->first[c]) == 0)
			box->first[c]++;
		while (box->first[c] < box->last[c] &&
		       slice_count(box, bins, c, box->last[c]) == 0)
			box->last[c]--;
	}
}

static guint box_longest(const struct box *box)
{
	guint axis = 0;

	for (guint c = 1; c < 3; c++)
		if (box->last[c] - box->first[c] >
		    box->last[axis] - box->first[axis])
			axis = c;
	return axis;
}

/* Cuts the upper part off a box, at the median of its longest side. */
static struct box box_cut(struct box *box, struct bin *bins)
{
	guint axis = box_longest(box);
	guint at = box->first[axis];
	guint64 below = slice_count(box, bins, axis, at);
	struct box upper = *box;

	while (at + 1 < box->last[axis] && below < box->count / 2)
		below += slice_count(box, bins, axis, ++at);
	box->last[axis] = at;
	box->count = below;
	upper.first[axis] = at + 1;
	upper.count -= below;
	box_shrink(box, bins);
	box_shrink(&upper, bins);
	return upper;
}

/* The box to cut next: many pixels alone would spend the palette on a plain
 * sky, length alone on a few stray pixels. NULL when no box can be cut. */
static struct box *next_box(struct box *boxes, guint count)
{
	struct box *best = NULL;
	guint64 best_weight = 0;

	for (guint i = 0; i < count; i++) {
		guint axis = box_longest(&boxes[i]);
		guint length = boxes[i].last[axis] - boxes[i].first[axis];
		guint64 weight = boxes[i].count * length * length;

		if (weight > best_weight) {
			best = &boxes[i];
			best_weight = weight;
		}
	}
	return best;
}

static void choose_by_cuts(const guint8 *pixels, gsize count, guint max,
			   struct palette *out)
{
	g_autofree struct bin *bins = histogram(pixels, count);
	struct box boxes[PALETTE_MAX] = {
		{{0, 0, 0}, {SIDE - 1, SIDE - 1, SIDE - 1}, count}};
	struct box *box;
	guint used = 1;

	box_shrink(&boxes[0], bins);
	while (used < max && (box = next_box(boxes, used)))
		boxes[used++] = box_cut(box, bins);
	for (guint i = 0; i < used; i++) {
		struct bin total = box_total(&boxes[i], bins);

		for (guint c = 0; c < 3; c++)
			out->rgb[i][c] =
				(total.sum[c] + total.count / 2) / total.count;
	}
	out->count = used;
}

void palette_choose(const guint8 *pixels, gsize count, guint max,
		    struct palette *out)
{
	g_return_if_fail(count > 0 && max >= 2 && max <= PALETTE_MAX);

	out->is_exact = choose_exact(pixels, count, max, out);
	if (!out->is_exact)
		choose_by_cuts(pixels, count, max, out);
	qsort(out->rgb, out->count, sizeof(out->rgb[0]), compare_rgb);
}

static guint nearest(const struct palette *palette, const guint8 *pixel)
{
	guint best = 0;
	int best_distance = G_MAXINT;

	for (guint i = 0; i < palette->count; i++) {
		int distance = 0;

		for (guint c = 0; c < 3; c++) {
			int d = palette->rgb[i][c] - pixel[c];

			distance += d * d;
		}
		if (distance < best_distance) {
			best = i;
			best_distance = distance;
		}
	}
	return best;
}

void palette_map(const struct palette *palette, const guint8 *pixels,
		 gsize count, guint8 *out_indices)
{
	g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);

	for (gsize i = 0; i < count; i++) {
		gpointer rgb = GUINT_TO_POINTER(rgb_of(pixels + 4 * i));
		gpointer index;

		if (!g_hash_table_lookup_extended(known, rgb, NULL, &index)) {
			index = GUINT_TO_POINTER(
				nearest(palette, pixels + 4 * i));
			g_hash_table_insert(known, rgb, index);
		}
		out_indices[i] = GPOINTER_TO_UINT(index);
	}
}
