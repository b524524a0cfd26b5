#include "config.h"

#include <stdint.h>
#include <string.h>

#include "tests/fuzz/decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static guint32 get_be32(const uint8_t *at)
{
	return (guint32)at[0] << 24 | (guint32)at[1] << 16 |
	       (guint32)at[2] << 8 | at[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Other formats have targets of their own. */
	if (size < 24 || data[1] != 'P')
		return 0;
	/* The first chunk, as it must be: width and height. */
	if (get_be32(data + 16) > DECODE_CHECK_SIDE_PX ||
	    get_be32(data + 20) > DECODE_CHECK_SIDE_PX)
		return 0;
	decode_check(data, size);
	return 0;
}
