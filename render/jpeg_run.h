/* jpeg_run.h - MCUs of a picture to quantized blocks, a run at a time.
 *
 * A run is up to JPEG_RUN_MCUS MCUs in scan order; it may cross the end of an
 * MCU row. At the picture's edges blocks are filled up as libjpeg fills them.
 */
#pragma once

#include <cairo.h>

#include "render/jpeg_block.h"
#include "render/jpeg_entropy.h"
#include "render/jpeg_header.h"

enum {
	JPEG_RUN_MCUS = 8,
	JPEG_RUN_BLOCKS = JPEG_RUN_MCUS * 6,
	JPEG_RUN_BYTES_MAX = JPEG_RUN_BLOCKS * JPEG_BLOCK_BYTES_MAX,
};

struct jpeg_grid {
	guint width_px, height_px;
	guint mcu_px;	      /* 16 (4:2:0) or 8 (4:4:4) */
	guint blocks_per_mcu; /* 6 or 3 */
	guint across, down;   /* MCUs */
	guint n_mcus, n_runs;
};

void jpeg_grid_init(struct jpeg_grid *grid, guint width_px, guint height_px,
		    gboolean is_444);

gsize jpeg_grid_blocks(const struct jpeg_grid *grid);

/* The MCUs of run i. */
guint jpeg_grid_run(const struct jpeg_grid *grid, guint i);

/* A surface's pixels and what turns them into blocks. */
struct jpeg_source {
	struct jpeg_grid grid;
	const guint8 *pixels;
	gsize stride;
	gboolean has_alpha; /* ARGB32, laid over white */
	const struct jpeg_kernels *kernels;
	struct jpeg_divisors divisors[2];
};

/* Takes surface (an image surface, RGB24 or ARGB32) as it is now, and of header
 * the sampling and the quantization. Both sizes are the same. */
void jpeg_source_init(struct jpeg_source *source, cairo_surface_t *surface,
		      const struct jpeg_header *header);

struct jpeg_run {
	struct jpeg_pair pairs[JPEG_RUN_BLOCKS / 2];
	struct jpeg_block blocks[JPEG_RUN_BLOCKS]; /* in scan order */
	guint n_blocks;
};

/* Of which fields of 8 × 8 pixels in an MCU anything changed: a bit each, row
 * by row. */
enum { JPEG_ALL_CHANGED = 0x0f };

/* Makes the blocks of run i. changed has a byte for each MCU of the picture,
 * NULL: all is. Blocks of which nothing changed get no coefficients. */
void jpeg_source_run(const struct jpeg_source *source, guint i,
		     const guint8 *changed, struct jpeg_run *out);
