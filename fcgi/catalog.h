/* catalog.h - the templates there are, as a worker sees them.
 *
 * Reads the index that the packer writes beside the packs, and keeps the packs
 * used last mapped. Both follow the scoreboard's generation number, so a
 * picture that was replaced is seen by the next request.
 */
#pragma once

#include <glib.h>

#include "fcgi/scoreboard.h"
#include "render/pack.h"

struct catalog;
struct json_object;

#define CATALOG_ERROR (catalog_error_quark())
GQuark catalog_error_quark(void);
enum catalog_error {
	CATALOG_ERROR_SETUP,
	CATALOG_ERROR_NOT_FOUND, /* for the client: names the template */
	CATALOG_ERROR_NOT_READY, /* the packer has not got to it yet */
	CATALOG_ERROR_BROKEN,	 /* the pack is there and can't be used */
};

/* Opens the folder of packs. counters is where hits and misses are counted. */
struct catalog *catalog_open(const char *packs_dir, guint capacity,
			     struct scoreboard_cache *counters, GError **error);
void catalog_close(struct catalog *catalog);

/* Follows the packer: cheap where generation is what it was. An index that
 * can't be read is logged by the caller; the old one stays in force. */
gboolean catalog_refresh(struct catalog *catalog, guint64 generation,
			 GError **error);

/* The pack of a template, mapped; a new reference. */
struct pack *catalog_get(struct catalog *catalog, const char *id,
			 GError **error);

gboolean catalog_has(const struct catalog *catalog, const char *id);

/* The index's `templates`, an array of objects; NULL: none. Read anew from the
 * file, which all workers share: as objects ten thousand templates take 20 MB,
 * and few requests look at them. The caller puts it. */
struct json_object *catalog_templates(const struct catalog *catalog);

/* The index's `skipped`, an array of objects, and `pending`, an array of ids
 * that the packer has yet to make ready; the catalog's, until the next
 * refresh. */
struct json_object *catalog_pending(const struct catalog *catalog);
struct json_object *catalog_skipped(const struct catalog *catalog);

/* Maps as many templates as the cache holds, for --preload. */
void catalog_preload(struct catalog *catalog);
