/* autoptr.h - g_autoptr for library types that come without it.
 *
 * Cairo 1.16 and json-c define no cleanup functions of their own. Included
 * by .c files only.
 */
#pragma once

#include <cairo.h>
#include <glib.h>
#include <json-c/json.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_t, cairo_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_surface_t, cairo_surface_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_pattern_t, cairo_pattern_destroy)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cairo_region_t, cairo_region_destroy)

typedef struct json_object json_object_auto;
static inline void json_object_auto_put(json_object_auto *object)
{
	(void)json_object_put(object);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_object_auto, json_object_auto_put)
