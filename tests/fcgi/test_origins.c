#include "config.h"

#include "fcgi/origins.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* What a file of this text is read as. */
static struct origins *read_text(const char *text, GError **error)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("origins-XXXXXX", &path, NULL);
	gssize size = (gssize)strlen(text);
	struct origins *origins;

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, text, (gsize)size), ==, size);
	g_assert_cmpint(close(fd), ==, 0);
	origins = origins_read(path, error);
	(void)g_unlink(path);
	return origins;
}

static struct origins *read_good(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct origins *origins = read_text(text, &error);

	g_assert_no_error(error);
	return origins;
}

static void what_is_not_said_has_defaults(void)
{
	g_autoptr(origins_auto) origins =
		read_good("[a]\nhosts=one.example;[0:0::1]; TWO.example\n"
			  "[b]\nhosts=h\nscheme=http\n");
	const struct origin *a = origins_at(origins, 0);
	const struct origin *b = origins_at(origins, 1);

	g_assert_cmpuint(origins_n(origins), ==, 2);
	g_assert_cmpstr(a->name, ==, "a");
	g_assert_cmpstr(a->hosts[0], ==, "one.example");
	g_assert_cmpstr(a->hosts[1], ==, "[::1]");
	g_assert_cmpstr(a->hosts[2], ==, "two.example");
	g_assert_null(a->hosts[3]);
	g_assert_false(a->is_http);
	g_assert_cmpuint(a->port, ==, 443);
	g_assert_cmpstr(a->path, ==, "/");
	g_assert_false(a->may_double);
	g_assert_null(a->params);
	g_assert_null(a->user);
	g_assert_null(a->bearer);
	g_assert_cmpuint(a->allowed->len, ==, 0);
	g_assert_cmpuint(a->bytes_max, ==, ORIGIN_BYTES_DEFAULT);
	g_assert_cmpint(a->timeout_s, ==, ORIGIN_TIMEOUT_S);
	g_assert_true(b->is_http);
	g_assert_cmpuint(b->port, ==, 80);
}

static void all_that_is_said_is_read(void)
{
	g_autoptr(origins_auto) origins = read_good(
		"[a]\nhosts=h\nscheme=https\nport=8443\npath=/pics/\n"
		"params=key=a\\;b=c;tag=;tag=2\nduplicates=true\n"
		"user=me\npassword=p: w\nallow-private=10.0.0.0/8; ::1\n"
		"max-bytes=1000\ntimeout=3\nca-file=/proc/self/exe\n"
		"[b]\nhosts=h\nbearer=abc.def\n");
	const struct origin *a = origins_at(origins, 0);

	g_assert_cmpuint(a->port, ==, 8443);
	g_assert_cmpstr(a->path, ==, "/pics/");
	g_assert_cmpuint(g_strv_length(a->params), ==, 3);
	g_assert_cmpstr(a->params[0], ==, "key=a;b=c");
	g_assert_cmpstr(a->params[1], ==, "tag=");
	g_assert_true(a->may_double);
	g_assert_cmpstr(a->user, ==, "me");
	g_assert_cmpstr(a->password, ==, "p: w");
	g_assert_cmpuint(a->allowed->len, ==, 2);
	g_assert_cmpuint(a->bytes_max, ==, 1000);
	g_assert_cmpint(a->timeout_s, ==, 3);
	g_assert_cmpstr(a->ca_file, ==, "/proc/self/exe");
	g_assert_cmpstr(origins_at(origins, 1)->bearer, ==, "abc.def");
}

