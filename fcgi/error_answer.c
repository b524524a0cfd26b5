#include "config.h"

#include "fcgi/error_answer.h"

#include <string.h>

#include "fcgi/access.h"
#include "fcgi/error_pages.h"
#include "fcgi/errors.h"
#include "fcgi/log.h"
#include "fcgi/negotiate.h"
#include "render/autoptr.h"
#include "render/limits.h"
#include "render/query.h"
#include "render/resample.h"

enum {
	/* Where nothing says how large a picture was to be. */
	WIDTH_PX = 480,
	HEIGHT_PX = 320,
};

/* What was asked for, as far as it can be known from a request that may be
 * unreadable. */
struct wish {
	char *template_id;
	int width_px, height_px; /* 0: not said */
	enum macro_format format;
};

static int read_side(const char *text)
{
	guint64 value;

	return g_ascii_string_to_unsigned(text, 10, 1, LIMIT_SIDE_PX, &value,
					  NULL)
		       ? (int)value
		       : 0;
}

static void read_pair(struct wish *wish, const struct query_pair *pair)
{
	if (strcmp(pair->key, "width") == 0)
		wish->width_px = read_side(pair->value);
	else if (strcmp(pair->key, "height") == 0)
		wish->height_px = read_side(pair->value);
	else if (strcmp(pair->key, "format") == 0)
		(void)macro_format_from_name(pair->value, &wish->format);
	else if (strcmp(pair->key, "template") == 0 && !wish->template_id)
		wish->template_id = g_strdup(pair->value);
}

static void read_wish(struct wish *wish, const struct request *request)
{
	const char *dot = strrchr(request->path, '.');
	g_autoptr(GArray) pairs =
		query_parse(request->query, strlen(request->query), NULL);

	*wish = (struct wish){0};
	for (guint i = 0; pairs && i < pairs->len; i++)
		read_pair(wish, &g_array_index(pairs, struct query_pair, i));
	if (dot)
		(void)macro_format_from_name(dot + 1, &wish->format);
}

/* Who may not have a template is not told how large it is, nor that it is
 * there; some errors come before anybody has asked. */
static gboolean may_know_template(const struct service *service,
				  const struct request *request)
{
	return service->is_allowed ||
	       !access_is_private(service->settings->access, request,
				  ACCESS_RENDER);
}

/* The template's own size, or as much of it as was asked for. */
static void find_size(struct service *service, const struct request *request,
		      const struct wish *wish, int *out_width_px,
		      int *out_height_px)
{
	int width_px = wish->width_px, height_px = wish->height_px;

	if (!service->pack && wish->template_id &&
	    may_know_template(service, request))
		service->pack =
			catalog_get(service->catalog, wish->template_id, NULL);
	if (service->pack) {
		const struct pack_info *info = pack_get_info(service->pack);

		resample_fit(info->width_px, info->height_px, width_px,
			     height_px, out_width_px, out_height_px);
		return;
	}
	if (width_px == 0 && height_px == 0)
		width_px = WIDTH_PX;
	*out_width_px = width_px ? width_px : height_px * WIDTH_PX / HEIGHT_PX;
	*out_height_px =
		height_px ? height_px : width_px * HEIGHT_PX / WIDTH_PX;
}

/* A pool that is too busy to draw captions is too busy to draw errors: for it
 * one size has to do, which is drawn once. */
static void choose_picture(struct service *service,
			   const struct request *request,
			   struct error_picture *picture)
{
	struct wish wish;

	picture->format = MACRO_FORMAT_PNG;
	picture->width_px = WIDTH_PX;
	picture->height_px = HEIGHT_PX;
	if (picture->status == 503)
		return;
	read_wish(&wish, request);
	if (wish.format)
		picture->format = wish.format;
	find_size(service, request, &wish, &picture->width_px,
		  &picture->height_px);
	g_free(wish.template_id);
}

