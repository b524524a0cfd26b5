#include "config.h"

#include <stdint.h>

#include <webp/decode.h>

#include "tests/fuzz/decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int width, height;

	/* Other formats have targets of their own. */
	if (size < 12 || data[0] != 'R')
		return 0;
	if (WebPGetInfo(data, size, &width, &height) &&
	    (width > DECODE_CHECK_SIDE_PX || height > DECODE_CHECK_SIDE_PX))
		return 0;
	decode_check(data, size);
	return 0;
}
