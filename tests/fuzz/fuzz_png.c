/* PNG sections as they come from a damaged or hostile pack. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "render/autoptr.h"
#include "render/png.h"
#include "render/png_section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A stripe in the middle, or with is_all the whole picture. */
static void splice(const uint8_t *data, size_t size,
		   const struct png_section *section, gboolean is_all)
{
	const int rows = is_all ? section->height_px : 1;
	const cairo_rectangle_int_t box = {0, (section->height_px - rows) / 2,
					   section->width_px, rows};
	const enum png_color color = section->files[section->n_files - 1].color;
	g_autoptr(cairo_region_t) damage = cairo_region_create_rectangle(&box);
	g_autoptr(cairo_region_t) reads = png_section_reads(data, size, damage);
	g_autoptr(cairo_surface_t) painted = cairo_image_surface_create(
		color == PNG_COLOR_RGBA ? CAIRO_FORMAT_ARGB32
					: CAIRO_FORMAT_RGB24,
		section->width_px, section->height_px);
	g_autoptr(chain_auto) chain = chain_new();
	g_autofree void *flat = NULL;
	gsize n;

	if (cairo_region_contains_rectangle(reads, &box) !=
	    CAIRO_REGION_OVERLAP_IN)
		abort();
	if (!png_splice(data, size, painted, damage, chain, NULL))
		abort();
	flat = chain_flatten(chain, &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct png_section section;

	/* What a worker does with a section is bounded by its picture's size;
	 * the fuzzer is kept to small ones. */
	if (!png_section_read(data, size, &section) || section.width_px > 512 ||
	    section.height_px > 512)
		return 0;
	if (!png_section_check(data, size, section.width_px, section.height_px,
			       NULL))
		return 0;
	splice(data, size, &section, FALSE);
	splice(data, size, &section, TRUE);
	return 0;
}
