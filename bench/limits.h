/* limits.h - what the stages are held against, measured in the same run. */
#pragma once

#include "bench/encoding.h"

/* CPU time to copy size bytes that are not in the nearest cache. */
double limit_memcpy_us(gsize size);

/* CPU time of a whole encode; 0 where the format has none. */
double limit_encode_us(const struct encoding *encoding);
