/* A connection's bytes → the answer, through all that a worker does. The first
 * byte says what the others are: records as they are, with or without the peer
 * staying; the parameters of a whole request; or its method, target, body. */
#include "config.h"

#include <fcgiapp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "fcgi/worker_serve.h"
#include "tests/fuzz/tiny_service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	LATE_MS = 1, /* nothing more comes, so there is nothing to wait for */
	WRITE_S = 5, /* an answer that does not fit is no finding */
	BUFFER_BYTES = 4 * 1024 * 1024,
	END_REQUEST = 3,
	STDOUT = 6,
	HEAD_BYTES = 8,
};

enum kind { KIND_STAYS, KIND_LEAVES, KIND_PARAMS, KIND_REQUEST, KINDS };

static void add_pair(GByteArray *params, const char *name, const char *value)
{
	gsize size = strlen(value);
	const guint8 lengths[5] = {
		(guint8)strlen(name), (guint8)(0x80 | size >> 24),
		(guint8)(size >> 16), (guint8)(size >> 8), (guint8)size};

	g_byte_array_append(params, lengths, sizeof(lengths));
	g_byte_array_append(params, (const guint8 *)name, (guint)strlen(name));
	g_byte_array_append(params, (const guint8 *)value, (guint)size);
}

/* "METHOD TARGET TYPE\nBODY" as a request. */
static void add_request(struct records *request, const uint8_t *data,
			size_t size)
{
	static const char *const names[] = {"REQUEST_METHOD", "REQUEST_URI",
					    "CONTENT_TYPE", "HTTP_ACCEPT"};
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t line = end ? (size_t)(end - data) : size;
	g_autofree char *text = g_strndup((const char *)data, line);
	g_auto(GStrv) words = g_strsplit(text, " ", G_N_ELEMENTS(names));

	for (gsize i = 0; i < G_N_ELEMENTS(names) && words[i]; i++)
		add_pair(request->params, names[i], words[i]);
	if (end)
		g_byte_array_append(request->body, end + 1,
				    (guint)(size - line - 1));
}

/* The bytes of the connection. */
static GByteArray *make_wire(enum kind kind, const uint8_t *data, size_t size)
{
	GByteArray *wire = g_byte_array_new();
	struct records request;

	if (kind == KIND_STAYS || kind == KIND_LEAVES)
		return g_byte_array_append(wire, data, (guint)size);
	records_init(&request);
	request.id = 1;
	if (kind == KIND_PARAMS)
		g_byte_array_append(request.params, data, (guint)size);
	else
		add_request(&request, data, size);
	records_write(&request, wire);
	records_fini(&request);
	return wire;
}

/* An answer is nothing at all, or records up to the end of the request. */
static void check_answer(const GByteArray *answer)
{
	gsize at = 0;
	guint8 type = 0;

	while (at < answer->len) {
		const guint8 *head = answer->data + at;
		gsize left = answer->len - at;
		gsize size;

		g_assert_cmpuint(left, >=, HEAD_BYTES);
		g_assert_cmpint(head[0], ==, 1);
		type = head[1];
		g_assert_true(type == STDOUT || type == END_REQUEST);
		size = ((gsize)head[4] << 8 | head[5]) + head[6];
		g_assert_cmpuint(left - HEAD_BYTES, >=, size);
		at += HEAD_BYTES + size;
		g_assert_true(type == STDOUT || at == answer->len);
	}
	g_assert_true(answer->len == 0 || type == END_REQUEST);
}

static GByteArray *read_answer(int fd)
{
	GByteArray *answer = g_byte_array_new();
	guint8 piece[16 * 1024];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
		g_byte_array_append(answer, piece, (guint)n);
	check_answer(answer);
	return answer;
}

static void set_buffers(const int fds[2])
{
	static const int size = BUFFER_BYTES;
	static const struct timeval most = {.tv_sec = WRITE_S};

	for (int i = 0; i < 2; i++) {
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
				 sizeof(size));
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDTIMEO, &most,
				 sizeof(most));
	}
}

static GByteArray *serve(enum kind kind, const GByteArray *wire)
{
	static struct intake intake;
	GByteArray *answer;
	int fds[2];

	if (!intake.written) {
		g_assert_cmpint(FCGX_Init(), ==, 0);
		g_assert_true(intake_init(&intake, LATE_MS, NULL));
	}
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
			==, 0);
	set_buffers(fds);
	if (wire->len > 0)
		(void)send(fds[1], wire->data, wire->len, MSG_NOSIGNAL);
	if (kind == KIND_LEAVES)
		(void)shutdown(fds[1], SHUT_WR);
	worker_serve(tiny_service(), &intake, fds[0]);
	answer = read_answer(fds[1]);
	(void)close(fds[1]);
	return answer;
}

/* That a picture is drawn at all: else nothing here would be looked at. */
static void check_service(void)
{
	static const char line[] = "GET /caption?template=x&top_text=a";
	g_autoptr(GByteArray) wire = make_wire(
		KIND_REQUEST, (const uint8_t *)line, sizeof(line) - 1);
	g_autoptr(GByteArray) answer = serve(KIND_REQUEST, wire);

	g_assert_nonnull(
		memmem(answer->data, answer->len, "\r\n\r\n\x89PNG", 8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gboolean is_checked;
	g_autoptr(GByteArray) wire = NULL;
	g_autoptr(GByteArray) answer = NULL;
	enum kind kind;

	if (!is_checked)
		check_service();
	is_checked = TRUE;
	if (size == 0)
		return 0;
	kind = (enum kind)(data[0] % KINDS);
	wire = make_wire(kind, data + 1, size - 1);
	answer = serve(kind, wire);
	return 0;
}
