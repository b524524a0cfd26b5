#include "config.h"

#include <stdint.h>

#include "tests/fuzz/macro_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GError *error = NULL;
	struct macro *macro =
		macro_from_query((const char *)data, size, &error);

	check_macro(macro, error);
	return 0;
}
