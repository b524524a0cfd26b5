#include "config.h"

#include "fcgi/routes.h"

#include <string.h>

#include "fcgi/access.h"
#include "fcgi/error_answer.h"
#include "fcgi/errors.h"
#include "fcgi/log.h"
#include "fcgi/route_handlers.h"
#include "render/limits.h"

enum {
	READS = REQUEST_GET | REQUEST_HEAD,
	LOGGED_PATH_BYTES = 200,
};

/* A route is a path, and what may follow it: nothing, or `separator` and a
 * rest that is_there knows (NULL: any). */
struct route {
	const char *path;
	char separator;
	gboolean (*is_there)(const char *rest);
	int methods;
	enum tally_route tally;
	enum access_group group;
	route_handler *handler;
};

static const struct route routes[] = {
	{"/caption", 0, NULL, READS | REQUEST_POST, TALLY_CAPTION,
	 ACCESS_RENDER, route_caption},
	{"/caption", '.', route_is_format, READS, TALLY_CAPTION, ACCESS_RENDER,
	 route_caption},
	{"/templates", 0, NULL, READS, TALLY_TEMPLATES, ACCESS_LISTS,
	 route_templates},
	{"/templates", '/', NULL, READS, TALLY_TEMPLATE, ACCESS_LISTS,
	 route_template},
	{"/fonts", 0, NULL, READS, TALLY_FONTS, ACCESS_LISTS, route_fonts},
	{"/stats", 0, NULL, READS, TALLY_STATS, ACCESS_STATS, route_stats},
};

/* What follows the route's path, still encoded; NULL: another route's. */
static const char *match_route(const struct route *route, const char *path)
{
	const char *rest;

	if (!g_str_has_prefix(path, route->path))
		return NULL;
	rest = path + strlen(route->path);
	if (!route->separator)
		return *rest ? NULL : rest;
	if (*rest != route->separator || !rest[1])
		return NULL;
	rest++;
	return !route->is_there || route->is_there(rest) ? rest : NULL;
}

static const struct route *find_route(const char *path, const char **out_rest)
{
	for (gsize i = 0; i < G_N_ELEMENTS(routes); i++) {
		*out_rest = match_route(&routes[i], path);
		if (*out_rest)
			return &routes[i];
	}
	return NULL;
}

static enum tally_route tally_route_of(const struct request *request)
{
	const char *rest;
	const struct route *route = find_route(request->path, &rest);

	return route ? route->tally : TALLY_OTHER;
}

static char *allow_list(int methods)
{
	GString *list = g_string_new(NULL);

	methods |= REQUEST_OPTIONS;
	for (int bit = REQUEST_GET; bit <= REQUEST_OPTIONS; bit <<= 1)
		if (methods & bit)
			g_string_append_printf(list, "%s%s",
					       list->len ? ", " : "",
					       request_method_name(bit));
	return g_string_free(list, FALSE);
}

static void answer_options(const struct route *route, struct response *response)
{
	g_autofree char *allow = allow_list(route->methods);

	response->status = 204;
	response_header(response, "Allow", allow);
	response_header(response, "Access-Control-Allow-Methods", allow);
	response_header(response, "Access-Control-Allow-Headers",
			"Authorization, Content-Type, X-API-Key, X-Request-ID");
	response_header(response, "Access-Control-Max-Age", "86400");
}

static gboolean refuse_method(const struct route *route,
			      struct response *response, GError **error)
{
	g_autofree char *allow = allow_list(route->methods);

	response_header(response, "Allow", allow);
	g_set_error(error, HTTP_ERROR, 405, "this method is not one of %s",
		    allow);
	return FALSE;
}

/* A template's card is a list's entry, its picture is a picture. */
static enum access_group group_of(const struct route *route, const char *rest)
{
	return route->handler == route_template && route_is_blank(rest)
		       ? ACCESS_RENDER
		       : route->group;
}

static gboolean check_access(struct service *service,
			     const struct request *request,
			     enum access_group group, GError **error)
{
	const char *key;
	gboolean is_allowed =
		access_check(service->settings->access, request, group,
			     g_get_real_time() / G_USEC_PER_SEC, &key, error);

	account_set_key(&service->account, key);
	service->is_allowed = is_allowed;
	return is_allowed;
}

static gboolean dispatch(struct service *service, const struct request *request,
			 struct response *response, GError **error)
{
	const char *encoded;
	const struct route *route = find_route(request->path, &encoded);
	g_autofree char *rest = NULL;

	if (!route) {
		g_set_error(error, HTTP_ERROR, 404, "no such route");
		return FALSE;
	}
	if (request->method == REQUEST_OPTIONS) {
		answer_options(route, response);
		return TRUE;
	}
	if (!(route->methods & (int)request->method))
		return refuse_method(route, response, error);
	rest = g_uri_unescape_string(encoded, NULL);
	if (!rest || !g_utf8_validate(rest, -1, NULL)) {
		g_set_error(error, HTTP_ERROR, 400,
			    "the path is not percent-encoded UTF-8");
		return FALSE;
	}
	return check_access(service, request, group_of(route, rest), error) &&
	       route->handler(service, request, rest, response, error);
}

/* Before anything of it is looked at. */
static gboolean check_killer(const struct service *service,
			     const struct request *request, GError **error)
{
	if (!killers_is_refused(&service->board->refused, request->fingerprint,
				g_get_monotonic_time()))
		return TRUE;
	atomic_fetch_add(&service->slot->tally.refused, 1);
	g_set_error(error, HTTP_ERROR, 500,
		    "refused: it has killed %d workers or more",
		    KILLERS_DEATHS);
	return FALSE;
}

static gboolean check_read(const struct service *service,
			   const struct request *request, enum request_read how,
			   GError **error)
{
	int budget_s = service->settings->queue_timeout_s;

	if (how == REQUEST_READ_TARGET_TOO_LONG) {
		g_set_error(error, HTTP_ERROR, 414,
			    "path and query are longer than %d bytes",
			    LIMIT_TARGET_BYTES);
		return FALSE;
	}
	if (how == REQUEST_READ_BODY_TOO_LONG) {
		g_set_error(error, HTTP_ERROR, 413,
			    "the body is longer than %d bytes",
			    LIMIT_BODY_BYTES);
		return FALSE;
	}
	if (budget_s > 0 && request->waited_s > budget_s) {
		g_set_error(error, HTTP_ERROR, 503,
			    "the request has waited too long");
		return FALSE;
	}
	return TRUE;
}

static void log_failure(const struct request *request, const GError *error)
{
	int status = errors_status(error);
	void (*log_it)(const char *, ...) =
		status >= 500 ? log_error : log_info;

	/* Without the query: texts and keys are people's. */
	log_it("request %s '%.*s': %d: %s", request->id, LOGGED_PATH_BYTES,
	       request->path, status, error->message);
}

void routes_answer(struct service *service, const struct request *request,
		   enum request_read how, struct response *response)
{
	g_autoptr(GError) error = NULL;

	response->is_head = request->method == REQUEST_HEAD;
	/* Also of what is refused before it is dispatched. */
	service->account.route = tally_route_of(request);
	if (!check_killer(service, request, &error) ||
	    !check_read(service, request, how, &error) ||
	    !dispatch(service, request, response, &error)) {
		int status = errors_status(error);

		if (status != 405)
			response_reset(response);
		log_failure(request, error);
		error_answer(service, request, error, response);
	}
	response_header(response, "X-Request-ID", request->id);
	response_header(response, "X-Content-Type-Options", "nosniff");
	response_header(response, "Access-Control-Allow-Origin", "*");
}
