/* Requests over HTTP, through an nginx of our own, to captiond and to a worker
 * that sends a ready file: CPU time of all processes together. */
#include "config.h"

#include "bench/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/process.h"

enum { WARM_UP = 30, ATTEMPTS = 200, ATTEMPT_MS = 50 };

struct front {
	const struct bench_place *place;
	int port;
	pid_t nginx;
	char *log;
};

/* A port that was free a moment ago. */
static int find_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr =
					      htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)bind(fd, (struct sockaddr *)&address, size);
	(void)getsockname(fd, (struct sockaddr *)&address, &size);
	(void)close(fd);
	return ntohs(address.sin_port);
}

static int connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons((guint16)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				 sizeof(one));
		return fd;
	}
	(void)close(fd);
	return -1;
}

/* Reads one answer with a Content-Length; gives its status, 0 for none. */
static int read_answer(int fd)
{
	static char buffer[8 << 20];
	gsize have = 0, want = sizeof(buffer) - 1;
	const char *end = NULL;

	while (have < want) {
		ssize_t n = read(fd, buffer + have, sizeof(buffer) - 1 - have);

		if (n <= 0)
			return 0;
		have += (gsize)n;
		buffer[have] = '\0';
		if (!end) {
			const char *length;

			end = strstr(buffer, "\r\n\r\n");
			length = end ? strcasestr(buffer, "content-length:")
				     : NULL;
			if (length)
				want = (gsize)(end + 4 - buffer) +
				       g_ascii_strtoull(length + 15, NULL, 10);
		}
	}
	return (int)g_ascii_strtoll(buffer + strlen("HTTP/1.1 "), NULL, 10);
}

static int ask(int fd, const char *query)
{
	g_autofree char *request = g_strdup_printf(
		"GET /caption?%s HTTP/1.1\r\nHost: bench\r\n\r\n", query);
	gsize size = strlen(request);

	if (write(fd, request, size) != (ssize_t)size)
		return 0;
	return read_answer(fd);
}

static gboolean fail(GError **error, const struct front *front,
		     const char *what)
{
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
		    "%s; the servers' log is '%s'", what, front->log);
	return FALSE;
}

/* Asks until a picture comes: the servers have just been started. */
static int connect_when_ready(const struct front *front, const char *query)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		int fd = connect_to(front->port);

		if (fd >= 0 && ask(fd, query) == 200)
			return fd;
		if (fd >= 0)
			(void)close(fd);
		g_usleep(ATTEMPT_MS * 1000);
	}
	return -1;
}

static gboolean measure(const struct front *front, pid_t pool,
			const struct bench_row *row, double *out_us,
			GError **error)
{
	int text_px = bench_text_px(front->place, row->height_px);
	g_autofree char *first = bench_query(row->id, text_px, 0);
	int fd = connect_when_ready(front, first);
	gint64 start_ns = 0;
	guint n = front->place->n_requests;

	if (fd < 0)
		return fail(error, front, "no picture came");
	for (guint i = 0; i < n + WARM_UP; i++) {
		g_autofree char *query = bench_query(row->id, text_px, i + 1);

		if (i == WARM_UP)
			start_ns = process_cpu_ns(pool) +
				   process_cpu_ns(front->nginx);
		if (ask(fd, query) != 200) {
			(void)close(fd);
			return fail(error, front, "a request failed");
		}
	}
	*out_us = (double)(process_cpu_ns(pool) + process_cpu_ns(front->nginx) -
			   start_ns) /
		  1000 / n;
	(void)close(fd);
	return TRUE;
}

static gboolean write_file(const char *dir, const char *name, char *text,
			   GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *owned = text;

	return g_file_set_contents(path, owned, -1, error);
}

