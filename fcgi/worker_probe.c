#include "config.h"

#include "fcgi/worker_probe.h"

#include <string.h>

#include "fcgi/errors.h"
#include "fcgi/log.h"
#include "fcgi/route_handlers.h"
#include "render/autoptr.h"
#include "render/query.h"

/* Only one worker takes it. */
static gboolean take(struct scoreboard *board)
{
	guint32 asked = atomic_load(&board->probe_asked);
	guint32 taken = atomic_load(&board->probe_taken);

	return asked != taken && atomic_compare_exchange_strong(
					 &board->probe_taken, &taken, asked);
}

static gboolean is_still(struct json_object *entry)
{
	struct json_object *frames;

	return json_object_object_get_ex(entry, "frames", &frames) &&
	       json_object_get_int(frames) == 1;
}

/* The first one that does not move: any will do, and such a one is cheap. */
static char *choose_template(const struct service *service)
{
	g_autoptr(json_object_auto) all = catalog_templates(service->catalog);
	gsize n = all ? json_object_array_length(all) : 0;
	struct json_object *chosen = NULL, *id = NULL;

	for (gsize i = 0; i < n && !chosen; i++)
		if (is_still(json_object_array_get_idx(all, i)))
			chosen = json_object_array_get_idx(all, i);
	if (!chosen && n > 0)
		chosen = json_object_array_get_idx(all, 0);
	if (!chosen || !json_object_object_get_ex(chosen, "id", &id))
		return NULL;
	return g_strdup(json_object_get_string(id));
}

static gboolean draw(struct service *service, const char *id,
		     struct response *response, GError **error)
{
	static const struct request request = {
		.method = REQUEST_GET,
		.method_name = "GET",
		.target = (char *)"",
		.path = (char *)"",
		.query = "",
		.content_type = "",
		.accept = "",
		.error_accept = "",
		.if_none_match = "",
		.if_modified_since = "",
		.id = (char *)"probe",
	};
	GString *query = g_string_new("top_text=ready");
	g_autofree char *text = NULL;
	g_autoptr(macro_auto) macro = NULL;

	query_append(query, "template", id);
	text = g_string_free(query, FALSE);
	macro = macro_from_query(text, strlen(text), error);
	return macro &&
	       route_answer_macro(service, &request, macro, response, error);
}

/* What it came to: a status, as a client would have had it. */
static int probe(struct service *service)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *id = choose_template(service);
	struct response response;
	int status = 200;

	if (!id)
		return 404;
	response_init(&response);
	if (!draw(service, id, &response, &error)) {
		status = errors_status(error);
		log_error("cannot draw a caption to see whether one can be: %s",
			  error->message);
	}
	response_fini(&response);
	return status;
}

void worker_probe(struct service *service)
{
	struct scoreboard_slot *slot = service->slot;
	int status;

	if (!take(service->board))
		return;
	atomic_store(&slot->state, SCOREBOARD_RENDERING);
	atomic_store(&slot->deadline_us, service_hard_deadline_us(service));
	account_begin(&service->account, slot);
	/* Nobody's: no victim if this worker dies of it. */
	atomic_store(&slot->tally.began_us, 0);
	status = probe(service);
	if (status == 200)
		atomic_store(&slot->tally.drew_us, g_get_monotonic_time());
	atomic_store(&service->board->probe_status, (guint32)status);
	service_next(service);
	atomic_store(&slot->deadline_us, 0);
	atomic_store(&slot->state, SCOREBOARD_WAITING);
}
