#include "config.h"

#include "render/jpeg_run.h"

#include <string.h>

void jpeg_grid_init(struct jpeg_grid *grid, guint width_px, guint height_px,
		    gboolean is_444)
{
	grid->width_px = width_px;
	grid->height_px = height_px;
	grid->mcu_px = is_444 ? 8 : 16;
	grid->blocks_per_mcu = is_444 ? 3 : 6;
	grid->across = (width_px + grid->mcu_px - 1) / grid->mcu_px;
	grid->down = (height_px + grid->mcu_px - 1) / grid->mcu_px;
	grid->n_mcus = grid->across * grid->down;
	grid->n_runs = (grid->n_mcus + JPEG_RUN_MCUS - 1) / JPEG_RUN_MCUS;
}

gsize jpeg_grid_blocks(const struct jpeg_grid *grid)
{
	return (gsize)grid->n_mcus * grid->blocks_per_mcu;
}

guint jpeg_grid_run(const struct jpeg_grid *grid, guint i)
{
	return MIN(grid->n_mcus - i * JPEG_RUN_MCUS, JPEG_RUN_MCUS);
}

void jpeg_source_init(struct jpeg_source *source, cairo_surface_t *surface,
		      const struct jpeg_header *header)
{
	cairo_surface_flush(surface);
	jpeg_grid_init(&source->grid, header->width_px, header->height_px,
		       header->is_444);
	source->pixels = cairo_image_surface_get_data(surface);
	source->stride = (gsize)cairo_image_surface_get_stride(surface);
	source->has_alpha =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
	source->kernels = jpeg_kernels_best();
	for (guint plane = 0; plane < 2; plane++)
		jpeg_divisors_init(&source->divisors[plane],
				   header->quant[plane]);
}

/* An MCU's pixels, or a copy of them that is whole and opaque. */
struct field {
	guint x, y; /* of its corner in the picture */
	guint n_columns, n_rows;
	const guint8 *pixels;
	gsize stride;
};

enum { TILE_STRIDE = 16 * 4 };

struct tile {
	guint8 pixels[16 * TILE_STRIDE];
};

static struct field find_field(const struct jpeg_source *source, guint mcu)
{
	const struct jpeg_grid *grid = &source->grid;
	guint x = mcu % grid->across * grid->mcu_px;
	guint y = mcu / grid->across * grid->mcu_px;

	return (struct field){
		x,
		y,
		MIN(grid->width_px - x, grid->mcu_px),
		MIN(grid->height_px - y, grid->mcu_px),
		source->pixels + y * source->stride + (gsize)x * 4,
		source->stride,
	};
}

static gboolean is_whole(const struct jpeg_source *source,
			 const struct field *field)
{
	guint side = source->grid.mcu_px;

	return !source->has_alpha && field->n_columns == side &&
	       field->n_rows == side;
}

static void lay_over_white(guint8 *row, guint n)
{
	for (guint8 *pixel = row; pixel < row + 4 * n; pixel += 4)
		for (int i = 0; i < 3; i++)
			pixel[i] = (guint8)MIN(pixel[i] + 255 - pixel[3], 255);
}

/* The last column and the last row are repeated up to the MCU's end. */
static void copy_field(const struct jpeg_source *source, struct field *field,
		       struct tile *tile)
{
	guint side = source->grid.mcu_px;

	for (guint row = 0; row < side; row++) {
		guint8 *to = tile->pixels + row * TILE_STRIDE;

		if (row >= field->n_rows) {
			memcpy(to, to - TILE_STRIDE, side * 4);
			continue;
		}
		memcpy(to, field->pixels + row * field->stride,
		       field->n_columns * 4);
		if (source->has_alpha)
			lay_over_white(to, field->n_columns);
		for (guint i = field->n_columns; i < side; i++)
			memcpy(to + i * 4, to + (i - 1) * 4, 4);
	}
	field->pixels = tile->pixels;
	field->stride = TILE_STRIDE;
}

static void transform(const struct jpeg_source *source, struct jpeg_pair *pair,
		      enum jpeg_plane plane, struct jpeg_block *out_left,
		      struct jpeg_block *out_right)
{
	source->kernels->transform(pair, &source->divisors[plane], out_left,
				   out_right);
}

/* Two MCUs of 4:4:4 together, which need not be neighbours; left and right are
 * where their blocks go. */
static void make_444(const struct jpeg_source *source, struct field fields[2],
		     struct jpeg_pair pairs[3], struct jpeg_block *left,
		     struct jpeg_block *right)
{
	struct tile tiles[2];