/* FALSE: it can't be drawn. */
static gboolean add_picture(struct service *service,
			    const struct request *request, const char *message,
			    struct response *response)
{
	struct error_picture picture = {.status = response->status,
					.message = message};
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *type = NULL;

	choose_picture(service, request, &picture);
	bytes = error_pictures_get(service->error_pictures, &picture,
				   service->fonts, &error);
	if (!bytes) {
		log_error("request %s: cannot draw its error: %s", request->id,
			  error->message);
		return FALSE;
	}
	type = g_strconcat("image/", macro_format_name(picture.format), NULL);
	response_header(response, "Content-Type", type);
	chain_append_bytes(response->body, bytes);
	return TRUE;
}

/* FALSE: there is no page, for which the message in plain text will do. */
static gboolean add_page(struct service *service, const struct request *request,
			 const char *message, struct response *response)
{
	const struct error_page_values values = {
		.status = response->status,
		.reason = response_reason(response->status),
		.message = message,
		.request_id = request->id,
	};
	g_autoptr(GError) error = NULL;
	char *page = error_pages_make(service->settings->error_pages, &values,
				      &error);

	if (page) {
		response_header(response, "Content-Security-Policy",
				"default-src 'none'; style-src "
				"'unsafe-inline'");
		response_text(response, "text/html; charset=utf-8", page);
		return TRUE;
	}
	if (!g_error_matches(error, ERROR_PAGES_ERROR, ERROR_PAGES_ERROR_LOST))
		return FALSE;
	log_error("request %s: %s", request->id, error->message);
	response_text(response, "text/plain; charset=utf-8",
		      g_strdup("Internal Server Error\n"));
	return TRUE;
}

static void add_plain(const char *message, struct response *response)
{
	response_text(response, "text/plain; charset=utf-8",
		      g_strdup_printf("%d %s\n%s\n", response->status,
				      response_reason(response->status),
				      message));
}

static void add_json(const struct request *request, const char *message,
		     struct response *response)
{
	g_autoptr(json_object_auto) body = json_object_new_object();

	json_object_object_add(body, "error", json_object_new_string(message));
	json_object_object_add(body, "status",
			       json_object_new_int(response->status));
	json_object_object_add(body, "request_id",
			       json_object_new_string(request->id));
	response_text(response, "application/json",
		      g_strdup(json_object_to_json_string_ext(
			      body, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE)));
}

/* Below /images/ every answer is a picture, but for who would rather have its
 * description. Elsewhere it depends on what was asked for. */
static enum negotiate_form choose_form(const struct request *request)
{
	const char *path = request->path;

	if (g_str_has_prefix(path, "/images/"))
		return negotiate_is_json(request->error_accept)
			       ? NEGOTIATE_JSON
			       : NEGOTIATE_PICTURE;
	return negotiate_error(request->error_accept,
			       strcmp(path, "/caption") == 0 ||
				       g_str_has_prefix(path, "/caption.") ||
				       (g_str_has_prefix(path, "/templates/") &&
					strchr(path, '.')));
}

static void add_headers(struct response *response)
{
	if (response->status == 401)
		response_header(response, "WWW-Authenticate",
				"Bearer realm=\"captiond\"");
	if (response->status == 503)
		response_header(response, "Retry-After", "1");
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Vary", "Accept");
}

void error_answer(struct service *service, const struct request *request,
		  const GError *error, struct response *response)
{
	g_autofree char *message = errors_message(error);
	gboolean is_answered = FALSE;

	response->status = errors_status(error);
	add_headers(response);
	switch (choose_form(request)) {
	case NEGOTIATE_PICTURE:
		is_answered = add_picture(service, request, message, response);
		break;
	case NEGOTIATE_PAGE:
		is_answered = add_page(service, request, message, response);
		break;
	case NEGOTIATE_JSON:
		add_json(request, message, response);
		is_answered = TRUE;
		break;
	}
	if (!is_answered)
		add_plain(message, response);
}
