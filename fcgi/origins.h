/* origins.h - from where pictures may be fetched, as the operator says.
 *
 * A key file, one group an origin:
 *
 *     [gallery]
 *     hosts = pics.example.com;cdn.example.com
 *     scheme = https
 *     port = 443
 *     path = /public/
 *     params = key=s3cret;tag=a;tag=b
 *     duplicates = false
 *     bearer = t0ken
 *     allow-private = 10.1.0.0/16;::1
 *     max-bytes = 10485760
 *     timeout = 10
 *     ca-file = /etc/ssl/gallery.pem
 *
 * Only hosts must be there. port is the scheme's own where it is not given,
 * path `/`: all that lies below it. duplicates adds params that a URL has
 * already. Instead of bearer: user and password. timeout is in seconds, with
 * all redirects. `;` in a value is `\;`.
 *
 * The file is read as one that holds secrets (secret_file.h). No error shows a
 * value that may be one.
 */
#pragma once

#include <glib.h>

#include "fcgi/address.h"

#define ORIGINS_ERROR (origins_error_quark())
GQuark origins_error_quark(void);
enum origins_error {
	ORIGINS_ERROR_FILE, /* it can't be read, or too many may read it */
	ORIGINS_ERROR_KEY,  /* names group, key and what is expected */
};

enum {
	ORIGINS_MAX = 256,
	ORIGIN_HOSTS_MAX = 64,
	ORIGIN_BYTES_DEFAULT = 10 * 1024 * 1024,
	ORIGIN_TIMEOUT_S = 10,
	ORIGIN_TIMEOUT_MAX_S = 120,
};

struct origin {
	char *name;   /* the group's */
	char **hosts; /* lower case; IPv6 in brackets, shortest form */
	gboolean is_http;
	guint16 port;
	char *path;    /* begins with a slash */
	char **params; /* "name=value", as url_auth_add_pair() takes them */
	gboolean may_double;
	char *user, *password; /* NULL: none */
	char *bearer;	       /* NULL: none */
	GArray *allowed;       /* struct address_range, beside public ones */
	guint64 bytes_max;
	int timeout_s;
	char *ca_file; /* NULL: the system's */
};

/* Wipes the credentials too. NULL and half-built ones too. */
void origin_free(struct origin *origin);

struct origins;

/* Reads and checks the file. Errors: ORIGINS_ERROR. */
struct origins *origins_read(const char *path, GError **error);

struct origins *origins_new(void);
/* Takes the origin over, on success. Errors: ORIGINS_ERROR_KEY, when it is for
 * the same URLs as another. */
gboolean origins_add(struct origins *origins, struct origin *origin,
		     GError **error);
/* Wipes the credentials too. */
void origins_free(struct origins *origins);
typedef struct origins origins_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(origins_auto, origins_free)

guint origins_n(const struct origins *origins);
const struct origin *origins_at(const struct origins *origins, guint i);

/* A host as origins compare it: lower case, an IPv6 address in brackets and in
 * its shortest form. NULL: it is none, or has a zone. */
char *origins_host(const char *host);

/* Whose URLs of this scheme, host and port are, by the longest path that path
 * lies at or below. host is as origins_host() gives it. NULL: nobody's. */
const struct origin *origins_find(const struct origins *origins,
				  gboolean is_http, const char *host,
				  guint port, const char *path);

/* Whether it may be connected to for this origin. */
gboolean origin_may_connect(const struct origin *origin,
			    const struct sockaddr *address, socklen_t size);
