#include "config.h"

#include <stdint.h>
#include <string.h>

#include "render/limits.h"
#include "render/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_case(const char *text, enum text_case to)
{
	g_autofree char *mapped = text_to_case(text, to);
	g_autofree char *nfc = g_utf8_normalize(mapped, -1, G_NORMALIZE_NFC);

	g_assert_true(g_utf8_validate(mapped, -1, NULL));
	g_assert_cmpstr(mapped, ==, nfc);
	g_assert_cmpint(g_utf8_strlen(mapped, -1), <=, 3 * LIMIT_CODE_POINTS);
}

/* What is clean stays as it is, and can be brought into each case. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *clean = text_clean((const char *)data, size, NULL);
	g_autofree char *again = NULL;

	if (!clean)
		return 0;
	g_assert_cmpint(g_utf8_strlen(clean, -1), <=, LIMIT_CODE_POINTS);
	again = text_clean(clean, strlen(clean), NULL);
	g_assert_cmpstr(clean, ==, again);
	check_case(clean, TEXT_CASE_NONE);
	check_case(clean, TEXT_CASE_UPPER);
	check_case(clean, TEXT_CASE_LOWER);
	check_case(clean, TEXT_CASE_TITLE);
	return 0;
}