static void what_cannot_be_meant_is_refused(void)
{
	static const struct {
		const char *text;   /* after "[a]\n" */
		const char *expect; /* in the message */
	} cases[] = {
		{"", "hosts"},
		{"hosts=\n", "hosts"},
		{"hosts=a b\n", "hosts"},
		{"hosts=h:80\n", "hosts"},
		{"hosts=u@h\n", "hosts"},
		{"hosts=[fe80::1%eth0]\n", "hosts"},
		{"hosts=[::1\n", "hosts"},
		{"hosts=h\nscheme=ftp\n", "scheme"},
		{"hosts=h\nscheme=HTTPS\n", "scheme"},
		{"hosts=h\nport=0\n", "port: a number from 1 to 65535"},
		{"hosts=h\nport=65536\n", "port"},
		{"hosts=h\npath=pics\n", "path"},
		{"hosts=h\npath=/a/../b\n", "path"},
		{"hosts=h\npath=/a?b\n", "path"},
		{"hosts=h\npath=/%2e\n", "path"},
		{"hosts=h\npath=/a//b\n", "path"},
		{"hosts=h\nparams=s3cret\n", "params"},
		{"hosts=h\nparams=a=b;=s3cret\n", "params"},
		{"hosts=h\nduplicates=s3cret\n", "duplicates"},
		{"hosts=h\nuser=me\n", "user, password"},
		{"hosts=h\npassword=s3cret\n", "user, password"},
		{"hosts=h\nuser=a:b\npassword=s3cret\n", "user"},
		{"hosts=h\nuser=a\npassword=\n", "password"},
		{"hosts=h\nuser=a\npassword=s3cret\\nX: y\n", "password"},
		{"hosts=h\nuser=a\npassword=s3cret\nbearer=s3cret\n", "bearer"},
		{"hosts=h\nbearer=s3cret s3cret\n", "bearer"},
		{"hosts=h\nallow-private=10.0.0.1/8\n", "allow-private"},
		{"hosts=h\nallow-private=localhost\n", "allow-private"},
		{"hosts=h\nmax-bytes=0\n", "max-bytes"},
		{"hosts=h\nmax-bytes=33554433\n", "33554432"},
		{"hosts=h\ntimeout=0\n", "timeout"},
		{"hosts=h\ntimeout=121\n", "120"},
		{"hosts=h\nca-file=rel.pem\n", "ca-file"},
		{"hosts=h\nca-file=/nonexistent.pem\n", "ca-file"},
		{"hosts=h\npasword=s3cret\n", "unknown key 'pasword'"},
		{"hosts=h\n[b]\nhosts=g;H\n", "[a] and [b]"},
		{"hosts=h\ns3cret\n", "key file expected"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text =
			g_strconcat("[a]\n", cases[i].text, NULL);
		g_autoptr(GError) error = NULL;

		if (read_text(text, &error))
			g_error("'%s' was read", text);
		if (!strstr(error->message, cases[i].expect) ||
		    strstr(error->message, "s3cret"))
			g_error("'%s' gives '%s'", text, error->message);
	}
}

/* "[a]", a host and a key with a value of so many pieces. */
static gboolean can_have(const char *key, const char *piece, guint n)
{
	g_autoptr(GString) text = g_string_new("[a]\n");
	g_autoptr(origins_auto) origins = NULL;

	if (strcmp(key, "hosts") != 0)
		g_string_append(text, "hosts=h\n");
	g_string_append_printf(text, "%s=", key);
	for (guint i = 0; i < n; i++)
		g_string_append(text, piece);
	g_string_append(text, "\n");
	origins = read_text(text->str, NULL);
	return origins != NULL;
}

static void limits_hold_on_both_sides(void)
{
	g_assert_true(can_have("hosts", "h;", ORIGIN_HOSTS_MAX));
	g_assert_false(can_have("hosts", "h;", ORIGIN_HOSTS_MAX + 1));
	g_assert_true(can_have("hosts", "h", 253));
	g_assert_false(can_have("hosts", "h", 254));
	g_assert_true(can_have("params", "a=b;", 64));
	g_assert_false(can_have("params", "a=b;", 65));
	g_assert_true(can_have("params", "a=", 4096 / 2 + 1));
	g_assert_false(can_have("params", "a=", 4096 / 2 + 2));
	g_assert_true(can_have("bearer", "a", 4096));
	g_assert_false(can_have("bearer", "a", 4097));
	g_assert_true(can_have("path", "/a", 512));
	g_assert_false(can_have("path", "/a", 513));
}

static void there_may_be_only_so_many(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(origins_auto) most = NULL;

	for (int i = 0; i < ORIGINS_MAX; i++)
		g_string_append_printf(text, "[o%d]\nhosts=h%d\n", i, i);
	most = read_good(text->str);
	g_assert_cmpuint(origins_n(most), ==, ORIGINS_MAX);
	g_string_append(text, "[last]\nhosts=h\n");
	g_assert_null(read_text(text->str, &error));
	g_assert_error(error, ORIGINS_ERROR, ORIGINS_ERROR_KEY);
}

static void a_file_that_others_may_read_is_refused(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("origins-XXXXXX", &path, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(fchmod(fd, 0604), ==, 0);
	g_assert_cmpint(close(fd), ==, 0);
	g_assert_null(origins_read(path, &error));
	g_assert_error(error, ORIGINS_ERROR, ORIGINS_ERROR_FILE);
	g_clear_error(&error);
	(void)g_unlink(path);
	g_assert_null(origins_read(path, &error));
	g_assert_error(error, ORIGINS_ERROR, ORIGINS_ERROR_FILE);
}

static void a_url_is_its_longest_path_s(void)
{
	static const struct {
		gboolean is_http;
		const char *host;
		guint port;
		const char *path;
		const char *expected; /* NULL: nobody's */
	} cases[] = {
		{FALSE, "h", 443, "/", "all"},
		{FALSE, "h", 443, "/pics", "pics"},
		{FALSE, "h", 443, "/pics/", "pics"},
		{FALSE, "h", 443, "/pics/a.jpg", "pics"},
		{FALSE, "h", 443, "/picsa.jpg", "all"},
		{FALSE, "h", 443, "/pics/more/a", "more"},
		{FALSE, "h", 443, "/pics/more", "pics"},
		{FALSE, "g", 443, "/", "all"},
		{TRUE, "h", 443, "/", NULL},
		{TRUE, "h", 8080, "/x", "plain"},
		{FALSE, "h", 8080, "/x", NULL},
		{FALSE, "h", 80, "/", NULL},
		{FALSE, "other", 443, "/", NULL},
		{FALSE, "a.h", 443, "/", NULL},
		{FALSE, "h.", 443, "/", NULL},
	};
	g_autoptr(origins_auto) origins =
		read_good("[all]\nhosts=h;g\n[pics]\nhosts=h\npath=/pics\n"
			  "[more]\nhosts=h\npath=/pics/more/\n"
			  "[plain]\nhosts=h\nscheme=http\nport=8080\n");

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct origin *origin =
			origins_find(origins, cases[i].is_http, cases[i].host,
				     cases[i].port, cases[i].path);

		g_assert_cmpstr(origin ? origin->name : NULL, ==,
				cases[i].expected);
	}
}

static gboolean may(const struct origin *origin, const char *address)
{
	struct sockaddr_in four = {.sin_family = AF_INET};

	g_assert_cmpint(inet_pton(AF_INET, address, &four.sin_addr), ==, 1);
	return origin_may_connect(origin, (struct sockaddr *)&four,
				  sizeof(four));
}

static void private_addresses_are_for_who_allows_them(void)
{
	g_autoptr(origins_auto) origins =
		read_good("[a]\nhosts=a\nallow-private=10.1.0.0/16;127.0.0.1\n"
			  "[b]\nhosts=b\n");
	const struct origin *a = origins_at(origins, 0);
	const struct origin *b = origins_at(origins, 1);

	g_assert_true(may(a, "8.8.8.8"));
	g_assert_true(may(a, "10.1.255.1"));
	g_assert_true(may(a, "127.0.0.1"));
	g_assert_false(may(a, "10.2.0.1"));
	g_assert_false(may(a, "127.0.0.2"));
	g_assert_true(may(b, "8.8.8.8"));
	g_assert_false(may(b, "10.1.255.1"));
	g_assert_false(may(b, "127.0.0.1"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/origins/defaults", what_is_not_said_has_defaults);
	g_test_add_func("/origins/all", all_that_is_said_is_read);
	g_test_add_func("/origins/refused", what_cannot_be_meant_is_refused);
	g_test_add_func("/origins/limits", limits_hold_on_both_sides);
	g_test_add_func("/origins/most", there_may_be_only_so_many);
	g_test_add_func("/origins/mode",
			a_file_that_others_may_read_is_refused);
	g_test_add_func("/origins/find", a_url_is_its_longest_path_s);
	g_test_add_func("/origins/private",
			private_addresses_are_for_who_allows_them);
	return g_test_run();
}
