/* tiny_service.h - all that a worker has, in the process of a fuzz target: one
 * small template, the drawn fonts, no pool around it.
 */
#pragma once

#include "fcgi/service.h"

/* Made at the first call; its folder is removed at exit. Needs TEST_FONTS. */
struct service *tiny_service(void);
