#include "config.h"

#include "fcgi/request.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "render/limits.h"

enum { BEGIN_REQUEST = 1, PARAMS = 4, STDIN = 5 };

static void add_record(GByteArray *wire, guint8 type, const void *data,
		       gsize size)
{
	const guint8 head[8] = {1,	     type, 0, 1, (guint8)(size >> 8),
				(guint8)size};

	g_byte_array_append(wire, head, sizeof(head));
	g_byte_array_append(wire, data, (guint)size);
}

static void add_length(GByteArray *pairs, gsize length)
{
	const guint8 bytes[4] = {(guint8)(0x80 | length >> 24),
				 (guint8)(length >> 16), (guint8)(length >> 8),
				 (guint8)length};

	g_byte_array_append(pairs, bytes, sizeof(bytes));
}

/* names and values alternate; NULL ends. */
static void add_params(GByteArray *wire, const char *const *pairs)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	for (; pairs[0]; pairs += 2) {
		add_length(bytes, strlen(pairs[0]));
		add_length(bytes, strlen(pairs[1]));
		g_byte_array_append(bytes, (const guint8 *)pairs[0],
				    (guint)strlen(pairs[0]));
		g_byte_array_append(bytes, (const guint8 *)pairs[1],
				    (guint)strlen(pairs[1]));
	}
	for (gsize at = 0; at < bytes->len; at += 60000)
		add_record(wire, PARAMS, bytes->data + at,
			   MIN(60000, bytes->len - at));
	add_record(wire, PARAMS, "", 0);
}

static GByteArray *begin(void)
{
	static const guint8 responder[8] = {0, 1};
	GByteArray *wire = g_byte_array_new();

	add_record(wire, BEGIN_REQUEST, responder, sizeof(responder));
	return wire;
}

static void add_body(GByteArray *wire, gsize size)
{
	g_autofree char *body = g_strnfill(size, 'b');

	for (gsize at = 0; at < size; at += 60000)
		add_record(wire, STDIN, body + at, MIN(60000, size - at));
	add_record(wire, STDIN, "", 0);
}

struct exchange {
	FCGX_Request fcgx;
	struct request request;
	enum request_read how;
	gboolean is_accepted;
};

static void *write_wire(void *data)
{
	GByteArray *wire = ((void **)data)[0];
	int fd = GPOINTER_TO_INT(((void **)data)[1]);

	for (gsize at = 0; at < wire->len;) {
		ssize_t n = write(fd, wire->data + at, wire->len - at);

		if (n <= 0)
			break;
		at += (gsize)n;
	}
	(void)close(fd);
	return NULL;
}

/* Reads what wire holds as a worker would. */
static void receive(GByteArray *wire, struct exchange *exchange)
{
	int fds[2];
	void *job[2];
	GThread *writer;

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
	job[0] = wire;
	job[1] = GINT_TO_POINTER(fds[1]);
	writer = g_thread_new("writer", write_wire, job);
	(void)FCGX_InitRequest(&exchange->fcgx, -1, 0);
	exchange->fcgx.ipcFd = fds[0];
	exchange->fcgx.keepConnection = 1;
	exchange->is_accepted = FCGX_Accept_r(&exchange->fcgx) == 0;
	exchange->fcgx.keepConnection = 0;
	if (exchange->is_accepted)
		exchange->how =
			request_init(&exchange->request, &exchange->fcgx);
	(void)shutdown(fds[0], SHUT_RDWR);
	(void)g_thread_join(writer);
}

static void finish(struct exchange *exchange)
{
	if (exchange->is_accepted)
		request_fini(&exchange->request);
	FCGX_Detach(&exchange->fcgx);
	FCGX_Free(&exchange->fcgx, 1);
}

static void parameters_are_read(void)
{
	static const char *const pairs[] = {"REQUEST_METHOD",
					    "POST",
					    "REQUEST_URI",
					    "/caption//?a=b?c",
					    "CONTENT_TYPE",
					    "application/json",
					    "HTTP_ACCEPT",
					    "x/y",
					    "HTTP_X_REQUEST_ID",
					    "mine_1-2",
					    NULL};
	g_autoptr(GByteArray) wire = begin();
	struct exchange exchange;

	add_params(wire, pairs);
	add_body(wire, 3);
	receive(wire, &exchange);
	g_assert_true(exchange.is_accepted);
	g_assert_cmpint(exchange.how, ==, REQUEST_READ_OK);
	g_assert_cmpint(exchange.request.method, ==, REQUEST_POST);
	g_assert_cmpstr(exchange.request.path, ==, "/caption");
	g_assert_cmpstr(exchange.request.query, ==, "a=b?c");
	g_assert_cmpstr(exchange.request.id, ==, "mine_1-2");
	g_assert_cmpstr(exchange.request.accept, ==, "x/y");
	g_assert_cmpstr(exchange.request.if_none_match, ==, "");
	g_assert_cmpmem(exchange.request.body, exchange.request.body_size,
			"bbb", 3);
	finish(&exchange);
}

