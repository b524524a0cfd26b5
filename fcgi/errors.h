/* errors.h - from an error to an HTTP status: the one table. */
#pragma once

#include <glib.h>

#define HTTP_ERROR (http_error_quark())
GQuark http_error_quark(void); /* the code is the status itself */

/* The status that an error means for a client. */
int errors_status(const GError *error);

/* What a client is told: of a fault of ours no cause. The caller frees it. */
char *errors_message(const GError *error);
