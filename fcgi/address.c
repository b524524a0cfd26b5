#include "config.h"

#include "fcgi/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const struct {
	struct address_range range;
	enum address_kind kind;
} special[] = {
	/* Within one family the narrower comes first. */
	{{AF_INET, {0}, 8}, ADDRESS_UNSPECIFIED},
	{{AF_INET, {10}, 8}, ADDRESS_PRIVATE},
	{{AF_INET, {100, 64}, 10}, ADDRESS_SHARED},
	{{AF_INET, {127}, 8}, ADDRESS_LOOPBACK},
	{{AF_INET, {169, 254}, 16}, ADDRESS_LINK_LOCAL},
	{{AF_INET, {172, 16}, 12}, ADDRESS_PRIVATE},
	{{AF_INET, {192, 0, 0}, 24}, ADDRESS_RESERVED},
	{{AF_INET, {192, 0, 2}, 24}, ADDRESS_RESERVED},
	{{AF_INET, {192, 88, 99}, 24}, ADDRESS_RESERVED},
	{{AF_INET, {192, 168}, 16}, ADDRESS_PRIVATE},
	{{AF_INET, {198, 18}, 15}, ADDRESS_RESERVED},
	{{AF_INET, {198, 51, 100}, 24}, ADDRESS_RESERVED},
	{{AF_INET, {203, 0, 113}, 24}, ADDRESS_RESERVED},
	{{AF_INET, {224}, 4}, ADDRESS_MULTICAST},
	{{AF_INET, {240}, 4}, ADDRESS_RESERVED},
	{{AF_INET, {0}, 0}, ADDRESS_PUBLIC},

	{{AF_INET6, {0}, 128}, ADDRESS_UNSPECIFIED},
	{{AF_INET6, {[15] = 1}, 128}, ADDRESS_LOOPBACK},
	{{AF_INET6, {0}, 96}, ADDRESS_EMBEDDED},
	{{AF_INET6, {[10] = 0xff, 0xff}, 96}, ADDRESS_EMBEDDED},
	{{AF_INET6, {[8] = 0xff, 0xff}, 96}, ADDRESS_EMBEDDED},
	{{AF_INET6, {0, 0x64, 0xff, 0x9b}, 96}, ADDRESS_EMBEDDED},
	{{AF_INET6, {0, 0x64, 0xff, 0x9b, 0, 1}, 48}, ADDRESS_EMBEDDED},
	{{AF_INET6, {0x20, 1}, 32}, ADDRESS_EMBEDDED},
	{{AF_INET6, {0x20, 2}, 16}, ADDRESS_EMBEDDED},
	{{AF_INET6, {0x20, 1}, 23}, ADDRESS_RESERVED},
	{{AF_INET6, {0x20, 1, 0x0d, 0xb8}, 32}, ADDRESS_RESERVED},
	{{AF_INET6, {0x3f, 0xff}, 20}, ADDRESS_RESERVED},
	{{AF_INET6, {0xfc}, 7}, ADDRESS_PRIVATE},
	{{AF_INET6, {0xfe, 0x80}, 10}, ADDRESS_LINK_LOCAL},
	{{AF_INET6, {0xfe, 0xc0}, 10}, ADDRESS_PRIVATE},
	{{AF_INET6, {0xff}, 8}, ADDRESS_MULTICAST},
	{{AF_INET6, {0x20}, 3}, ADDRESS_PUBLIC},
};

/* The bytes of an address; NULL: of no family of ours, or not all there. */
static const guint8 *bytes_of(const struct sockaddr *address, socklen_t size,
			      int family)
{
	const void *whole = address;

	if (size < sizeof(sa_family_t) || address->sa_family != family)
		return NULL;
	if (family == AF_INET && size >= sizeof(struct sockaddr_in))
		return (const guint8 *)&((const struct sockaddr_in *)whole)
			->sin_addr;
	if (family == AF_INET6 && size >= sizeof(struct sockaddr_in6))
		return (const guint8 *)&((const struct sockaddr_in6 *)whole)
			->sin6_addr;
	return NULL;
}

static guint8 mask_of(guint bits)
{
	return (guint8)(0xff00 >> bits);
}

gboolean address_is_in(const struct sockaddr *address, socklen_t size,
		       const struct address_range *range)
{
	const guint8 *bytes = bytes_of(address, size, range->family);
	guint whole = range->bits / 8, rest = range->bits % 8;

	if (!bytes || memcmp(bytes, range->bytes, whole) != 0)
		return FALSE;
	return rest == 0 ||
	       ((bytes[whole] ^ range->bytes[whole]) & mask_of(rest)) == 0;
}

enum address_kind address_kind(const struct sockaddr *address, socklen_t size)
{
	for (gsize i = 0; i < G_N_ELEMENTS(special); i++)
		if (address_is_in(address, size, &special[i].range))
			return special[i].kind;
	return ADDRESS_RESERVED;
}

const char *address_kind_name(enum address_kind kind)
{
	static const char *const names[] = {
		[ADDRESS_PUBLIC] = "public",
		[ADDRESS_UNSPECIFIED] = "unspecified",
		[ADDRESS_LOOPBACK] = "loopback",
		[ADDRESS_PRIVATE] = "private",
		[ADDRESS_LINK_LOCAL] = "link-local",
		[ADDRESS_SHARED] = "shared",
		[ADDRESS_MULTICAST] = "multicast",
		[ADDRESS_EMBEDDED] = "IPv4 in IPv6",
		[ADDRESS_RESERVED] = "reserved",
	};

	return names[kind];
}

static gboolean has_bits_past(const struct address_range *range)
{
	guint at = range->bits / 8;

	if (at < sizeof(range->bytes) &&
	    range->bytes[at] & (guint8)~mask_of(range->bits % 8))
		return TRUE;
	for (at++; at < sizeof(range->bytes); at++)
		if (range->bytes[at] != 0)
			return TRUE;
	return FALSE;
}

gboolean address_range_parse(const char *text, struct address_range *out)
{
	const char *slash = strchr(text, '/');
	g_autofree char *address =
		slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
	struct address_range range = {.family = strchr(address, ':') ? AF_INET6
								     : AF_INET};
	guint most = range.family == AF_INET6 ? 128 : 32;
	guint64 bits = most;

	if (inet_pton(range.family, address, range.bytes) != 1)
		return FALSE;
	if (slash &&
	    !g_ascii_string_to_unsigned(slash + 1, 10, 0, most, &bits, NULL))
		return FALSE;
	range.bits = (guint)bits;
	if (has_bits_past(&range))
		return FALSE;
	*out = range;
	return TRUE;
}