static char *nginx_text(const struct front *front)
{
	const char *dir = front->place->dir;

	return g_strdup_printf(
		"daemon off;\n%sworker_processes 1;\npid %s/nginx.pid;\n"
		"error_log stderr;\nevents {}\nhttp {\naccess_log off;\n"
		"keepalive_requests 1000000;\n"
		"client_body_temp_path %s/t1;\nfastcgi_temp_path %s/t2;\n"
		"proxy_temp_path %s/t3;\nuwsgi_temp_path %s/t4;\n"
		"scgi_temp_path %s/t5;\n"
		"server {\nlisten 127.0.0.1:%d;\nlocation / {\n"
		"fastcgi_pass unix:%s/sock;\n"
		"fastcgi_param REQUEST_METHOD $request_method;\n"
		"fastcgi_param REQUEST_URI $request_uri;\n"
		"fastcgi_param QUEUED_AT $msec;\n"
		"fastcgi_buffer_size 64k;\nfastcgi_buffers 256 16k;\n"
		"fastcgi_busy_buffers_size 128k;\n}\n}\n}\n",
		getuid() == 0 ? "user root;\n" : "", dir, dir, dir, dir, dir,
		dir, front->port, dir);
}

static gboolean start_nginx(struct front *front, GError **error)
{
	const char *dir = front->place->dir;
	const char *const args[] = {"nginx",	  "-p", dir,	  "-c",
				    "nginx.conf", "-e", "stderr", NULL};

	front->port = find_port();
	if (!write_file(dir, "nginx.conf", nginx_text(front), error))
		return FALSE;
	front->nginx = process_start(args, front->log, error);
	return front->nginx > 0;
}

static gboolean measure_pool(const struct front *front, GPtrArray *rows,
			     const char *address, GError **error)
{
	const struct bench_place *place = front->place;
	const char *const args[] = {
		place->captiond,      "--listen",    address,
		"--workers",	      "1",	     "--templates",
		place->templates_dir, "--packs",     place->packs_dir,
		"--packer",	      place->packer, NULL};
	pid_t pool = process_start(args, front->log, error);
	gboolean is_done = pool > 0;

	for (guint i = 0; is_done && i < rows->len; i++) {
		struct bench_row *row = g_ptr_array_index(rows, i);

		is_done = measure(front, pool, row, &row->request_us, error);
	}
	process_stop(pool);
	return is_done;
}

static gboolean measure_worker(const struct front *front,
			       const struct bench_row *row,
			       const char *const *args, double *out_us,
			       GError **error)
{
	pid_t pool = process_start(args, front->log, error);
	gboolean is_done = pool > 0 && measure(front, pool, row, out_us, error);

	process_stop(pool);
	return is_done;
}

static gboolean measure_ready(const struct front *front, struct bench_row *row,
			      const char *address, GError **error)
{
	const struct bench_place *place = front->place;
	g_autofree char *file = g_build_filename(place->dir, "ready", NULL);
	g_autofree char *bytes = g_malloc0((gsize)row->bytes);
	const char *const args[] = {place->worker, address, "ready", file,
				    NULL};

	return g_file_set_contents(file, bytes, (gssize)row->bytes, error) &&
	       measure_worker(front, row, args, &row->ready_us, error);
}

static gboolean measure_anew(const struct front *front, struct bench_row *row,
			     const char *address, GError **error)
{
	const struct bench_place *place = front->place;
	g_autofree char *pack = g_strconcat(row->id, ".pack", NULL);
	const char *const args[] = {place->worker,    address, "encode",
				    place->packs_dir, pack,    NULL};

	return row->encode_us <= 0 ||
	       measure_worker(front, row, args, &row->anew_us, error);
}

gboolean bench_end_to_end(const struct bench_place *place, GPtrArray *rows,
			  GError **error)
{
	g_autofree char *address = g_strdup_printf("unix:%s/sock", place->dir);
	g_autofree char *log =
		g_build_filename(place->dir, "servers.log", NULL);
	struct front front = {.place = place, .log = log};
	gboolean is_done = start_nginx(&front, error) &&
			   measure_pool(&front, rows, address, error);

	for (guint i = 0; is_done && i < rows->len; i++) {
		struct bench_row *row = g_ptr_array_index(rows, i);

		is_done = measure_ready(&front, row, address, error) &&
			  measure_anew(&front, row, address, error);
	}
	process_stop(front.nginx);
	return is_done;
}
