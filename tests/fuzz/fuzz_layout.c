/* UTF-8 → plan → pixels: the first bytes choose the picture's size and a
 * caption's properties, the others are its text. */
#include "config.h"

#include <stdint.h>

#include "render/paint.h"
#include "tests/render/fixture.h"
#include "tests/render/random_caption.h"

enum { PROPERTY_BYTES = 48, SIDE_MAX_PX = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_caption(struct fonts *fonts, struct caption *caption,
			int width_px, int height_px)
{
	const struct macro macro = {.captions = caption, .n_captions = 1};
	g_autoptr(plan_auto) plan =
		layout_plan(&macro, width_px, height_px, fonts, 0, NULL);
	cairo_surface_t *surface;

	g_assert_nonnull(plan);
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px,
					     height_px);
	paint_plan(plan, surface);
	cairo_surface_destroy(surface);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fonts *fonts;
	struct chooser chooser = {data, MIN(size, PROPERTY_BYTES)};
	struct caption caption;
	int width_px, height_px;

	if (!fonts)
		fonts = fixture_fonts();
	if (size <= PROPERTY_BYTES)
		return 0;
	width_px = 1 + (int)chooser_next(&chooser, SIDE_MAX_PX);
	height_px = 1 + (int)chooser_next(&chooser, SIDE_MAX_PX);
	random_properties(&chooser, &caption);
	caption.text = text_clean((const char *)data + PROPERTY_BYTES,
				  size - PROPERTY_BYTES, NULL);
	if (caption.text && *caption.text)
		try_caption(fonts, &caption, width_px, height_px);
	caption_fini(&caption);
	return 0;
}
