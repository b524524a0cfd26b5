/* signature.h - signed URLs.
 *
 * A signature is the unpadded base64url (RFC 4648, 5) of HMAC-SHA256 (RFC
 * 2104) over a request target, byte by byte as it is sent, from its first
 * slash up to the `?` or `&` that stands before `sig=`, without that one:
 *
 *     /caption?template=snail&top_text=Hi&exp=1893456000&sig=...
 *     \________________________________________________/ is signed
 *
 * `sig=` comes last. `exp=`, in the signed part, is the Unix second from which
 * on the URL no longer holds. Nothing is decoded or sorted before it is signed,
 * so there is nothing that two readers could understand in two ways.
 *
 * Needs GLib alone: the daemon, the client and others' programs link it.
 */
#pragma once

#include <glib.h>

enum {
	SIGNATURE_CHARS = 43,		 /* of base64url, for 32 bytes */
	SIGNATURE_SECRET_BYTES_MIN = 16, /* guessing must be hopeless */
	SIGNATURE_SECRET_BYTES_MAX = 256,
	SIGNATURE_SECRETS_MAX = 16,
};

#define SIGNATURE_ERROR (signature_error_quark())
GQuark signature_error_quark(void);
enum signature_error {
	SIGNATURE_ERROR_SECRET,	   /* secrets too few, too many, short, long */
	SIGNATURE_ERROR_TARGET,	   /* nothing that can be signed */
	SIGNATURE_ERROR_MISSING,   /* the target has no `sig` */
	SIGNATURE_ERROR_MALFORMED, /* twice, not last, in another spelling */
	SIGNATURE_ERROR_WRONG,	   /* made by none of the secrets */
	SIGNATURE_ERROR_EXPIRED,
};

/* Reads secrets, one a line; blanks around them, empty lines and lines that
 * begin with `#` do not count. The first is the one to sign with. An array of
 * GBytes that frees them. Errors: SIGNATURE_ERROR_SECRET, by line, and never
 * with what stands there. */
GPtrArray *signature_secrets(const char *text, gsize size, GError **error);

/* The signature of size bytes at target. The caller frees it. */
char *signature_make(GBytes *secret, const char *target, gsize size);

/* The target with `exp` (where expires_s is not 0) and `sig` put behind it. The
 * caller frees it. Errors: SIGNATURE_ERROR_TARGET: it is no origin-form target
 * (RFC 9112, 3.2.1) of visible ASCII, or it has an `exp` or a `sig`. */
char *signature_sign(GBytes *secret, const char *target, gint64 expires_s,
		     GError **error);

/* Whether one of the secrets has signed target, and now_s (Unix) is before its
 * `exp`. Takes as long whichever it is. Errors: MISSING and those after it. */
gboolean signature_verify(const GPtrArray *secrets, const char *target,
			  gint64 now_s, GError **error);

/* How a parameter of a query (`name=value`, still encoded) is called. */
enum signature_name {
	SIGNATURE_NAME_OTHER,
	SIGNATURE_NAME_SAME,	  /* exactly `name=` */
	SIGNATURE_NAME_DISGUISED, /* once decoded, trimmed, in lower case: one
				     who takes it for another could be fooled */
};
enum signature_name signature_name(const char *parameter, gsize size,
				   const char *name);