	/* One stride has to serve both. */
	if (!is_whole(source, &fields[0]) || !is_whole(source, &fields[1])) {
		copy_field(source, &fields[0], &tiles[0]);
		copy_field(source, &fields[1], &tiles[1]);
	}
	source->kernels->samples(fields[0].pixels, fields[1].pixels,
				 fields[0].stride, &pairs[0], &pairs[1],
				 &pairs[2]);
	for (guint i = 0; i < 3; i++)
		transform(source, &pairs[i], i ? JPEG_CHROMA : JPEG_LUMA,
			  &left[i], &right[i]);
}

/* Rows of chroma below the picture repeat the last row of chroma, not what the
 * pixels below would average to. */
static void repeat_chroma(struct jpeg_pair *chroma, guint n_pixel_rows)
{
	guint n_rows = (n_pixel_rows + 1) / 2;

	for (guint row = n_rows; row < 8; row++)
		memcpy(chroma->v[row], chroma->v[n_rows - 1],
		       sizeof(chroma->v[row]));
}

/* Luma blocks that lie wholly outside the picture have no AC, and the DC of the
 * block before them. */
static void set_outside(const struct field *field, struct jpeg_block *blocks)
{
	for (guint i = 1; i < 4; i++) {
		if (i % 2 * 8 < field->n_columns && i / 2 * 8 < field->n_rows)
			continue;
		blocks[i].coef = blocks[i - 1].coef;
		blocks[i].nonzero = 0;
	}
}

static void make_420(const struct jpeg_source *source, struct field field,
		     guint8 changed, struct jpeg_pair pairs[3],
		     struct jpeg_block blocks[6])
{
	struct tile tile;
	struct jpeg_pair cb[2], cr[2];

	if (!is_whole(source, &field))
		copy_field(source, &field, &tile);
	for (guint half = 0; half < 2; half++) {
		const guint8 *pixels = field.pixels + 8 * half * field.stride;

		source->kernels->samples(pixels, pixels + 8 * 4, field.stride,
					 &pairs[half], &cb[half], &cr[half]);
	}
	source->kernels->halve(&cb[0], &cb[1], 0, &pairs[2]);
	source->kernels->halve(&cr[0], &cr[1], 1, &pairs[2]);
	repeat_chroma(&pairs[2], field.n_rows);
	for (guint half = 0; half < 2; half++)
		if (changed >> 2 * half & 3)
			transform(source, &pairs[half], JPEG_LUMA,
				  &blocks[2 * half], &blocks[2 * half + 1]);
	transform(source, &pairs[2], JPEG_CHROMA, &blocks[4], &blocks[5]);
	for (guint i = 0; i < 4; i++)
		if (!(changed >> i & 1))
			blocks[i].coef = NULL;
	set_outside(&field, blocks);
}

static void make_run_420(const struct jpeg_source *source, guint first,
			 guint n_mcus, const guint8 *changed,
			 struct jpeg_run *out)
{
	for (guint i = 0; i < n_mcus; i++) {
		if (changed[i])
			make_420(source, find_field(source, first + i),
				 changed[i], &out->pairs[3 * i],
				 &out->blocks[6 * i]);
	}
}

static void make_run_444(const struct jpeg_source *source, guint first,
			 guint n_mcus, const guint8 *changed,
			 struct jpeg_run *out)
{
	struct jpeg_pair *pairs = out->pairs;
	guint left = n_mcus;

	for (guint i = 0; i < n_mcus; i++) {
		if (!changed[i])
			continue;
		if (left == n_mcus) {
			left = i;
			continue;
		}
		make_444(source,
			 (struct field[2]){find_field(source, first + left),
					   find_field(source, first + i)},
			 pairs, &out->blocks[3 * left], &out->blocks[3 * i]);
		pairs += 3;
		left = n_mcus;
	}
	if (left < n_mcus)
		make_444(source,
			 (struct field[2]){find_field(source, first + left),
					   find_field(source, first + left)},
			 pairs, &out->blocks[3 * left], &out->blocks[3 * left]);
}

void jpeg_source_run(const struct jpeg_source *source, guint i,
		     const guint8 *changed, struct jpeg_run *out)
{
	guint first = i * JPEG_RUN_MCUS;
	guint n_mcus = jpeg_grid_run(&source->grid, i);
	guint8 all[JPEG_RUN_MCUS];

	if (!changed)
		changed = memset(all, JPEG_ALL_CHANGED, sizeof(all));
	else
		changed += first;
	out->n_blocks = n_mcus * source->grid.blocks_per_mcu;
	for (guint b = 0; b < out->n_blocks; b++)
		out->blocks[b].coef = NULL;
	if (source->grid.mcu_px == 8)
		make_run_444(source, first, n_mcus, changed, out);
	else
		make_run_420(source, first, n_mcus, changed, out);
}
