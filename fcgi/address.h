/* address.h - what kind of place an internet address stands for.
 *
 * By IANA's registries of special purpose addresses (RFC 6890 and its
 * updates). Whatever is not known to be public is something else: of IPv6 that
 * is all outside 2000::/3, and every form that wraps an IPv4 address up.
 */
#pragma once

#include <glib.h>
#include <sys/socket.h>

enum address_kind {
	ADDRESS_PUBLIC,
	ADDRESS_UNSPECIFIED, /* this host, this network */
	ADDRESS_LOOPBACK,
	ADDRESS_PRIVATE, /* RFC 1918, and IPv6's unique and site local */
	ADDRESS_LINK_LOCAL,
	ADDRESS_SHARED, /* RFC 6598: carrier grade NAT */
	ADDRESS_MULTICAST,
	ADDRESS_EMBEDDED, /* IPv4 in IPv6: mapped, compatible, translated,
			     6to4, Teredo */
	ADDRESS_RESERVED, /* documentation, benchmarks, not assigned */
};

/* A family other than IPv4 and IPv6, and a size too small, are RESERVED. */
enum address_kind address_kind(const struct sockaddr *address, socklen_t size);
const char *address_kind_name(enum address_kind kind);

/* A network: addresses that begin with the same bits. */
struct address_range {
	int family;	  /* AF_INET, AF_INET6 */
	guint8 bytes[16]; /* 4 of them for IPv4 */
	guint bits;
};

/* Reads "10.0.0.0/8", "fd00::/8", or one address. FALSE: it is neither, or has
 * bits set past the prefix; out is untouched. */
gboolean address_range_parse(const char *text, struct address_range *out);

gboolean address_is_in(const struct sockaddr *address, socklen_t size,
		       const struct address_range *range);
