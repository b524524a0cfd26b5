/* routes.h - from a request to its answer. */
#pragma once

#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/service.h"

/* Answers a request that was read as how says. Never fails: what goes wrong is
 * the answer. response is initialised; its body borrows from service until
 * service_next(). */
void routes_answer(struct service *service, const struct request *request,
		   enum request_read how, struct response *response);
