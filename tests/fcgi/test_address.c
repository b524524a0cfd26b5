#include "config.h"

#include "fcgi/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct address {
	struct sockaddr_storage storage;
	socklen_t size;
};

static const struct sockaddr *sockaddr_of(const struct address *address)
{
	return (const struct sockaddr *)&address->storage;
}

static struct address address_of(const char *text)
{
	struct address out = {.size = 0};
	void *storage = &out.storage;

	if (strchr(text, ':')) {
		struct sockaddr_in6 *six = storage;

		six->sin6_family = AF_INET6;
		six->sin6_port = htons(443);
		out.size = sizeof(*six);
		g_assert_cmpint(inet_pton(AF_INET6, text, &six->sin6_addr), ==,
				1);
	} else {
		struct sockaddr_in *four = storage;

		four->sin_family = AF_INET;
		four->sin_port = htons(443);
		out.size = sizeof(*four);
		g_assert_cmpint(inet_pton(AF_INET, text, &four->sin_addr), ==,
				1);
	}
	return out;
}

static void check_kind(const char *text, enum address_kind kind)
{
	struct address address = address_of(text);
	enum address_kind got =
		address_kind(sockaddr_of(&address), address.size);

	if (got != kind)
		g_error("%s is %s, %s expected", text, address_kind_name(got),
			address_kind_name(kind));
}

