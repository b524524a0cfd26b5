#include "config.h"

#include <stdint.h>
#include <string.h>

#include "render/autoptr.h"
#include "render/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Width, height, a box's corner; the section follows. */
enum { PREFIX_BYTES = 4 };

static void splice(const guint8 *section, gsize size, int width_px,
		   int height_px, const cairo_region_t *damage)
{
	g_autoptr(cairo_surface_t) blank = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, width_px, height_px);
	g_autoptr(cairo_surface_t) painted = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, width_px, height_px);
	g_autoptr(cairo_t) cr = cairo_create(painted);
	g_autoptr(chain_auto) chain = chain_new();
	const struct jpeg_change change = {blank, painted, damage};

	cairo_set_source_rgb(cr, 0.9, 0.3, 0.1);
	cairo_arc(cr, width_px / 2.0, height_px / 2.0, height_px / 3.0, 0, 7);
	cairo_fill(cr);
	g_assert_true(jpeg_splice(section, size, &change, chain, NULL));
	g_assert_cmpuint(chain_size_bytes(chain), >, 0);
}

/* Any bytes are a section or an error, and any section can be spliced. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree guint8 *section = NULL;
	g_autoptr(cairo_region_t) none = cairo_region_create();
	g_autoptr(cairo_region_t) damage = NULL;
	cairo_rectangle_int_t box;

	if (size <= PREFIX_BYTES)
		return 0;
	/* A copy is aligned, and a read past its end is seen. */
	size -= PREFIX_BYTES;
	section = g_memdup2(data + PREFIX_BYTES, size);
	if (!jpeg_section_check(section, size, data[0], data[1], NULL))
		return 0;
	box = (cairo_rectangle_int_t){data[2], data[3], data[0] / 2 + 1,
				      data[1] / 2 + 1};
	damage = cairo_region_create_rectangle(&box);
	splice(section, size, data[0], data[1], none);
	splice(section, size, data[0], data[1], damage);
	return 0;
}
