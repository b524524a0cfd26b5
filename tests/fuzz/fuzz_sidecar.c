#include "config.h"

#include <stdint.h>
#include <string.h>

#include "render/sidecar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is taken again, and comes out the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *card = sidecar_read((const char *)data, size, &error);
	g_autofree char *again = NULL;

	if (!card) {
		g_assert_true(error->domain == SIDECAR_ERROR);
		return 0;
	}
	again = sidecar_read(card, strlen(card), &error);
	g_assert_no_error(error);
	g_assert_cmpstr(again, ==, card);
	return 0;
}
