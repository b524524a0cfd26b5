#include "config.h"

#include <stdint.h>

#include "render/color.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any text is a colour or an error; what is written is read as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text =
		g_utf8_make_valid((const char *)data, (gssize)size);
	g_autofree char *written = NULL;
	struct color color, again;

	if (!color_parse(text, &color, NULL))
		return 0;
	written = color_format(color);
	g_assert_true(color_parse(written, &again, NULL));
	g_assert_true(color_equal(color, again));
	return 0;
}
