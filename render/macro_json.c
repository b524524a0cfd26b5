#include "config.h"

#include "render/macro.h"

#include <json-c/json.h>

#include "render/autoptr.h"
#include "render/macro_read.h"
#include "render/strict_json.h"

struct macro *macro_from_json(const char *body, gsize size, GError **error)
{
	g_autoptr(json_object_auto) tree = NULL;
	g_autoptr(GError) failure = NULL;

	tree = strict_json_parse(body, size, &failure);
	if (!tree) {
		g_set_error_literal(error, MACRO_ERROR, MACRO_ERROR_INVALID,
				    failure->message);
		return NULL;
	}
	return macro_read(tree, FALSE, error);
}
