/* Few templates and many: how long until the first picture where the packs are
 * there already, and what a worker has of its own after the same requests. */
#include "config.h"

#include "bench/bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/process.h"
#include "bench/samples.h"

enum {
	FEW = 10,
	SIDE_PX = 64,
	N_REQUESTS = 300,
	ATTEMPTS = 3000,
	ATTEMPT_MS = 10,
};

struct crowd {
	guint n;
	double start_ms;
	gint64 private_kib;
};

static char *id_of(guint i)
{
	return g_strdup_printf("t%06u", i);
}

/* One picture under many names. */
static gboolean write_crowd(const char *dir, guint n, GError **error)
{
	g_autofree char *first = id_of(0);
	g_autofree char *from = g_strdup_printf("%s/%s.jpg", dir, first);
	g_autofree char *bytes = NULL;
	gsize size;

	if (!sample_jpeg(dir, first, SIDE_PX, error) ||
	    !g_file_get_contents(from, &bytes, &size, error))
		return FALSE;
	for (guint i = 1; i < n; i++) {
		g_autofree char *id = id_of(i);
		g_autofree char *to = g_strdup_printf("%s/%s.jpg", dir, id);
		FILE *file = fopen(to, "we");
		gboolean is_written = file && fwrite(bytes, size, 1, file) == 1;

		if (!file || fclose(file) != 0 || !is_written) {
			g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
				    "cannot write '%s'", to);
			return FALSE;
		}
	}
	return TRUE;
}

static void add_record(GByteArray *out, guint8 type, const void *content,
		       guint size)
{
	const guint8 header[8] = {1,	       type, 0, 1, (guint8)(size >> 8),
				  (guint8)size};

	g_byte_array_append(out, header, sizeof(header));
	g_byte_array_append(out, content, size);
}

static void add_pair(GByteArray *out, const char *name, const char *value)
{
	const guint8 lengths[2] = {(guint8)strlen(name), (guint8)strlen(value)};

	g_byte_array_append(out, lengths, 2);
	g_byte_array_append(out, (const guint8 *)name, lengths[0]);
	g_byte_array_append(out, (const guint8 *)value, lengths[1]);
}

/* What nginx would send (FastCGI Specification 1.0, 5). */
static GByteArray *make_request(const char *target)
{
	static const guint8 begin[8] = {0, 1}; /* a responder, not kept */
	GByteArray *out = g_byte_array_new(), *params = g_byte_array_new();

	add_pair(params, "REQUEST_METHOD", "GET");
	add_pair(params, "REQUEST_URI", target);
	add_record(out, 1, begin, sizeof(begin));
	add_record(out, 4, params->data, params->len);
	add_record(out, 4, "", 0);
	add_record(out, 5, "", 0);
	g_byte_array_unref(params);
	return out;
}

static gboolean ask(const char *path, const char *id, guint n)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_autofree char *target =
		g_strdup_printf("/caption?template=%s&top_text=%u", id, n);
	g_autoptr(GByteArray) request = make_request(target);
	char answer[1 << 16] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	gboolean is_done;

	(void)g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	is_done = connect(fd, (struct sockaddr *)&address, sizeof(address)) ==
			  0 &&
		  write(fd, request->data, request->len) ==
			  (ssize_t)request->len &&
		  recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 8 &&
		  g_str_has_prefix(answer + 8, "Status: 200");
	(void)close(fd);
	return is_done;
}

/* There is one worker. */
static gint64 worker_private_kib(pid_t pool)
{
	g_autoptr(GArray) pids = process_children(pool);

	for (guint i = 0; i < pids->len; i++) {
		pid_t pid = g_array_index(pids, pid_t, i);

		if (process_is_named(pid, "captiond-worker"))
			return process_private_kib(pid);
	}
	return 0;
}

static gboolean measure(const char *path, pid_t pool, gint64 start_us,
			struct crowd *crowd)
{
	gboolean is_there = FALSE;

	for (int i = 0; !is_there && i < ATTEMPTS; i++) {
		g_autofree char *id = id_of(crowd->n - 1);

		is_there = ask(path, id, 0);
		if (!is_there)
			g_usleep(ATTEMPT_MS * 1000);
	}
	crowd->start_ms = (double)(g_get_monotonic_time() - start_us) / 1000;
	for (guint i = 0; is_there && i < N_REQUESTS; i++) {
		g_autofree char *id = id_of(i % FEW);

		is_there = ask(path, id, i);
	}
	crowd->private_kib = worker_private_kib(pool);
	return is_there;
}

static gboolean start_and_measure(const struct bench_place *place,
				  struct crowd *crowd, GError **error)
{
	g_autofree char *path = g_build_filename(place->dir, "sock", NULL);
	g_autofree char *address = g_strconcat("unix:", path, NULL);
	g_autofree char *log = g_build_filename(place->dir, "pool.log", NULL);
	const char *const args[] = {
		place->captiond,      "--listen",    address,
		"--workers",	      "1",	     "--templates",
		place->templates_dir, "--packs",     place->packs_dir,
		"--packer",	      place->packer, NULL};
	gint64 start_us = g_get_monotonic_time();
	pid_t pool = process_start(args, log, error);
	gboolean is_done = pool > 0 && measure(path, pool, start_us, crowd);

	process_stop(pool);
	if (pool > 0 && !is_done)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
			    "no picture came, see '%s'", log);
	return is_done;
}

gboolean bench_crowd(struct bench_place *place, guint n, GError **error)
{
	struct crowd crowds[] = {{.n = FEW}, {.n = n}};
	gboolean is_done = TRUE;

	printf("\nWarm packs, one worker, %d requests to %d templates\n"
	       "%12s%22s%22s\n",
	       N_REQUESTS, FEW, "templates", "first picture, ms",
	       "worker's own, KiB");
	for (gsize i = 0; is_done && i < G_N_ELEMENTS(crowds); i++) {
		g_autofree char *dir =
			g_dir_make_tmp("captiond-crowd-XXXXXX", error);

		is_done = dir && write_crowd(dir, crowds[i].n, error) &&
			  bench_open(place, dir, error) &&
			  start_and_measure(place, &crowds[i], error);
		if (dir)
			bench_remove(dir);
		if (!is_done)
			break;
		bench_close(place);
		printf("%12u%22.0f%22" G_GINT64_FORMAT "\n", crowds[i].n,
		       crowds[i].start_ms, crowds[i].private_kib);
	}
	return is_done;
}