/* Whatever can't stand in a header and a log is not taken for an id. */
static void bad_ids_are_replaced(void)
{
	g_autofree char *long_id = g_strnfill(65, 'i');
	g_autofree char *longest = g_strnfill(64, 'i');
	const struct {
		const char *id;
		gboolean is_kept;
	} cases[] = {
		{"a", TRUE},	     {longest, TRUE},	{"", FALSE},
		{"a b", FALSE},	     {"a\r\nb", FALSE}, {long_id, FALSE},
		{"\xc3\xa4", FALSE}, {"a;b", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *const pairs[] = {"REQUEST_URI", "/",
					     "HTTP_X_REQUEST_ID", cases[i].id,
					     NULL};
		g_autoptr(GByteArray) wire = begin();
		struct exchange exchange;

		add_params(wire, pairs);
		add_body(wire, 0);
		receive(wire, &exchange);
		g_assert_cmpint(strcmp(exchange.request.id, cases[i].id) == 0,
				==, cases[i].is_kept);
		g_assert_cmpuint(strlen(exchange.request.id), >, 0);
		finish(&exchange);
	}
}

static void limits_hold_on_both_sides(void)
{
	static const struct {
		gsize target, body;
		enum request_read how;
	} cases[] = {
		{LIMIT_TARGET_BYTES, 0, REQUEST_READ_OK},
		{LIMIT_TARGET_BYTES + 1, 0, REQUEST_READ_TARGET_TOO_LONG},
		{10, LIMIT_BODY_BYTES, REQUEST_READ_OK},
		{10, LIMIT_BODY_BYTES + 1, REQUEST_READ_BODY_TOO_LONG},
		{10, 5000000, REQUEST_READ_BODY_TOO_LONG},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *target = g_strnfill(cases[i].target, '/');
		const char *const pairs[] = {"REQUEST_URI", target, NULL};
		g_autoptr(GByteArray) wire = begin();
		struct exchange exchange;

		add_params(wire, pairs);
		add_body(wire, cases[i].body);
		receive(wire, &exchange);
		g_assert_cmpint(exchange.how, ==, cases[i].how);
		finish(&exchange);
	}
}

/* Cut at every byte: never taken for a whole request. */
static void cut_requests_are_noticed(void)
{
	static const char *const pairs[] = {"REQUEST_METHOD", "GET",
					    "REQUEST_URI", "/caption", NULL};
	g_autoptr(GByteArray) whole = begin();

	add_params(whole, pairs);
	add_body(whole, 20);
	for (guint size = 0; size <= whole->len; size++) {
		g_autoptr(GByteArray) wire = g_byte_array_new();
		struct exchange exchange;

		g_byte_array_append(wire, whole->data, size);
		receive(wire, &exchange);
		g_assert_cmpint(exchange.is_accepted &&
					exchange.how == REQUEST_READ_OK,
				==, size == whole->len);
		finish(&exchange);
	}
}

static void waiting_time_is_read(void)
{
	g_autofree char *past = g_strdup_printf(
		"%.3f", (double)g_get_real_time() / G_USEC_PER_SEC - 5);
	const struct {
		const char *queued_at;
		double least_s, most_s;
	} cases[] = {
		{past, 4.9, 60},       {"", 0, 0},    {"x", 0, 0},
		{"1e", 0, 0},	       {"nan", 0, 0}, {"0", 0, 0},
		{"99999999999", 0, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *const pairs[] = {"REQUEST_URI", "/", "QUEUED_AT",
					     cases[i].queued_at, NULL};
		g_autoptr(GByteArray) wire = begin();
		struct exchange exchange;

		add_params(wire, pairs);
		add_body(wire, 0);
		receive(wire, &exchange);
		g_assert_cmpfloat(exchange.request.waited_s, >=,
				  cases[i].least_s);
		g_assert_cmpfloat(exchange.request.waited_s, <=,
				  cases[i].most_s);
		finish(&exchange);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(FCGX_Init(), ==, 0);
	g_test_add_func("/request/parameters", parameters_are_read);
	g_test_add_func("/request/ids", bad_ids_are_replaced);
	g_test_add_func("/request/limits", limits_hold_on_both_sides);
	g_test_add_func("/request/cut", cut_requests_are_noticed);
	g_test_add_func("/request/waited", waiting_time_is_read);
	return g_test_run();
}
