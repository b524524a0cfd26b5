#include "config.h"

#include "fcgi/response.h"

#include <errno.h>
#include <poll.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	RECORD_HEADER_BYTES = 8,
	RECORD_CONTENT_MOST = 65528, /* of 65535, the last multiple of 8 */
	RECORD_END_REQUEST = 3,
	RECORD_STDOUT = 6,
	IOV_AT_ONCE = 1024, /* Linux' UIO_MAXIOV */
};

void response_init(struct response *response)
{
	*response = (struct response){
		.status = 200,
		.headers = g_string_sized_new(512),
		.body = chain_new(),
	};
}

void response_fini(struct response *response)
{
	g_string_free(response->headers, TRUE);
	chain_free(response->body);
}

void response_reset(struct response *response)
{
	gboolean is_head = response->is_head;

	response_fini(response);
	response_init(response);
	response->is_head = is_head;
}

void response_header(struct response *response, const char *name,
		     const char *value)
{
	for (const char *at = value; *at; at++)
		g_assert((guchar)*at >= 0x20 && *at != 0x7f);
	g_string_append_printf(response->headers, "%s: %s\r\n", name, value);
}

void response_text(struct response *response, const char *content_type,
		   char *text)
{
	response_header(response, "Content-Type", content_type);
	chain_append_owned(response->body, text, strlen(text));
}

const char *response_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{204, "No Content"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* The records being laid out: pieces, and the record headers that stand
 * between them. */
struct layout {
	GArray *iov;
	GPtrArray *headers;
	guint16 request_id;
};

static void add_record_header(struct layout *layout, guint8 type, gsize size)
{
	guint8 *header = g_malloc(RECORD_HEADER_BYTES);
	const guint8 bytes[RECORD_HEADER_BYTES] = {
		1, /* FCGI_VERSION_1 */
		type,
		(guint8)(layout->request_id >> 8),
		(guint8)layout->request_id,
		(guint8)(size >> 8),
		(guint8)size,
	};
	struct iovec piece = {header, RECORD_HEADER_BYTES};

	memcpy(header, bytes, sizeof(bytes));
	g_ptr_array_add(layout->headers, header);
	g_array_append_val(layout->iov, piece);
}

/* Cuts the pieces into records: a record takes from as many pieces as fit. */
static void add_stdout(struct layout *layout, const struct iovec *pieces,
		       gsize n_pieces, gsize total)
{
	gsize room = 0;

	for (gsize i = 0; i < n_pieces; i++) {
		struct iovec rest = pieces[i];

		while (rest.iov_len > 0) {
			struct iovec part = rest;

			if (room == 0) {
				room = MIN(total, RECORD_CONTENT_MOST);
				add_record_header(layout, RECORD_STDOUT, room);
			}
			part.iov_len = MIN(rest.iov_len, room);
			g_array_append_val(layout->iov, part);
			room -= part.iov_len;
			total -= part.iov_len;
			rest.iov_base = (char *)rest.iov_base + part.iov_len;
			rest.iov_len -= part.iov_len;
		}
	}
}

/* SO_SNDTIMEO would be granted anew for each buffer's worth: whoever reads a
 * little now and then would hold the worker for ever. */
static gboolean wait_for_room(int fd, gint64 deadline_us)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	gint64 left_us = deadline_us - g_get_monotonic_time();

	if (deadline_us == 0)
		return poll(&poll_fd, 1, -1) >= 0 || errno == EINTR;
	if (left_us <= 0)
		return FALSE;
	return poll(&poll_fd, 1, (int)MIN(left_us / 1000 + 1, G_MAXINT)) > 0 ||
	       errno == EINTR;
}

static gboolean write_all(int fd, struct iovec *iov, gsize n,
			  gint64 deadline_us)
{
	while (n > 0) {
		struct msghdr message = {.msg_iov = iov,
					 .msg_iovlen = MIN(n, IOV_AT_ONCE)};
		ssize_t written =
			sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		gsize done;

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN &&
		    wait_for_room(fd, deadline_us))
			continue;
		if (written <= 0)
			return FALSE;
		for (done = (gsize)written; n > 0 && done >= iov->iov_len;
		     iov++, n--)
			done -= iov->iov_len;
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + done;
			iov->iov_len -= done;
		}
	}
	return TRUE;
}

static char *make_head(const struct response *response, gsize body_size)
{
	GString *head = g_string_new(NULL);

	g_string_printf(head, "Status: %d %s\r\n%s", response->status,
			response_reason(response->status),
			response->headers->str);
	if (response->status != 204 && response->status != 304)
		g_string_append_printf(
			head, "Content-Length: %" G_GSIZE_FORMAT "\r\n",
			body_size);
	g_string_append(head, "\r\n");
	return g_string_free(head, FALSE);
}

/* The whole answer as one list: head, body, the end of the stream and of the
 * request. */
static void lay_out(struct layout *layout, const struct response *response,
		    struct iovec head)
{
	static guint8 end_body[RECORD_HEADER_BYTES];
	struct iovec end = {end_body, sizeof(end_body)};
	g_autoptr(GArray) pieces =
		g_array_new(FALSE, FALSE, sizeof(struct iovec));
	gsize total = head.iov_len, n;

	g_array_append_val(pieces, head);
	if (!response->is_head) {
		const struct iovec *body = chain_iov(response->body, &n);

		g_array_append_vals(pieces, body, (guint)n);
		total += chain_size_bytes(response->body);
	}
	add_stdout(layout, (struct iovec *)pieces->data, pieces->len, total);
	add_record_header(layout, RECORD_STDOUT, 0);
	add_record_header(layout, RECORD_END_REQUEST, sizeof(end_body));
	g_array_append_val(layout->iov, end);
}

gboolean response_write(const struct response *response, int fd,
			guint16 request_id, gint64 deadline_us,
			gsize *out_bytes)
{
	gsize body_size = chain_size_bytes(response->body);
	g_autofree char *head = make_head(response, body_size);
	struct layout layout = {
		.iov = g_array_new(FALSE, FALSE, sizeof(struct iovec)),
		.headers = g_ptr_array_new_with_free_func(g_free),
		.request_id = request_id,
	};
	gboolean is_written;

	lay_out(&layout, response, (struct iovec){head, strlen(head)});
	is_written = write_all(fd, (struct iovec *)layout.iov->data,
			       layout.iov->len, deadline_us);
	g_array_unref(layout.iov);
	g_ptr_array_unref(layout.headers);
	*out_bytes = response->is_head ? 0 : body_size;
	return is_written;
}
