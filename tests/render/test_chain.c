#include "config.h"

#include "render/chain.h"

#include <string.h>

static void pieces_that_touch_are_joined(void)
{
	static const char text[] = "abcdef";
	g_autoptr(chain_auto) chain = chain_new();
	gsize n;

	chain_append_borrowed(chain, text, 2);
	chain_append_borrowed(chain, text + 2, 3);
	g_assert_cmpuint(chain_iov(chain, &n)->iov_len, ==, 5);
	g_assert_cmpuint(n, ==, 1);
	chain_append_borrowed(chain, text, 1);
	(void)chain_iov(chain, &n);
	g_assert_cmpuint(n, ==, 2);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 6);
}

static void owned_and_borrowed_mix(void)
{
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GBytes) bytes = g_bytes_new("xyz", 3);
	g_autofree char *flat = NULL;
	gsize size;

	chain_append_owned(chain, g_strdup("own"), 3);
	chain_append_borrowed(chain, "lent", 4);
	chain_append_bytes(chain, bytes);
	flat = chain_flatten(chain, &size);
	g_assert_cmpmem(flat, size, "ownlentxyz", 10);
}

static void what_is_kept_adds_nothing(void)
{
	g_autoptr(chain_auto) chain = chain_new();
	GBytes *bytes = g_bytes_new("kept", 4);
	gsize n;

	chain_keep(chain, bytes);
	chain_append_borrowed(chain, g_bytes_get_data(bytes, NULL), 2);
	g_bytes_unref(bytes);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 2);
	g_assert_cmpmem(chain_iov(chain, &n)->iov_base, 2, "ke", 2);
}

static void nothing_adds_nothing(void)
{
	g_autoptr(chain_auto) chain = chain_new();
	gsize n;

	chain_append_borrowed(chain, "x", 0);
	chain_append_owned(chain, g_malloc(1), 0);
	(void)chain_iov(chain, &n);
	g_assert_cmpuint(n, ==, 0);
	g_assert_cmpuint(chain_size_bytes(chain), ==, 0);
	chain_free(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chain/joined", pieces_that_touch_are_joined);
	g_test_add_func("/chain/mixed", owned_and_borrowed_mix);
	g_test_add_func("/chain/kept", what_is_kept_adds_nothing);
	g_test_add_func("/chain/empty", nothing_adds_nothing);
	return g_test_run();
}
