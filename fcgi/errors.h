/* errors.h - from an error to an HTTP status: the one table. */
#pragma once

#include <glib.h>

#include "fcgi/response.h"

#define HTTP_ERROR (http_error_quark())
GQuark http_error_quark(void); /* the code is the status itself */

/* The status that an error means for a client. */
int errors_status(const GError *error);

/* Makes response the answer to a request that failed: JSON with the message,
 * which for a fault of ours says no cause. */
void errors_answer(struct response *response, const GError *error,
		   const char *request_id);
