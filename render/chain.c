#include "config.h"

#include "render/chain.h"

#include <string.h>

struct chain {
	GArray *iov;	  /* struct iovec */
	GPtrArray *owned; /* GBytes */
	gsize size_bytes;
};

static void drop_bytes(void *bytes)
{
	g_bytes_unref(bytes);
}

struct chain *chain_new(void)
{
	struct chain *chain = g_new0(struct chain, 1);

	chain->iov = g_array_new(FALSE, FALSE, sizeof(struct iovec));
	chain->owned = g_ptr_array_new_with_free_func(drop_bytes);
	return chain;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	g_array_unref(chain->iov);
	g_ptr_array_unref(chain->owned);
	g_free(chain);
}

void chain_append_borrowed(struct chain *chain, const void *data, gsize size)
{
	struct iovec piece = {(void *)data, size};

	if (size == 0)
		return;
	chain->size_bytes += size;
	if (chain->iov->len > 0) {
		struct iovec *last = &g_array_index(chain->iov, struct iovec,
						    chain->iov->len - 1);

		if ((const char *)last->iov_base + last->iov_len ==
		    (const char *)data) {
			last->iov_len += size;
			return;
		}
	}
	g_array_append_val(chain->iov, piece);
}

void chain_append_owned(struct chain *chain, void *data, gsize size)
{
	g_ptr_array_add(chain->owned, g_bytes_new_take(data, size));
	chain_append_borrowed(chain, data, size);
}

void chain_keep(struct chain *chain, GBytes *bytes)
{
	g_ptr_array_add(chain->owned, g_bytes_ref(bytes));
}

void chain_append_bytes(struct chain *chain, GBytes *bytes)
{
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);

	chain_keep(chain, bytes);
	chain_append_borrowed(chain, data, size);
}

gsize chain_size_bytes(const struct chain *chain)
{
	return chain->size_bytes;
}

const struct iovec *chain_iov(const struct chain *chain, gsize *out_n)
{
	*out_n = chain->iov->len;
	return (const struct iovec *)chain->iov->data;
}

void *chain_flatten(const struct chain *chain, gsize *out_size)
{
	char *flat = g_malloc(chain->size_bytes + 1);
	char *at = flat;

	for (guint i = 0; i < chain->iov->len; i++) {
		const struct iovec *piece =
			&g_array_index(chain->iov, struct iovec, i);

		memcpy(at, piece->iov_base, piece->iov_len);
		at += piece->iov_len;
	}
	*at = '\0';
	*out_size = chain->size_bytes;
	return flat;
}