/* Both edges of each range, and what lies beside them (NULL: nothing). */
static void each_range_ends_where_it_should(void)
{
	static const struct {
		enum address_kind kind;
		const char *first, *last;
		const char *before, *after;
		enum address_kind kind_before, kind_after;
	} ranges[] = {
		{ADDRESS_UNSPECIFIED, "0.0.0.0", "0.255.255.255", NULL,
		 "1.0.0.0", 0, ADDRESS_PUBLIC},
		{ADDRESS_PRIVATE, "10.0.0.0", "10.255.255.255", "9.255.255.255",
		 "11.0.0.0", ADDRESS_PUBLIC, ADDRESS_PUBLIC},
		{ADDRESS_SHARED, "100.64.0.0", "100.127.255.255",
		 "100.63.255.255", "100.128.0.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_LOOPBACK, "127.0.0.0", "127.255.255.255",
		 "126.255.255.255", "128.0.0.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_LINK_LOCAL, "169.254.0.0", "169.254.255.255",
		 "169.253.255.255", "169.255.0.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_PRIVATE, "172.16.0.0", "172.31.255.255",
		 "172.15.255.255", "172.32.0.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_RESERVED, "192.0.0.0", "192.0.0.255",
		 "191.255.255.255", "192.0.1.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_RESERVED, "192.0.2.0", "192.0.2.255", "192.0.1.255",
		 "192.0.3.0", ADDRESS_PUBLIC, ADDRESS_PUBLIC},
		{ADDRESS_RESERVED, "192.88.99.0", "192.88.99.255",
		 "192.88.98.255", "192.88.100.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_PRIVATE, "192.168.0.0", "192.168.255.255",
		 "192.167.255.255", "192.169.0.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_RESERVED, "198.18.0.0", "198.19.255.255",
		 "198.17.255.255", "198.20.0.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_RESERVED, "198.51.100.0", "198.51.100.255",
		 "198.51.99.255", "198.51.101.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_RESERVED, "203.0.113.0", "203.0.113.255",
		 "203.0.112.255", "203.0.114.0", ADDRESS_PUBLIC,
		 ADDRESS_PUBLIC},
		{ADDRESS_MULTICAST, "224.0.0.0", "239.255.255.255",
		 "223.255.255.255", "240.0.0.0", ADDRESS_PUBLIC,
		 ADDRESS_RESERVED},
		{ADDRESS_RESERVED, "240.0.0.0", "255.255.255.255",
		 "239.255.255.255", NULL, ADDRESS_MULTICAST, 0},

		{ADDRESS_UNSPECIFIED, "::", "::", NULL, "::1", 0,
		 ADDRESS_LOOPBACK},
		{ADDRESS_LOOPBACK, "::1", "::1", "::", "::2",
		 ADDRESS_UNSPECIFIED, ADDRESS_EMBEDDED},
		{ADDRESS_EMBEDDED, "::2", "::255.255.255.255", "::1", "::1:0:0",
		 ADDRESS_LOOPBACK, ADDRESS_RESERVED},
		{ADDRESS_EMBEDDED, "::ffff:0.0.0.0", "::ffff:255.255.255.255",
		 "::fffe:ffff:ffff", "::1:0:0:0", ADDRESS_RESERVED,
		 ADDRESS_RESERVED},
		{ADDRESS_EMBEDDED, "::ffff:0:0.0.0.0",
		 "::ffff:0:255.255.255.255", "::fffe:ffff:ffff:ffff",
		 "::ffff:1:0:0", ADDRESS_RESERVED, ADDRESS_RESERVED},
		{ADDRESS_EMBEDDED, "64:ff9b::", "64:ff9b::255.255.255.255",
		 "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::1:0:0",
		 ADDRESS_RESERVED, ADDRESS_RESERVED},
		{ADDRESS_EMBEDDED,
		 "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
		 "64:ff9b:0:ffff:ffff:ffff:ffff:ffff",
		 "64:ff9b:2::", ADDRESS_RESERVED, ADDRESS_RESERVED},
		{ADDRESS_PUBLIC,
		 "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:db8::", ADDRESS_RESERVED, ADDRESS_RESERVED},
		{ADDRESS_EMBEDDED,
		 "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:1::", ADDRESS_PUBLIC, ADDRESS_RESERVED},
		{ADDRESS_RESERVED,
		 "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:db9::", ADDRESS_PUBLIC, ADDRESS_PUBLIC},
		{ADDRESS_EMBEDDED,
		 "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2003::", ADDRESS_PUBLIC, ADDRESS_PUBLIC},
		{ADDRESS_PUBLIC,
		 "2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001::", ADDRESS_RESERVED, ADDRESS_EMBEDDED},
		{ADDRESS_RESERVED,
		 "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "3fff:1000::", ADDRESS_PUBLIC, ADDRESS_PUBLIC},
		{ADDRESS_RESERVED,
		 "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fc00::", ADDRESS_PUBLIC, ADDRESS_PRIVATE},
		{ADDRESS_PRIVATE,
		 "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fe00::", ADDRESS_RESERVED, ADDRESS_RESERVED},
		{ADDRESS_LINK_LOCAL,
		 "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fec0::", ADDRESS_RESERVED, ADDRESS_PRIVATE},
		{ADDRESS_PRIVATE,
		 "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ff00::", ADDRESS_LINK_LOCAL, ADDRESS_MULTICAST},
		{ADDRESS_MULTICAST,
		 "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
		 ADDRESS_PRIVATE, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++) {
		check_kind(ranges[i].first, ranges[i].kind);
		check_kind(ranges[i].last, ranges[i].kind);
		if (ranges[i].before)
			check_kind(ranges[i].before, ranges[i].kind_before);
		if (ranges[i].after)
			check_kind(ranges[i].after, ranges[i].kind_after);
	}
}

static void other_families_are_not_public(void)
{
	struct address address = address_of("8.8.8.8");
	struct sockaddr *other = (struct sockaddr *)&address.storage;

	g_assert_cmpint(address_kind(other, address.size), ==, ADDRESS_PUBLIC);
	g_assert_cmpint(address_kind(other, address.size - 1), ==,
			ADDRESS_RESERVED);
	g_assert_cmpint(address_kind(other, 0), ==, ADDRESS_RESERVED);
	other->sa_family = AF_UNIX;
	g_assert_cmpint(address_kind(other, address.size), ==,
			ADDRESS_RESERVED);
	address = address_of("2606:4700::1");
	g_assert_cmpint(address_kind(other, address.size), ==, ADDRESS_PUBLIC);
	g_assert_cmpint(address_kind(other, address.size - 1), ==,
			ADDRESS_RESERVED);
}

static void a_range_holds_what_it_says(void)
{
	static const struct {
		const char *range, *inside, *outside;
	} cases[] = {
		{"127.0.0.1", "127.0.0.1", "127.0.0.2"},
		{"127.0.0.1/32", "127.0.0.1", "::1"},
		{"10.1.2.0/23", "10.1.3.255", "10.1.4.0"},
		{"10.1.2.0/23", "10.1.2.0", "10.1.1.255"},
		{"0.0.0.0/0", "255.255.255.255", "::"},
		{"::/0", "ffff::1", "0.0.0.0"},
		{"::1", "::1", "::2"},
		{"fd12:3456::/32", "fd12:3456:ffff::", "fd12:3457::"},
		{"fe80::/10", "febf::1", "fec0::"},
		/* A mapped address is no IPv4 address. */
		{"127.0.0.0/8", "127.9.9.9", "::ffff:127.0.0.1"},
		{"::ffff:127.0.0.0/104", "::ffff:127.1.2.3", "127.0.0.1"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct address inside = address_of(cases[i].inside);
		struct address outside = address_of(cases[i].outside);
		struct address_range range;

		g_assert_true(address_range_parse(cases[i].range, &range));
		g_assert_true(address_is_in(sockaddr_of(&inside), inside.size,
					    &range));
		g_assert_false(address_is_in(sockaddr_of(&outside),
					     outside.size, &range));
	}
}

static void what_is_no_range_is_refused(void)
{
	static const char *const texts[] = {
		"",
		"/8",
		"localhost",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/",
		"10.0.0.0/8x",
		"10.0.0.1/8",
		"10.0.0",
		"010.0.0.1",
		"10.0.0.0/+8",
		"::1/129",
		"::1/127",
		"fe80::1%lo",
		"[::1]",
		"1.2.3.4/8/8",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct address_range range = {.bits = 7};

		g_assert_false(address_range_parse(texts[i], &range));
		g_assert_cmpuint(range.bits, ==, 7);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/address/ranges", each_range_ends_where_it_should);
	g_test_add_func("/address/families", other_families_are_not_public);
	g_test_add_func("/address/inside", a_range_holds_what_it_says);
	g_test_add_func("/address/no-range", what_is_no_range_is_refused);
	return g_test_run();
}
