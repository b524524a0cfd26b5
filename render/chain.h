/* chain.h - a body in pieces, ready for one writev.
 *
 * A piece is either borrowed (it points into a mapping that the caller keeps
 * alive until the chain is freed) or owned (a new buffer that the chain
 * frees). Pieces that follow each other in memory are joined.
 */
#pragma once

#include <glib.h>
#include <sys/uio.h>

struct chain;

struct chain *chain_new(void);
void chain_free(struct chain *chain);
typedef struct chain chain_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(chain_auto, chain_free)

/* Adds size bytes at data, which outlive the chain. size 0 adds nothing. */
void chain_append_borrowed(struct chain *chain, const void *data, gsize size);

/* Adds size bytes at data, handed over; the chain frees them with g_free. */
void chain_append_owned(struct chain *chain, void *data, gsize size);

/* Adds a reference to bytes; the chain drops it when it is freed. */
void chain_append_bytes(struct chain *chain, GBytes *bytes);

/* Takes a reference to bytes without adding them, so that borrowed pieces may
 * point into them. */
void chain_keep(struct chain *chain, GBytes *bytes);

/* The sum of all pieces. */
gsize chain_size_bytes(const struct chain *chain);

/* The pieces in order; the array stays the chain's and holds until the next
 * append. */
const struct iovec *chain_iov(const struct chain *chain, gsize *out_n);

/* One new buffer with all pieces, for tests and tools. The caller frees it. */
void *chain_flatten(const struct chain *chain, gsize *out_size);
