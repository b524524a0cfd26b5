/* access.h - who may: each group of routes has a policy, and what a request
 * brings is held against it.
 *
 * What is brought must hold even where nothing is needed: who sends a key means
 * it to be checked. Compiled from the settings at start and on HUP; workers
 * inherit it.
 */
#pragma once

#include <glib.h>

#include "fcgi/request.h"
#include "fcgi/settings.h"

enum access_group {
	ACCESS_RENDER, /* pictures and their descriptions */
	ACCESS_LISTS,  /* templates, cards, fonts */
	ACCESS_STATS,
	ACCESS_GROUPS,
};

struct access;

/* Makes settings->access: reads the files that settings names. Errors: SETTINGS_ERROR_USAGE, also where
 * a policy needs a file that is not named. */
gboolean access_compile(struct settings *settings, GError **error);
void access_free(struct access *access);
typedef struct access access_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(access_auto, access_free)

/* Whether request may have what group has, at now_s (Unix). out_key: the name
 * of the key that was used, "" without; the access's. Errors, for the client
 * and without anything secret: HTTP_ERROR 400 and 401, KEYS_ERROR,
 * SIGNATURE_ERROR. */
gboolean access_check(const struct access *access,
		      const struct request *request, enum access_group group,
		      gint64 now_s, const char **out_key, GError **error);

/* Whether the answer to request is for who sent it and nobody else: something
 * was needed, or brought. */
gboolean access_is_private(const struct access *access,
			   const struct request *request,
			   enum access_group group);
