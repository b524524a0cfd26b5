#include "config.h"

#include <stdint.h>

#include "render/gif_read.h"
#include "render/gif_section.h"
#include "tests/fuzz/gif_check_section.h"

#define MAX_SIDE 512 /* or each input takes seconds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file is refused, or makes a section that the check accepts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) section = NULL;
	const guint8 *bytes;
	gsize n;

	if (size > 10 && ((data[6] | data[7] << 8) > MAX_SIDE ||
			  (data[8] | data[9] << 8) > MAX_SIDE))
		return 0;
	section = gif_read(data, size, NULL);
	if (!section)
		return 0;
	bytes = g_bytes_get_data(section, &n);
	g_assert_true(gif_section_check(bytes, n, (int)gif_head(bytes)->width,
					(int)gif_head(bytes)->height, NULL));
	if (gif_head(bytes)->width <= MAX_SIDE &&
	    gif_head(bytes)->height <= MAX_SIDE)
		gif_check_section(bytes, n);
	return 0;
}
