#include "config.h"

#include "fcgi/request.h"

#include <string.h>

#include "render/limits.h"

enum { ID_BYTES_MOST = 64, READ_BYTES = 16 * 1024 };

static const struct {
	enum request_method method;
	const char *name;
} methods[] = {
	{REQUEST_GET, "GET"},
	{REQUEST_HEAD, "HEAD"},
	{REQUEST_POST, "POST"},
	{REQUEST_OPTIONS, "OPTIONS"},
};

static enum request_method method_from_name(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return REQUEST_OTHER;
}

const char *request_method_name(enum request_method method)
{
	for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "";
}

static const char *get_param(const FCGX_Request *fcgx, const char *name)
{
	const char *value = FCGX_GetParam(name, fcgx->envp);

	return value ? value : "";
}

static gboolean is_id(const char *id)
{
	gsize length = strlen(id);

	return length >= 1 && length <= ID_BYTES_MOST &&
	       strspn(id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") ==
		       length;
}

/* The client's id, else the server's, else a fresh one. */
static char *choose_id(const FCGX_Request *fcgx)
{
	static const char *const names[] = {"HTTP_X_REQUEST_ID", "REQUEST_ID"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *id = get_param(fcgx, names[i]);

		if (is_id(id))
			return g_strdup(id);
	}
	return g_uuid_string_random();
}

/* nginx gives $msec, the moment at which it read the request, in seconds with
 * a point. The clock may have been set: what makes no sense counts as 0. */
static double waited_s(const FCGX_Request *fcgx)
{
	const char *queued_at = get_param(fcgx, "QUEUED_AT");
	char *end;
	double at_s = g_ascii_strtod(queued_at, &end);
	double wait_s = (double)g_get_real_time() / G_USEC_PER_SEC - at_s;

	if (end == queued_at || *end || !(wait_s > 0) || wait_s > 3600)
		return 0;
	return wait_s;
}

/* A letter, a digit or one of -._~ is the same encoded or not (RFC 3986,
 * section 6.2.2.2), so that a route has one spelling. */
static char *decode_unreserved(const char *path, gsize length)
{
	GString *plain = g_string_sized_new(length);

	for (gsize i = 0; i < length; i++) {
		int code = -1;

		if (path[i] == '%' && length - i > 2 &&
		    g_ascii_isxdigit(path[i + 1]) &&
		    g_ascii_isxdigit(path[i + 2]))
			code = g_ascii_xdigit_value(path[i + 1]) << 4 |
			       g_ascii_xdigit_value(path[i + 2]);
		if (code > 0 &&
		    (g_ascii_isalnum(code) || strchr("-._~", code))) {
			g_string_append_c(plain, (char)code);
			i += 2;
		} else {
			g_string_append_c(plain, path[i]);
		}
	}
	return g_string_free(plain, FALSE);
}

static void split_target(struct request *request)
{
	const char *mark = strchr(request->target, '?');
	gsize length = mark ? (gsize)(mark - request->target)
			    : strlen(request->target);

	/* A trailing slash is the same resource. */
	while (length > 1 && request->target[length - 1] == '/')
		length--;
	request->path = decode_unreserved(request->target, length);
	request->query = mark ? mark + 1 : "";
}

/* All of them, since of two with one name the library shows the first. */
static void read_credentials(struct request *request, const FCGX_Request *fcgx)
{
	struct credentials *credentials = &request->credentials;

	request->target = credentials_read_target(
		credentials, get_param(fcgx, "REQUEST_URI"));
	for (char **param = fcgx->envp; *param; param++)
		credentials_read_header(credentials, *param);
}

/* A cache's key has Accept in few forms; an error is never stored, and goes by
 * the client's. */
static void read_accept(struct request *request, const FCGX_Request *fcgx)
{
	const char *own = FCGX_GetParam("CLIENT_ACCEPT", fcgx->envp);

	request->accept = get_param(fcgx, "HTTP_ACCEPT");
	request->error_accept = own ? own : request->accept;
}

/* Always to the end: a rest left unread kills the next request on a kept
 * connection, and nginx is not told that we stopped listening. */
static gboolean read_body(struct request *request, FCGX_Request *fcgx,
			  gboolean *out_is_too_long)
{
	g_autoptr(GByteArray) body = g_byte_array_new();
	char piece[READ_BYTES];
	int n;

	while ((n = FCGX_GetStr(piece, sizeof(piece), fcgx->in)) > 0) {
		if (body->len > LIMIT_BODY_BYTES)
			continue;
		g_byte_array_append(body, (const guint8 *)piece, (guint)n);
	}
	*out_is_too_long = body->len > LIMIT_BODY_BYTES;
	request->body_size = body->len;
	request->body =
		(char *)g_byte_array_free(g_steal_pointer(&body), FALSE);
	return FCGX_GetError(fcgx->in) == 0;
}

/* Of all that an answer is made of, which is also what nginx sends again. */
static guint64 make_fingerprint(const struct request *request)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize size = sizeof(digest);
	guint64 fingerprint;

	g_checksum_update(checksum, (const guchar *)request->method_name,
			  (gssize)strlen(request->method_name) + 1);
	g_checksum_update(checksum, (const guchar *)request->target,
			  (gssize)strlen(request->target) + 1);
	g_checksum_update(checksum, (const guchar *)request->body,
			  (gssize)request->body_size);
	g_checksum_get_digest(checksum, digest, &size);
	memcpy(&fingerprint, digest, sizeof(fingerprint));
	return MAX(fingerprint, 1);
}

enum request_read request_init(struct request *request, FCGX_Request *fcgx)
{
	gboolean is_too_long = FALSE;

	/* An end of file between two parameters looks like success to
	 * libfcgi, but for this. */
	*request = (struct request){0};
	if (FCGX_GetError(fcgx->in) != 0)
		return REQUEST_READ_GONE;
	request->method_name = get_param(fcgx, "REQUEST_METHOD");
	request->method = method_from_name(request->method_name);
	read_credentials(request, fcgx);
	request->content_type = get_param(fcgx, "CONTENT_TYPE");
	read_accept(request, fcgx);
	request->is_cache_asking = *get_param(fcgx, "CACHE_ASKS") != '\0';
	request->if_none_match = get_param(fcgx, "HTTP_IF_NONE_MATCH");
	request->if_modified_since = get_param(fcgx, "HTTP_IF_MODIFIED_SINCE");
	request->id = choose_id(fcgx);
	request->waited_s = waited_s(fcgx);
	split_target(request);
	if (!read_body(request, fcgx, &is_too_long))
		return REQUEST_READ_GONE;
	request->fingerprint = make_fingerprint(request);
	if (strlen(request->credentials.signed_target) > LIMIT_TARGET_BYTES)
		return REQUEST_READ_TARGET_TOO_LONG;
	return is_too_long ? REQUEST_READ_BODY_TOO_LONG : REQUEST_READ_OK;
}

void request_fini(struct request *request)
{
	credentials_fini(&request->credentials);
	g_free((char *)request->target);
	g_free(request->path);
	g_free(request->id);
	g_free(request->body);
}
