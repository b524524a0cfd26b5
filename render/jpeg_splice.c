#include "config.h"

#include "render/jpeg.h"

#include <string.h>

#include "render/jpeg_section.h"

struct splicer {
	struct jpeg_section section;
	struct jpeg_source source;
	struct jpeg_coder coders[2];
	struct jpeg_scan scan;
	struct jpeg_run run;
	guint8 old[JPEG_RUN_BYTES_MAX + JPEG_SLACK];
	guint8 plain[JPEG_RUN_BYTES_MAX + JPEG_SLACK];
	guint8 *changed;   /* by MCU, see jpeg_run.h */
	GByteArray *fresh; /* the runs coded anew, one after the other */
	GArray *ends;	   /* guint32: of each of them in fresh */
};

/* The two pictures to compare. */
struct comparison {
	const struct jpeg_source *painted;
	const guint8 *blank;
	gsize blank_stride;
	guint32 mask; /* of the bits that count in a pixel */
};

static struct comparison start_comparison(const struct jpeg_source *painted,
					  cairo_surface_t *blank)
{
	cairo_surface_flush(blank);
	return (struct comparison){
		painted,
		cairo_image_surface_get_data(blank),
		(gsize)cairo_image_surface_get_stride(blank),
		painted->has_alpha ? 0xffffffff : 0x00ffffff,
	};
}

/* Fields that lie over the picture's edge are not worth comparing. */
static gboolean is_field_changed(const struct comparison *comparison, guint x,
				 guint y)
{
	const struct jpeg_source *painted = comparison->painted;

	if (painted->grid.width_px - x < 8 || painted->grid.height_px - y < 8)
		return TRUE;
	return painted->kernels->differ(
		painted->pixels + y * painted->stride + (gsize)x * 4,
		painted->stride,
		comparison->blank + y * comparison->blank_stride + (gsize)x * 4,
		comparison->blank_stride, comparison->mask);
}

/* The bits of changed for a field at x, y. */
static void mark_field(struct splicer *splicer, guint x, guint y)
{
	const struct jpeg_grid *grid = &splicer->section.grid;
	guint mcu = y / grid->mcu_px * grid->across + x / grid->mcu_px;

	splicer->changed[mcu] |= grid->mcu_px == 8
					 ? JPEG_ALL_CHANGED
					 : 1 << (y / 8 % 2 * 2 + x / 8 % 2);
}

static void mark_box(struct splicer *splicer,
		     const struct comparison *comparison,
		     const cairo_rectangle_int_t *box)
{
	const struct jpeg_grid *grid = &splicer->section.grid;
	int right = MIN(box->x + box->width, (int)grid->width_px);
	int bottom = MIN(box->y + box->height, (int)grid->height_px);

	for (int y = MAX(box->y, 0) & ~7; y < bottom; y += 8)
		for (int x = MAX(box->x, 0) & ~7; x < right; x += 8)
			if (is_field_changed(comparison, (guint)x, (guint)y))
				mark_field(splicer, (guint)x, (guint)y);
}

static void mark_changes(struct splicer *splicer,
			 const struct jpeg_change *change)
{
	struct comparison comparison =
		start_comparison(&splicer->source, change->blank);

	/* Whole runs, so that one look tells of eight MCUs. */
	splicer->changed =
		g_malloc0_n(splicer->section.grid.n_runs, JPEG_RUN_MCUS);
	for (int i = 0; i < cairo_region_num_rectangles(change->damage); i++) {
		cairo_rectangle_int_t box;

		cairo_region_get_rectangle(change->damage, i, &box);
		mark_box(splicer, &comparison, &box);
	}
}

static gboolean is_changed(const struct splicer *splicer, guint i)
{
	guint64 eight;

	G_STATIC_ASSERT(sizeof(eight) == JPEG_RUN_MCUS);
	memcpy(&eight, splicer->changed + i * JPEG_RUN_MCUS, sizeof(eight));
	return eight != 0;
}

static void append_fresh(struct splicer *splicer, gsize plain_size,
			 guint8 marker)
{
	GByteArray *fresh = splicer->fresh;
	guint size = fresh->len;

	g_byte_array_set_size(fresh,
			      size + 2 * (guint)plain_size + JPEG_MARKER_BYTES);
	size += (guint)jpeg_stuff(splicer->plain, plain_size,
				  fresh->data + size);
	fresh->data[size++] = 0xff;
	fresh->data[size++] = marker;
	g_byte_array_set_size(fresh, size);
	g_array_append_val(splicer->ends, size);
}

static void code_run(struct splicer *splicer, guint i)
{
	const struct jpeg_section *section = &splicer->section;
	struct jpeg_bits bits = {splicer->plain, 0, 0};
	gsize start = jpeg_section_run_start(section, i);

	jpeg_source_run(&splicer->source, i, splicer->changed, &splicer->run);
	(void)jpeg_unstuff(section->stream + start,
			   section->ends[i] - start - JPEG_MARKER_BYTES,
			   splicer->old);
	jpeg_entropy_recode(&splicer->scan, splicer->run.blocks,
			    splicer->run.n_blocks, splicer->old,
			    section->marks +
				    (gsize)i * JPEG_RUN_MCUS *
					    splicer->scan.blocks_per_mcu,
			    &bits);
	jpeg_bits_align(&bits);
	append_fresh(splicer, (gsize)(bits.at - splicer->plain),
		     jpeg_section_marker(&section->grid, i));
}

static void code_runs(struct splicer *splicer)
{
	splicer->fresh = g_byte_array_new();
	splicer->ends = g_array_new(FALSE, FALSE, sizeof(guint32));
	for (guint i = 0; i < splicer->section.grid.n_runs; i++)
		if (is_changed(splicer, i))
			code_run(splicer, i);
}

/* Runs that stand together are one piece each, since pieces that follow each
 * other in memory are joined. */
static void append_runs(const struct splicer *splicer, struct chain *out)
{
	const struct jpeg_section *section = &splicer->section;
	const guint32 *ends = (const guint32 *)splicer->ends->data;
	const guint8 *fresh;
	guint32 fresh_start = 0;
	gsize kept = 0;
	g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(splicer->fresh);

	fresh = g_bytes_get_data(bytes, NULL);
	chain_keep(out, bytes);
	for (guint i = 0; i < section->grid.n_runs; i++) {
		gsize start = jpeg_section_run_start(section, i);

		if (!is_changed(splicer, i))
			continue;
		chain_append_borrowed(out, section->stream + kept,
				      start - kept);
		chain_append_borrowed(out, fresh + fresh_start,
				      *ends - fresh_start);
		kept = section->ends[i];
		fresh_start = *ends++;
	}
	chain_append_borrowed(out, section->stream + kept,
			      section->stream_bytes - kept);
}

gboolean jpeg_splice(const guint8 *data, gsize size,
		     const struct jpeg_change *change, struct chain *out,
		     GError **error)
{
	struct splicer splicer;

	if (!jpeg_section_open(&splicer.section, data, size) ||
	    !jpeg_section_coders(&splicer.section, splicer.coders)) {
		g_set_error(error, JPEG_ERROR, JPEG_ERROR_SECTION,
			    "not a JPEG section");
		return FALSE;
	}
	splicer.scan = (struct jpeg_scan){splicer.coders,
					  splicer.section.grid.blocks_per_mcu};
	jpeg_source_init(&splicer.source, change->painted,
			 &splicer.section.header);
	mark_changes(&splicer, change);
	code_runs(&splicer);
	append_runs(&splicer, out);
	g_array_unref(splicer.ends);
	g_free(splicer.changed);
	return TRUE;
}
