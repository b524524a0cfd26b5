/* service.h - what a worker answers with: its fonts, its templates, its memory.
 */
#pragma once

#include <glib.h>

#include "fcgi/access_log.h"
#include "fcgi/account.h"
#include "fcgi/background.h"
#include "fcgi/catalog.h"
#include "fcgi/error_pictures.h"
#include "fcgi/memory.h"
#include "fcgi/settings.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/scoreboard.h"
#include "fcgi/variants.h"
#include "render/fonts.h"
#include "render/render.h"

struct service {
	const struct settings *settings; /* the caller's */
	struct scoreboard *board;	 /* the caller's */
	struct scoreboard_slot *slot;	 /* in board */
	struct memory memory;
	struct access_log *access_log; /* the caller's; NULL: none */
	struct account account;	       /* the request's at work */
	struct fonts *fonts;
	gint64 modified_s; /* the newer of fonts and renderer; Unix time */
	struct catalog *catalog;
	struct variants *variants;     /* NULL: without */
	struct background *background; /* NULL: no origins */
	int client_fd;		       /* the request's at work */
	gboolean
		is_allowed; /* likewise: it has shown that it may, or need not */
	struct canvas *canvas;
	struct error_pictures *error_pictures;
	guint64 font_hits_before; /* what predecessors in the slot */
	guint64 missing_chars_before;
	guint64 font_misses_before; /* had counted */
	struct pack *pack;	    /* the request's at work: its mapping lives
				   until the answer is out */
	struct pack *variant;	    /* likewise; NULL: none */
};

/* Opens fonts and packs as settings says, and waits a few seconds at most for
 * the packer's first look at the templates. Errors: those of fonts and catalog. */
gboolean service_init(struct service *service, const struct settings *settings,
		      struct scoreboard *board, guint slot, GError **error);
void service_fini(struct service *service);

/* Drops what the last answer borrowed and follows the packer. */
void service_next(struct service *service);

/* When a render that begins now must give up: monotonic, 0 for never. */
gint64 service_soft_deadline_us(const struct service *service);

/* When the master ends a worker that has not answered by then; likewise. */
gint64 service_hard_deadline_us(const struct service *service);

/* The JPEG settings that the packer was told. */
struct jpeg_params service_jpeg_params(const struct service *service);
