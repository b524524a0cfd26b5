#include "config.h"

#include "bench/bench.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/limits.h"
#include "fcgi/response.h"
#include "fcgi/scoreboard.h"
#include "fcgi/service.h"
#include "render/autoptr.h"

enum { WARM_UP = 20 };

/* One template on the bench: what a worker has, and where answers go. */
struct stand {
	struct service *service;
	struct pack *pack;
	enum macro_format format;
	int fd; /* somebody reads its other end */
	double *samples[BENCH_STAGES];
	double *bytes;
	guint n;
};

static void *drain(void *data)
{
	int fd = GPOINTER_TO_INT(data);
	static char sink[1 << 16];

	while (read(fd, sink, sizeof(sink)) > 0)
		continue;
	(void)close(fd);
	return NULL;
}

/* Notes what was used since the last lap. */
static void lap(struct stand *stand, enum bench_stage stage, gint64 *since_ns)
{
	gint64 now_ns = bench_cpu_ns();

	stand->samples[stage][stand->n] = (double)(now_ns - *since_ns) / 1000;
	*since_ns = bench_cpu_ns();
}

static struct render_job make_job(const struct stand *stand,
				  const struct plan *plan)
{
	const struct pack_info *info = pack_get_info(stand->pack);
	struct jpeg_params jpeg = service_jpeg_params(stand->service);

	return (struct render_job){
		.pack = stand->pack,
		.plan = plan,
		.format = stand->format,
		.width_px = info->width_px,
		.height_px = info->height_px,
		.jpeg = jpeg,
		.pack_jpeg = jpeg,
		.webp = {80, 2},
		.gif_quality = 100,
	};
}

static gboolean run_once(struct stand *stand, const char *query, GError **error)
{
	const struct pack_info *info = pack_get_info(stand->pack);
	g_autoptr(macro_auto) macro = NULL;
	g_autoptr(plan_auto) plan = NULL;
	struct painting painting = {0};
	struct response response;
	struct render_job job;
	gint64 since_ns = bench_cpu_ns();
	gsize bytes;
	gboolean is_done;

	macro = macro_from_query(query, strlen(query), error);
	if (!macro)
		return FALSE;
	lap(stand, BENCH_PARSE, &since_ns);
	plan = layout_plan(macro, info->width_px, info->height_px,
			   stand->service->fonts, 0, error);
	if (!plan)
		return FALSE;
	lap(stand, BENCH_LAYOUT, &since_ns);
	job = make_job(stand, plan);
	response_init(&response);
	is_done = render_paint(&job, stand->service->canvas, &painting, error);
	lap(stand, BENCH_PAINT, &since_ns);
	is_done =
		is_done && render_encode(&job, &painting, response.body, error);
	lap(stand, BENCH_ENCODE, &since_ns);
	is_done = is_done && response_write(&response, stand->fd, 1, 0, &bytes);
	lap(stand, BENCH_WRITE, &since_ns);
	if (is_done)
		stand->bytes[stand->n++] = (double)bytes;
	painting_fini(&painting);
	response_fini(&response);
	return is_done;
}

static void measure_limits(const struct stand *stand, struct bench_row *row)
{
	struct jpeg_params jpeg = service_jpeg_params(stand->service);
	g_autoptr(encoding_auto) encoding =
		encoding_new(stand->pack, jpeg.quality);

	row->memcpy_us = limit_memcpy_us((gsize)row->bytes);
	row->encode_us = limit_encode_us(encoding);
}

static gboolean measure(struct stand *stand, struct bench_row *row,
			const struct bench_place *place, GError **error)
{
	int text_px = bench_text_px(place, row->height_px);

	for (guint i = 0; i < place->n_requests + WARM_UP; i++) {
		g_autofree char *query = bench_query(row->id, text_px, i);

		if (i == WARM_UP)
			stand->n = 0;
		if (!run_once(stand, query, error))
			return FALSE;
	}
	for (int stage = 0; stage < BENCH_STAGES; stage++)
		row->stages_us[stage] =
			bench_mean(stand->samples[stage], stand->n);
	row->bytes = bench_mean(stand->bytes, stand->n);
	measure_limits(stand, row);
	return TRUE;
}

static struct bench_row *measure_template(struct service *service,
					  const char *id,
					  const struct bench_place *place,
					  GError **error)
{
	struct stand stand = {.service = service};
	struct bench_row *row = g_new0(struct bench_row, 1);
	gsize n_samples = place->n_requests + WARM_UP + 1;
	const struct pack_info *info;
	GThread *drainer;
	int fds[2];

	stand.pack = catalog_get(service->catalog, id, error);
	if (!stand.pack || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return NULL;
	info = pack_get_info(stand.pack);
	stand.format = info->format;
	stand.fd = fds[0];
	drainer = g_thread_new("drain", drain, GINT_TO_POINTER(fds[1]));
	for (int stage = 0; stage < BENCH_STAGES; stage++)
		stand.samples[stage] = g_new0(double, n_samples);
	stand.bytes = g_new0(double, n_samples);
	*row = (struct bench_row){.id = g_strdup(id),
				  .width_px = info->width_px,
				  .height_px = info->height_px,
				  .format = macro_format_name(stand.format)};
	if (!measure(&stand, row, place, error))
		row = NULL;
	(void)close(fds[0]);
	(void)g_thread_join(drainer);
	pack_unref(stand.pack);
	return row;
}

static gboolean open_service(struct service *service,
			     const struct settings *settings,
			     struct scoreboard *board, GError **error)
{
	/* The packer has run to its end: there is one generation. */
	scoreboard_bump_generation(board);
	return service_init(service, settings, board, 0, error);
}

static gboolean measure_all(struct service *service,
			    const struct bench_place *place, GPtrArray *rows,
			    GError **error)
{
	g_autoptr(json_object_auto) all = catalog_templates(service->catalog);
	gsize n = all ? json_object_array_length(all) : 0;

	for (gsize i = 0; i < n; i++) {
		struct json_object *id;
		struct bench_row *row;

		if (!json_object_object_get_ex(
			    json_object_array_get_idx(all, i), "id", &id))
			continue;
		row = measure_template(service, json_object_get_string(id),
				       place, error);
		if (!row)
			return FALSE;
		g_ptr_array_add(rows, row);
	}
	return TRUE;
}

static void free_row(void *data)
{
	struct bench_row *row = data;

	g_free(row->id);
	g_free(row);
}

GPtrArray *bench_stages(const struct bench_place *place, GError **error)
{
	char *args[] = {(char *)"bench", (char *)"--packs", place->packs_dir,
			NULL};
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_row);
	g_autoptr(settings_auto) settings = NULL;
	enum settings_action action;
	struct scoreboard *board;
	struct service service;
	gboolean is_done;
	int fd;

	settings = settings_read(3, args, &action, error);
	board = settings ? scoreboard_create(&fd, error) : NULL;
	if (!board)
		return NULL;
	is_done = open_service(&service, settings, board, error) &&
		  measure_all(&service, place, rows, error);
	service_fini(&service);
	(void)munmap(board, sizeof(*board));
	(void)close(fd);
	return is_done ? g_steal_pointer(&rows) : NULL;
}
