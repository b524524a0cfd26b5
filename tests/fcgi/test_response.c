#include "config.h"

#include "fcgi/response.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What came over a connection, taken apart. */
struct reading {
	GString *joined; /* STDOUT's contents */
	guint n_records;
	gboolean is_closed, is_ended;
};

/* Reads one end of a socket pair to its end, so that a writer of more than the
 * socket's buffer goes on. */
static void *read_all(void *data)
{
	int fd = GPOINTER_TO_INT(data);
	GByteArray *all = g_byte_array_new();
	guint8 piece[7001];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		g_byte_array_append(all, piece, (guint)n);
	(void)close(fd);
	return all;
}

/* Takes one record at head, of at most left bytes; returns its size. */
static gsize take_record(struct reading *reading, const guint8 *head,
			 gsize left)
{
	gsize size = (gsize)head[4] << 8 | head[5];

	g_assert_false(reading->is_ended);
	g_assert_cmpuint(left, >=, 8 + size + head[6]);
	g_assert_cmpuint(head[0], ==, 1);
	g_assert_cmpuint(head[2], ==, 1);
	g_assert_cmpuint(head[3], ==, 2);
	if (head[1] == 3) {
		g_assert_true(reading->is_closed);
		g_assert_cmpuint(size, ==, 8);
		reading->is_ended = TRUE;
	} else {
		g_assert_cmpuint(head[1], ==, 6);
		reading->is_closed = size == 0;
		g_string_append_len(reading->joined, (const char *)head + 8,
				    (gssize)size);
	}
	reading->n_records++;
	return 8 + size + head[6];
}

static struct reading exchange(const struct response *response)
{
	struct reading reading = {.joined = g_string_new(NULL)};
	g_autoptr(GByteArray) all = NULL;
	GThread *reader;
	gsize bytes;
	int fds[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
	reader = g_thread_new("reader", read_all, GINT_TO_POINTER(fds[1]));
	g_assert_true(response_write(response, fds[0], 0x0102, 0, &bytes));
	(void)close(fds[0]);
	all = g_thread_join(reader);
	for (gsize at = 0; at < all->len;)
		at += take_record(&reading, all->data + at, all->len - at);
	g_assert_true(reading.is_ended);
	return reading;
}

static void small_answer_is_one_record(void)
{
	struct response response;
	struct reading reading;

	response_init(&response);
	response.status = 404;
	response_text(&response, "text/plain", g_strdup("gone"));
	reading = exchange(&response);
	g_assert_cmpstr(reading.joined->str, ==,
			"Status: 404 Not Found\r\nContent-Type: text/plain\r\n"
			"Content-Length: 4\r\n\r\ngone");
	g_assert_cmpuint(reading.n_records, ==, 3);
	g_string_free(reading.joined, TRUE);
	response_fini(&response);
}

static void head_keeps_the_length(void)
{
	struct response response;
	struct reading reading;

	response_init(&response);
	response.is_head = TRUE;
	response_text(&response, "text/plain", g_strdup("gone"));
	reading = exchange(&response);
	g_assert_true(g_str_has_suffix(reading.joined->str,
				       "Content-Length: 4\r\n\r\n"));
	g_string_free(reading.joined, TRUE);
	response_fini(&response);
}

static void not_modified_has_no_length(void)
{
	struct response response;
	struct reading reading;

	response_init(&response);
	response.status = 304;
	reading = exchange(&response);
	g_assert_cmpstr(reading.joined->str, ==,
			"Status: 304 Not Modified\r\n\r\n");
	g_string_free(reading.joined, TRUE);
	response_fini(&response);
}

/* Bodies around a record's limit, in pieces of every size, come out whole. */
static void check_body(gsize size)
{
	g_autofree char *body = g_malloc(size);
	struct response response;
	struct reading reading;
	const char *start;

	for (gsize i = 0; i < size; i++)
		body[i] = (char)(i * 2654435761u >> 24);
	response_init(&response);
	for (gsize at = 0, step = 1; at < size; at += step, step = step * 3) {
		step = MIN(step, size - at);
		chain_append_owned(response.body, g_memdup2(body + at, step),
				   step);
	}
	reading = exchange(&response);
	start = strstr(reading.joined->str, "\r\n\r\n") + 4;
	g_assert_cmpmem(start,
			reading.joined->len -
				(gsize)(start - reading.joined->str),
			body, size);
	g_assert_cmpuint(reading.n_records, <=, size / 65528 + 4);
	g_string_free(reading.joined, TRUE);
	response_fini(&response);
}

static void bodies_are_cut_into_records(void)
{
	static const gsize sizes[] = {1, 65400, 65528, 65529, 200000, 3000000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		check_body(sizes[i]);
}

static void vanished_peer_is_noticed(void)
{
	struct response response;
	gsize bytes;
	int fds[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
	(void)close(fds[1]);
	response_init(&response);
	g_assert_false(response_write(&response, fds[0], 1, 0, &bytes));
	response_fini(&response);
	(void)close(fds[0]);
}

/* Takes a byte now and then, which must not count as progress for ever. */
static void *sip(void *data)
{
	int fd = GPOINTER_TO_INT(data);
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		g_usleep(20000);
	return NULL;
}

static void slow_reader_is_left(void)
{
	struct response response;
	gint64 began_us = g_get_monotonic_time();
	GThread *reader;
	gsize bytes;
	int fds[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
	reader = g_thread_new("sip", sip, GINT_TO_POINTER(fds[1]));
	response_init(&response);
	response_text(&response, "text/plain", g_strnfill(64 << 20, 'x'));
	g_assert_false(response_write(&response, fds[0], 1,
				      began_us + G_USEC_PER_SEC / 5, &bytes));
	g_assert_cmpint(g_get_monotonic_time() - began_us, >=,
			G_USEC_PER_SEC / 5);
	response_fini(&response);
	(void)shutdown(fds[0], SHUT_RDWR);
	(void)shutdown(fds[1], SHUT_RDWR);
	(void)g_thread_join(reader);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/response/small", small_answer_is_one_record);
	g_test_add_func("/response/head", head_keeps_the_length);
	g_test_add_func("/response/304", not_modified_has_no_length);
	g_test_add_func("/response/records", bodies_are_cut_into_records);
	g_test_add_func("/response/gone", vanished_peer_is_noticed);
	g_test_add_func("/response/slow", slow_reader_is_left);
	return g_test_run();
}
