/* error_answer.h - an error, as its client can use it: JSON, a page, a picture.
 */
#pragma once

#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/service.h"

/* Makes response the answer to a request that failed: in the form that the
 * client prefers, never to be stored, and without the cause of a fault of ours.
 * Cannot fail: what can't be drawn or read is answered as plain text. */
void error_answer(struct service *service, const struct request *request,
		  const GError *error, struct response *response);
