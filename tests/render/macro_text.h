/* macro_text.h - for tables of macros: JSON with ' for ", so that it reads. */
#pragma once

#include <string.h>

#include "render/macro.h"

static inline char *with_quotes(const char *text)
{
	return g_strdelimit(g_strdup(text), "'", '"');
}

static inline struct macro *read_json(const char *text, GError **error)
{
	g_autofree char *json = with_quotes(text);

	return macro_from_json(json, strlen(json), error);
}

static inline struct macro *read_query(const char *query, GError **error)
{
	return macro_from_query(query, strlen(query), error);
}
