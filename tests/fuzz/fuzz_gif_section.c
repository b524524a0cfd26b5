#include "config.h"

#include <stdint.h>

#include "render/gif.h"
#include "render/gif_section.h"
#include "tests/fuzz/gif_check_section.h"

/* Or each input takes seconds: frames may share their bytes. */
#define MAX_PIXELS (1 << 18)
#define MAX_FRAMES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the check accepts can be played and spliced. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gif_head *head = gif_head(data);

	if (size < sizeof(*head) ||
	    (guint64)head->width * head->height > MAX_PIXELS ||
	    head->n_frames > MAX_FRAMES)
		return 0;
	if (gif_section_check(data, size, (int)head->width, (int)head->height,
			      NULL))
		gif_check_section(data, size);
	return 0;
}
