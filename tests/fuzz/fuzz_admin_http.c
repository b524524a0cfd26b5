#include "config.h"

#include <stdint.h>
#include <string.h>

#include "fcgi/admin_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a request is does not depend on how many pieces it came in, nor on what
 * follows it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct admin_request whole, pieces;
	enum admin_http how, first = ADMIN_HTTP_MORE;

	how = admin_http_read((const char *)data, size, &whole);
	for (size_t n = 0; n <= size && first == ADMIN_HTTP_MORE; n++)
		first = admin_http_read((const char *)data, n, &pieces);
	g_assert_cmpint(how, ==, first);
	if (how == ADMIN_HTTP_MORE)
		return 0;
	g_assert_cmpint(whole.status, ==, pieces.status);
	g_assert_cmpuint(whole.bytes, <=, size);
	g_assert_nonnull(memchr(whole.path, '\0', sizeof(whole.path)));
	g_assert_cmpstr(whole.path, ==, pieces.path);
	g_assert_cmpint(how == ADMIN_HTTP_READ, ==, whole.status == 0);
	g_assert_true(how == ADMIN_HTTP_READ || !whole.is_kept);
	return 0;
}
