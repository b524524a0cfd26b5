/* route_handlers.h - what routes.c dispatches to.
 *
 * A handler fills response or returns FALSE with an error. rest is what the
 * path has behind the route's name, decoded: "" or an id, or a suffix.
 */
#pragma once

#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/service.h"

#include "render/macro.h"

struct json_object;

typedef gboolean route_handler(struct service *service,
			       const struct request *request, const char *rest,
			       struct response *response, GError **error);

route_handler route_caption; /* rest: "" or a format's suffix */
gboolean route_is_format(const char *rest);
route_handler route_templates; /* the list */
route_handler route_template;  /* rest: an id, with a suffix: the blank */
gboolean route_is_blank(const char *rest); /* it has such a suffix */
route_handler route_fonts;
route_handler route_stats;

/* Answers with the macro's picture, description, or 304. Takes nothing over. */
gboolean route_answer_macro(struct service *service,
			    const struct request *request,
			    const struct macro *macro,
			    struct response *response, GError **error);

/* Answers with JSON that must be asked for anew each time. */
void route_answer_json(struct response *response, struct json_object *object);
