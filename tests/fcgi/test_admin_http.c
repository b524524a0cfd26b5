#include "config.h"

#include "fcgi/admin_http.h"

#include <string.h>

#define HOST	   "Host: x\r\n"
#define LINE(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static void requests_are_read(void)
{
	static const struct {
		const char *data, *path;
		gboolean is_head, is_kept, is_json, is_full, wants_plain;
	} cases[] = {
		{LINE("/healthz"), "/healthz", 0, 1, 0, 0, 0},
		{"HEAD / HTTP/1.1\r\n" HOST "\r\n", "/", 1, 1, 0, 0, 0},
		{"GET /x HTTP/1.0\r\n\r\n", "/x", 0, 0, 0, 0, 0},
		{"GET /x HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", "/x", 0,
		 1, 0, 0, 0},
		{"GET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "/x",
		 0, 0, 0, 0, 0},
		{LINE("/status?json"), "/status", 0, 1, 1, 0, 0},
		{LINE("/status?full&json"), "/status", 0, 1, 1, 1, 0},
		{LINE("/status?full"), "/status", 0, 1, 0, 1, 0},
		{LINE("/status?fuller&json=1&"), "/status", 0, 1, 0, 0, 0},
		{LINE("/status///"), "/status", 0, 1, 0, 0, 0},
		{LINE("http://host:1/a?json"), "/a", 0, 1, 1, 0, 0},
		{LINE("HTTP://host"), "/", 0, 1, 0, 0, 0},
		{"GET /m HTTP/1.1\r\n" HOST "Accept: text/plain\r\n\r\n", "/m",
		 0, 1, 0, 0, 1},
		{"GET /m HTTP/1.1\r\n" HOST
		 "Accept: application/openmetrics-text, text/plain;q=0.1\r\n"
		 "\r\n",
		 "/m", 0, 1, 0, 0, 0},
		{"GET /m HTTP/1.1\r\nHost:\tx \r\nContent-Length: 0\r\n\r\n",
		 "/m", 0, 1, 0, 0, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct admin_request got;
		gsize size = strlen(cases[i].data);

		/* Each piece of it is not enough. */
		for (gsize n = 0; n < size; n++)
			g_assert_cmpint(admin_http_read(cases[i].data, n, &got),
					==, ADMIN_HTTP_MORE);
		g_assert_cmpint(admin_http_read(cases[i].data, size, &got), ==,
				ADMIN_HTTP_READ);
		g_assert_cmpuint(got.bytes, ==, size);
		g_assert_cmpstr(got.path, ==, cases[i].path);
		g_assert_cmpint(got.is_head, ==, cases[i].is_head);
		g_assert_cmpint(got.is_kept, ==, cases[i].is_kept);
		g_assert_cmpint(got.is_json, ==, cases[i].is_json);
		g_assert_cmpint(got.is_full, ==, cases[i].is_full);
		g_assert_cmpint(got.wants_plain, ==, cases[i].wants_plain);
	}
}

static void others_are_refused(void)
{
	static const struct {
		const char *data;
		int status;
	} cases[] = {
		{"POST / HTTP/1.1\r\n" HOST "\r\n", 405},
		{"BREW / HTTP/1.1\r\n" HOST "\r\n", 405},
		{"POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", 413},
		{"GET / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", 413},
		{"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
		 413},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
		{"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
		{"GET / HTTX/1.1\r\n" HOST "\r\n", 400},
		{"GET /\r\n\r\n", 400},
		{"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
		{"GET x HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400},
		{"G\x01T / HTTP/1.1\r\n" HOST "\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST "Name : x\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST "nothing\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n" HOST "A: a\rb\r\n\r\n", 400},
		{"\r\n", 400},
		{"\n", 400},
		{"GET / HTTP/1.1\n", 400},
		{"GET / HTTP/1.1\r\nHost: x\n", 400},
		{"\x16\x03\x01\x02\r\n\r\n", 400},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct admin_request got;

		g_assert_cmpint(admin_http_read(cases[i].data,
						strlen(cases[i].data), &got),
				==, ADMIN_HTTP_REFUSED);
		g_assert_cmpint(got.status, ==, cases[i].status);
		g_assert_false(got.is_kept);
	}
}

static void a_nul_is_refused(void)
{
	static const char data[] = "GET /\0 HTTP/1.1\r\n" HOST "\r\n";
	struct admin_request got;

	g_assert_cmpint(admin_http_read(data, sizeof(data) - 1, &got), ==,
			ADMIN_HTTP_REFUSED);
	g_assert_cmpint(got.status, ==, 400);
}

static void pipelined_ones_are_apart(void)
{
	static const char data[] = LINE("/one") LINE("/two");
	struct admin_request got;

	g_assert_cmpint(admin_http_read(data, strlen(data), &got), ==,
			ADMIN_HTTP_READ);
	g_assert_cmpstr(got.path, ==, "/one");
	g_assert_cmpint(admin_http_read(data + got.bytes,
					strlen(data) - got.bytes, &got),
			==, ADMIN_HTTP_READ);
	g_assert_cmpstr(got.path, ==, "/two");
}

/* A request of a request line of line bytes, and so many headers and bytes. */
static int status_of(gsize line, guint headers, gsize total)
{
	g_autofree char *filler = g_strnfill(ADMIN_HEAD_BYTES * 2, 'x');
	GString *data = g_string_new("GET /");
	struct admin_request got = {0};
	enum admin_http how;

	g_string_append_len(data, filler, (gssize)(line - 14));
	g_string_append(data, " HTTP/1.1\r\n" HOST);
	for (guint i = 1; i < headers; i++)
		g_string_append(data, "A: b\r\n");
	if (total > data->len + 2)
		g_string_append_printf(data, "Z:%.*s\r\n",
				       (int)(total - data->len - 6), filler);
	g_string_append(data, "\r\n");
	how = admin_http_read(data->str, data->len, &got);
	g_string_free(data, TRUE);
	return how == ADMIN_HTTP_MORE ? -1 : got.status;
}

static void sizes_are_bounded(void)
{
	g_autofree char *endless = g_strnfill(ADMIN_HEAD_BYTES, 'x');
	struct admin_request got;

	g_assert_cmpint(status_of(ADMIN_LINE_BYTES, 1, 0), ==, 0);
	g_assert_cmpint(status_of(ADMIN_LINE_BYTES + 1, 1, 0), ==, 414);
	g_assert_cmpint(status_of(100, ADMIN_HEADERS, 0), ==, 0);
	g_assert_cmpint(status_of(100, ADMIN_HEADERS + 1, 0), ==, 431);
	g_assert_cmpint(status_of(100, 1, ADMIN_HEAD_BYTES), ==, 0);
	g_assert_cmpint(status_of(100, 1, ADMIN_HEAD_BYTES + 1), ==, 431);
	g_assert_cmpint(admin_http_read(endless, ADMIN_LINE_BYTES + 2, &got),
			==, ADMIN_HTTP_MORE);
	g_assert_cmpint(admin_http_read(endless, ADMIN_LINE_BYTES + 3, &got),
			==, ADMIN_HTTP_REFUSED);
	g_assert_cmpint(got.status, ==, 414);
	/* A path that nobody has is read, and found nowhere. */
	g_assert_cmpint(admin_http_read(LINE("/0123456789012345678901234567890"
					     "12345678901234567890123456789012"
					     "3456789"),
					strlen(LINE("/")) + 70, &got),
			==, ADMIN_HTTP_READ);
	g_assert_cmpstr(got.path, ==, "");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/admin-http/read", requests_are_read);
	g_test_add_func("/admin-http/refused", others_are_refused);
	g_test_add_func("/admin-http/nul", a_nul_is_refused);
	g_test_add_func("/admin-http/pipelined", pipelined_ones_are_apart);
	g_test_add_func("/admin-http/bounded", sizes_are_bounded);
	return g_test_run();
}
