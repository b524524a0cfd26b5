/* decode_check.h - what holds for every picture that is decoded. */
#pragma once

#include <glib.h>

/* Decodes the file; whatever comes out is a picture as decode.h says. */
void decode_check(const guint8 *data, gsize size);

/* Larger ones only cost time. */
enum { DECODE_CHECK_SIDE_PX = 512 };
