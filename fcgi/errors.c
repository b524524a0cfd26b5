#include "config.h"

#include "fcgi/errors.h"

#include "fcgi/catalog.h"
#include "fcgi/keys.h"
#include "fcgi/signature.h"
#include "render/animation.h"
#include "render/fonts.h"
#include "render/layout.h"
#include "render/macro.h"
#include "render/render.h"

G_DEFINE_QUARK(captiond_http_error, http_error)

static const struct {
	GQuark (*domain)(void);
	int code;
	int status;
} statuses[] = {
	{macro_error_quark, MACRO_ERROR_INVALID, 400},
	{render_error_quark, RENDER_ERROR_FORMAT, 400},
	{keys_error_quark, KEYS_ERROR_WRONG, 403},
	{keys_error_quark, KEYS_ERROR_EXPIRED, 403},
	{keys_error_quark, KEYS_ERROR_SCOPE, 403},
	{signature_error_quark, SIGNATURE_ERROR_MALFORMED, 403},
	{signature_error_quark, SIGNATURE_ERROR_WRONG, 403},
	{signature_error_quark, SIGNATURE_ERROR_EXPIRED, 403},
	{fonts_error_quark, FONTS_ERROR_NOT_FOUND, 404},
	{catalog_error_quark, CATALOG_ERROR_NOT_FOUND, 404},
	{catalog_error_quark, CATALOG_ERROR_NOT_READY, 503},
	{layout_error_quark, LAYOUT_ERROR_DEADLINE, 504},
	{render_error_quark, RENDER_ERROR_DEADLINE, 504},
	{animation_error_quark, ANIMATION_ERROR_DEADLINE, 504},
};

int errors_status(const GError *error)
{
	if (error->domain == HTTP_ERROR)
		return error->code;
	for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
		if (g_error_matches(error, statuses[i].domain(),
				    statuses[i].code))
			return statuses[i].status;
	return 500;
}

char *errors_message(const GError *error)
{
	int status = errors_status(error);

	if (status == 500)
		return g_strdup("internal server error");
	if (error->domain == MACRO_ERROR)
		return g_strconcat("cannot decode request: ", error->message,
				   NULL);
	return g_strdup(error->message);
}
