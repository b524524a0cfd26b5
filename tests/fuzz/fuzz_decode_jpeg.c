#include "config.h"

#include <stdint.h>

#include "tests/fuzz/decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether what may be a frame header, anywhere, promises a large picture. */
static gboolean is_large(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 8 < size; i++) {
		if (data[i] == 0xff && data[i + 1] >= 0xc0 &&
		    data[i + 1] <= 0xcf &&
		    ((data[i + 5] << 8 | data[i + 6]) > DECODE_CHECK_SIDE_PX ||
		     (data[i + 7] << 8 | data[i + 8]) > DECODE_CHECK_SIDE_PX))
			return TRUE;
	}
	return FALSE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Other formats have targets of their own. */
	if (size > 2 && data[0] == 0xff && data[1] == 0xd8 &&
	    !is_large(data, size))
		decode_check(data, size);
	return 0;
}
